package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// headersLost is the problem of a job whose header values are gone: nobody wants it sent without.
const headersLost = "The values of header_overrides were lost with a crash or a restart of what kept them, so nothing more is sent. Start it again."

// justBegun is how long after its start the shares of a job go in step.
const justBegun = 5 * time.Second

// lease is one share that this collector works on.
type lease struct {
	of     *Replays
	job    uuid.UUID
	number int64
	share  replay.Share
}

var _ replay.Ledger = (*lease)(nil)

// take leases the share of the oldest job that waits for a collector of one of the gateways; nil where there is none.
func (r *Replays) take(ctx context.Context, open []Job, by string, gateways []string) (taken *lease, err error) {
	if len(free(open, gateways)) == 0 {
		return nil, nil
	}
	err = r.jobs.Change(ctx, func(tx JobTx) error {
		taken = nil
		// Those who count at the same time would all find room.
		if err := tx.Alone(ctx); err != nil {
			return err
		}
		open, err := tx.Open(ctx)
		if err != nil {
			return err
		}
		for _, candidate := range free(open, gateways) {
			job, found, err := tx.Lock(ctx, candidate.job, false)
			if err != nil {
				return err
			}
			// Somebody may have steered it, or settled it, since.
			if !found || !works(&job) {
				continue
			}
			if s := job.share(candidate.gateway); s == nil || s.Ended || !s.free() {
				continue
			}
			taken, err = r.takeShare(ctx, tx, &job, candidate.gateway, by)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// works reports whether anything of a job may be sent.
func works(job *Job) bool { return job.Status == replay.JobQueued || job.Status == replay.JobRunning }

type candidate struct {
	job     uuid.UUID
	gateway string
}

// free returns the shares of the gateways that may be taken, those of the oldest job first.
func free(open []Job, gateways []string) (all []candidate) {
	busy := map[string]int{}
	for i := range open {
		for _, s := range open[i].Shares {
			if !s.free() {
				busy[s.Gateway]++
			}
		}
	}
	for i := range open {
		if !works(&open[i]) {
			continue
		}
		for _, s := range open[i].Shares {
			if s.free() && slices.Contains(gateways, s.Gateway) && busy[s.Gateway] < maxJobsOfGateway {
				all = append(all, candidate{open[i].ID, s.Gateway})
			}
		}
	}
	return all
}

// takeShare leases a free share of a locked job; nil where it cannot be done any more.
func (r *Replays) takeShare(ctx context.Context, tx JobTx, job *Job, gateway, by string) (*lease, error) {
	if err := lose(ctx, tx, job.ID, []string{gateway}); err != nil {
		return nil, err
	}
	request := job.Request
	if job.Headers {
		values, found, err := tx.HeaderValues(ctx, job.ID)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, breakOff(ctx, tx, job, State{replay.JobFailed, headersLost})
		}
		request.HeaderOverrides = values
	}
	s := job.share(gateway)
	if taken, err := tx.Take(ctx, job.ID, gateway, s.Lease, by, leaseTime); err != nil || !taken {
		return nil, err
	}
	if err := tx.Set(ctx, job.ID, State{Status: replay.JobRunning}); err != nil {
		return nil, err
	}
	items, err := tx.Waiting(ctx, job.ID, gateway)
	if err != nil {
		return nil, err
	}
	share := replay.Share{Job: job.ID, Gateway: gateway, Request: request, Items: items, Total: s.Total, JobTotal: job.Total}
	// One that goes on begins with what is left.
	if job.Elapsed < justBegun && len(items) == s.Total {
		share.Origin, share.Elapsed = job.Origin, job.Elapsed
	} else if len(items) > 0 {
		share.Origin = items[0].RecordedAt
	}
	return &lease{of: r, job: job.ID, number: s.Lease + 1, share: share}, nil
}

// Recording reads one recording. See replay.Ledger.
func (l *lease) Recording(ctx context.Context, id uuid.UUID) (recording.Recording, bool, error) {
	found, err := l.of.recordings.Get(ctx, id)
	if errors.Is(err, api.ErrNotFound) {
		return found, false, nil
	}
	return found, err == nil, err
}

// Advance renews the lease, writes results and grants items. See replay.Ledger.
func (l *lease) Advance(ctx context.Context, step replay.Step) (standing replay.Standing, err error) {
	err = l.of.jobs.Change(ctx, func(tx JobTx) error {
		standing = replay.Standing{}
		status, held, err := tx.Renew(ctx, l.job, l.share.Gateway, l.number, leaseTime)
		if err != nil {
			return err
		}
		if !held {
			return replay.ErrTakenOver
		}
		standing.Status = status
		if len(step.Results) > 0 {
			if err := tx.Write(ctx, l.job, l.share.Gateway, step.Results); err != nil {
				return err
			}
		}
		if len(step.Claim) == 0 || status != replay.JobRunning {
			return nil
		}
		standing.Granted, err = l.grant(ctx, tx, step)
		return err
	})
	if err != nil {
		return replay.Standing{}, err
	}
	return standing, nil
}

// grant takes the claimed items. One that is sending already was claimed by this lease in a transaction whose end was not heard
// of, and was not sent.
func (l *lease) grant(ctx context.Context, tx JobTx, step replay.Step) ([]int, error) {
	claim := step.Claim
	if step.InOrder {
		first, err := tx.First(ctx, l.job)
		if err != nil || !slices.Contains(claim, first) {
			return nil, err
		}
		claim = []int{first}
	}
	return tx.Send(ctx, l.job, l.share.Gateway, claim)
}

// release gives the share back, or ends it where nothing is left to do.
func (l *lease) release(ctx context.Context) error {
	return l.of.jobs.Change(ctx, func(tx JobTx) error {
		job, found, err := tx.Lock(ctx, l.job, true)
		if err != nil || !found {
			return err
		}
		s := job.share(l.share.Gateway)
		if s == nil || s.Ended || s.Lease != l.number {
			return nil // it is another's, or over
		}
		// Claimed in a transaction whose end was not heard of, and not sent.
		if err := tx.Move(ctx, l.job, []string{s.Gateway}, Sending, Waiting, ""); err != nil {
			return err
		}
		if s.left() > 0 && job.Status != replay.JobStopping {
			return tx.Free(ctx, l.job, []string{s.Gateway})
		}
		if err := end(ctx, tx, &job, []string{s.Gateway}); err != nil {
			return err
		}
		return settleStopping(ctx, tx, &job)
	})
}
