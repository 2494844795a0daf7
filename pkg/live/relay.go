package live

import (
	"context"
	"errors"
	"log/slog"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Source is a stream of updates that somebody else makes.
type Source interface {
	// Updates calls send with every update until ctx ends, or an error says why there are no more.
	Updates(ctx context.Context, send func(traffic.Update)) error
}

// Relay makes a feed that hands on what source gives.
func Relay(source Source, logger *slog.Logger) *Feed {
	f := New(nil, nil, logger)
	f.source = source
	return f
}

// relay hands on what the source gives, and asks it again where it ends; meanwhile what was known last is told with the reason.
func (f *Feed) relay(ctx context.Context) {
	pace := retry.NewPace(rewatchFirst, rewatchMost)
	var last traffic.Update
	failing := false
	for ctx.Err() == nil {
		err := f.source.Updates(ctx, func(update traffic.Update) {
			if failing {
				f.logger.InfoContext(ctx, "The live figures are back")
			}
			failing, last = false, update
			pace.Reset()
			f.publish(ctx, update)
		})
		if ctx.Err() != nil {
			return
		}
		if !failing {
			f.logger.WarnContext(ctx, "The live figures cannot be read, trying again", "error", err)
		}
		failing = true
		problem := "the figures could not be read"
		if away, ok := errors.AsType[*api.UnavailableError](err); ok {
			problem = away.Detail
		}
		f.publish(ctx, traffic.Update{
			Type: "metrics_update", Mode: last.Mode, ScenarioVersion: last.ScenarioVersion, Instances: last.Instances, Applied: last.Applied, Error: problem,
		})
		_ = pace.Wait(ctx) // the loop ends with ctx
	}
}
