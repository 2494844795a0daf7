package mockforgeextension

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/storage"
)

// How long parts may take for what they have to say to the database in the end, with a second more than they give themselves.
const (
	farewell = 3 * time.Second
	flush    = 6 * time.Second
)

// severing returns a stop during which the database is given up after a time: what waits for one that does not answer at all
// would else keep the process from ending.
func severing(store storage.Store, after time.Duration, stop func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		cut := time.AfterFunc(after, func() { storage.Sever(store) })
		defer cut.Stop()
		stop(ctx)
		return nil
	}
}
