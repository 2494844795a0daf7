package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// CreateReplayJob makes a job of the recordings that are stored now: what its own replays leave behind is never part of it.
// See api.ReplayJobs.
func (r *Replays) CreateReplayJob(ctx context.Context, request replay.JobRequest, by string) (replay.Job, error) {
	if err := request.Validate(); err != nil {
		return replay.Job{}, err
	}
	request = request.WithDefaults()
	if err := r.known(ctx, request.Target); err != nil {
		return replay.Job{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return replay.Job{}, err
	}
	// Before the transaction: whoever holds a connection must not wait for another.
	take, err := r.choose(ctx, request)
	if err != nil {
		return replay.Job{}, err
	}
	err = r.jobs.Change(ctx, func(tx JobTx) error {
		// Those who count at the same time would all find room.
		if err := tx.Alone(ctx); err != nil {
			return err
		}
		open, err := tx.Open(ctx)
		if err != nil {
			return err
		}
		if len(open) >= maxOpenJobs {
			return api.ErrTooManyReplays
		}
		job := Job{
			ID: id, Name: request.Name, Status: replay.JobQueued, Request: request.WithoutHeaderValues(), Headers: len(request.HeaderOverrides) > 0, CreatedBy: by,
		}
		if err := tx.Insert(ctx, job, request.HeaderOverrides); err != nil {
			return err
		}
		tallies, err := take(ctx, tx, id)
		if err != nil {
			return err
		}
		origin, shares, err := divide(request, tallies)
		if err != nil {
			return err
		}
		if err := tx.AddShares(ctx, id, origin, shares); err != nil {
			return err
		}
		return tx.Wake(ctx, id)
	})
	if err != nil {
		return replay.Job{}, err
	}
	return r.ReplayJob(ctx, id)
}

// known refuses a target that no running collector has.
func (r *Replays) known(ctx context.Context, target string) error {
	if target == "" {
		return nil
	}
	gateways, err := r.running(ctx)
	if err != nil || slices.ContainsFunc(gateways, func(g scenario.Gateway) bool { return slices.Contains(g.ReplayTargets, target) }) {
		return err
	}
	return validation.Errorf("target", "must be empty, for the gateway's own upstream, or one of replay_targets of a gateway that runs, is %q", target)
}

// running returns the gateways of the collectors that run.
func (r *Replays) running(ctx context.Context) ([]scenario.Gateway, error) {
	instances, err := r.instances.Instances(ctx)
	if err != nil {
		return nil, err
	}
	var gateways []scenario.Gateway
	for _, instance := range instances {
		if instance.Live {
			gateways = append(gateways, instance.Gateways...)
		}
	}
	return gateways, nil
}

// canSend reports whether a gateway has anywhere to send recordings to: that of a pipeline of the Collector has no upstream.
func canSend(g scenario.Gateway) bool {
	return strings.Contains(g.Upstream, "://") || len(g.ReplayTargets) > 0
}

// divide makes the shares of a job, one for each gateway.
func divide(request replay.JobRequest, tallies []Tally) (origin time.Time, shares []Share, err error) {
	if len(tallies) == 0 {
		return origin, nil, validation.Errorf("filter", "must match a recording, matches none")
	}
	origin, last, total := tallies[0].First, tallies[0].Last, 0
	for _, tally := range tallies {
		if tally.First.Before(origin) {
			origin = tally.First
		}
		if tally.Last.After(last) {
			last = tally.Last
		}
		total += tally.Total
		shares = append(shares, Share{Gateway: tally.Gateway, Total: tally.Total})
	}
	if takes := request.Pace.Takes(total, last.Sub(origin)); takes > replay.MaxJobTime {
		return origin, nil, validation.Errorf("pace", "must let the job end within %s; its recordings would take %s", replay.MaxJobTime, takes.Round(time.Minute))
	}
	return origin, shares, nil
}

// missing says which recording does not exist.
func missing(ids []uuid.UUID, found []Found) error {
	there := make(map[uuid.UUID]bool, len(found))
	for _, each := range found {
		there[each.ID] = true
	}
	for i, id := range ids {
		if !there[id] {
			return validation.Errorf(fmt.Sprintf("recording_ids[%d]", i), "must be a recording, %s does not exist", id)
		}
	}
	return nil
}
