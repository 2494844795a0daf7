package replay

import (
	"context"
	"errors"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Replay sends a recording once to the upstream of its gateway. What cannot be sent is a *validation.Error, as are wrong
// overrides; an upstream that does not answer is a Result with Failure. The error is that of ctx where it ended.
func (p *Replayer) Replay(ctx context.Context, r recording.Recording, overrides Overrides) (Result, error) {
	if err := errors.Join(Replayable(r), overrides.Validate()); err != nil {
		return Result{}, err
	}
	target, err := p.targets.Target(ctx, r.Gateway, "")
	if err != nil {
		return Result{}, err
	}
	return p.replay(ctx, r, overrides, target, nil)
}
