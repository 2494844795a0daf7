package grafanahttp

import (
	"errors"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote"
)

// Describe says in sentences what a collector is that has answered.
func Describe(collector *remote.Store, about api.About) string {
	found := fmt.Sprintf("Connected to %s (%s, version %s).", collector, about.Name, about.Build)
	switch storage := about.Storage; {
	case storage == nil:
		return found + " It stores nothing: recordings are not kept, and scenarios only until it stops."
	case storage.Problem != "":
		return fmt.Sprintf("%s Its storage, %s, does not answer: %s", found, storage.Type, storage.Problem)
	default:
		return fmt.Sprintf("%s It stores in %s %s, schema version %d.", found, storage.Type, storage.Version, storage.SchemaVersion)
	}
}

// WithCause adds to the error of a collector that is away what the network said, for those who check the settings.
func WithCause(err error) error {
	if away, ok := errors.AsType[*api.UnavailableError](err); ok && away.Err != nil {
		return fmt.Errorf("%w: %w", err, away.Err)
	}
	return err
}
