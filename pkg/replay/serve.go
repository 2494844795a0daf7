package replay

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// RunOne sends one recording to its gateway's upstream and compares the answers, as (*Replayer).Run does.
type RunOne func(context.Context, recording.Recording, Request) (Comparison, error)

// Begin resolves the target of a job on a collector; end is called when the job is over or leaves it.
type Begin func(ctx context.Context, gateway string, request Request) (send Sender, end func(), err error)
