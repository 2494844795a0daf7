package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	takeWithin   = 5 * time.Second
	answerWithin = 28 * time.Second
	// Timeout is how long a collector may take for one replay, so that its answer is still waited for.
	Timeout = 20 * time.Second
	// onePoll is between looks at a replay. It takes longer than most, and is rare: to be told of its end would cost more.
	onePoll = 50 * time.Millisecond
)

// Replay hands a recording to a collector that has its gateway, and waits for the answer. One that was not taken in time is
// withdrawn: nothing is sent after the user was told that it was not. See api.Replays.
func (r *Replays) Replay(ctx context.Context, id uuid.UUID, request replay.Request, by string) (replay.Comparison, error) {
	if err := request.Validate(); err != nil {
		return replay.Comparison{}, err
	}
	recorded, err := r.recordings.Get(ctx, id)
	if err != nil {
		return replay.Comparison{}, err
	}
	if err := replay.Replayable(recorded); err != nil {
		return replay.Comparison{}, err
	}
	document, err := json.Marshal(request)
	if err != nil {
		return replay.Comparison{}, err
	}
	one, err := uuid.NewV7()
	if err != nil {
		return replay.Comparison{}, err
	}
	if err := r.ones.AskOne(ctx, One{ID: one, Recording: id, Gateway: recorded.Gateway, By: by, Request: document}); err != nil {
		return replay.Comparison{}, err
	}
	defer r.withdraw(ctx, one)
	return r.await(ctx, one)
}

// withdraw takes back a replay that nobody waits for any more, and removes one that is over. One that is running goes on.
func (r *Replays) withdraw(ctx context.Context, one uuid.UUID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if _, err := r.ones.RemoveOne(ctx, one, OneQueued, OneDone, OneFailed); err != nil {
		// It is not taken later all the same: see takeOne.
		r.log.WarnContext(ctx, "a replay that is over could not be removed", "error", err)
	}
}

func (r *Replays) await(ctx context.Context, one uuid.UUID) (replay.Comparison, error) {
	take, answer := time.NewTimer(r.takeWithin), time.NewTimer(r.answerWithin)
	defer take.Stop()
	defer answer.Stop()
	poll := time.NewTicker(onePoll)
	defer poll.Stop()
	for {
		end, found, err := r.ones.OneEnd(ctx, one)
		switch {
		case err != nil:
			return replay.Comparison{}, err
		case !found:
			return replay.Comparison{}, fmt.Errorf("%w: the replay was lost", api.ErrUnavailable)
		case end.Status == OneDone || end.Status == OneFailed:
			return end.comparison()
		}
		select {
		case <-ctx.Done():
			return replay.Comparison{}, ctx.Err()
		case <-take.C:
			// One statement decides: whoever is first, the collector that takes it or we who give up.
			withdrawn, err := r.ones.RemoveOne(ctx, one, OneQueued)
			if err != nil {
				return replay.Comparison{}, err
			}
			if withdrawn {
				return replay.Comparison{}, api.ErrReplayNotTaken
			}
		case <-answer.C:
			return replay.Comparison{}, api.ErrReplayTooLong
		case <-poll.C:
		}
	}
}

// ended returns how a replay ended, for the one who waits. Of a failure it keeps what a user can do something about; the rest is in
// the collector's log.
func ended(comparison replay.Comparison, failure error) (OneEnd, error) {
	if failure == nil {
		document, err := json.Marshal(comparison)
		if err == nil {
			return OneEnd{Status: OneDone, Result: document}, nil
		}
		failure = err
	}
	document, err := json.Marshal(validation.All(failure))
	return OneEnd{Status: OneFailed, Problem: document}, err
}

// comparison is the other way round.
func (e OneEnd) comparison() (comparison replay.Comparison, err error) {
	if e.Status == OneDone {
		return comparison, json.Unmarshal(e.Result, &comparison)
	}
	var all []*validation.Error
	if err := json.Unmarshal(e.Problem, &all); err != nil {
		return comparison, err
	}
	if len(all) == 0 {
		return comparison, api.ErrReplayFailed
	}
	joined := make([]error, len(all))
	for i, each := range all {
		joined[i] = each
	}
	return comparison, errors.Join(joined...)
}
