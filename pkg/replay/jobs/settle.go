package jobs

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// settleQuietly is for readers: where no collector runs at all, nobody else would see that.
func (r *Replays) settleQuietly(ctx context.Context) {
	open, err := r.jobs.Open(ctx)
	if err == nil {
		err = r.settle(ctx, open)
	}
	if err != nil {
		r.log.DebugContext(ctx, "jobs of replays could not be looked after", "error", err)
	}
}

// settle looks after jobs that no collector works on any more: those that were stopped meanwhile, those that take too long, and
// shares of gateways that no running collector has. Any number of instances may call it at once.
func (r *Replays) settle(ctx context.Context, open []Job) error {
	nobodyHas := func(string) bool { return true }
	for i := range open {
		if len(abandoned(&open[i], nobodyHas)) > 0 {
			gateways, err := r.running(ctx)
			if err != nil {
				return err
			}
			nobodyHas = func(name string) bool {
				return !slices.ContainsFunc(gateways, func(g scenario.Gateway) bool { return g.Name == name && canSend(g) })
			}
			break
		}
	}
	for i := range open {
		if !due(&open[i], nobodyHas) {
			continue
		}
		id := open[i].ID
		if err := r.jobs.Change(ctx, func(tx JobTx) error { return settleJob(ctx, tx, id, nobodyHas) }); err != nil {
			return fmt.Errorf("replay %s: %w", id, err)
		}
	}
	return nil
}

// due reports whether there is something to settle of a job.
func due(job *Job, nobodyHas func(gateway string) bool) bool {
	switch {
	case job.Status.Over():
		return false
	case job.Age > replay.MaxJobTime:
		return true
	case job.Status == replay.JobStopping:
		return len(job.open((*Share).free)) > 0
	}
	return len(abandoned(job, nobodyHas)) > 0
}

// abandoned returns the gateways whose shares have waited long enough for a collector that has it, and none does.
func abandoned(job *Job, nobodyHas func(gateway string) bool) []string {
	if job.Status != replay.JobQueued && job.Status != replay.JobRunning {
		return nil
	}
	return job.open(func(s *Share) bool { return s.free() && s.FreeFor > noCollector && nobodyHas(s.Gateway) })
}

func settleJob(ctx context.Context, tx JobTx, id uuid.UUID, nobodyHas func(gateway string) bool) error {
	job, found, err := tx.Lock(ctx, id, false)
	if err != nil || !found || !due(&job, nobodyHas) { // Another instance may be at it, or has been.
		return err
	}
	switch {
	case job.Age > replay.MaxJobTime:
		return breakOff(ctx, tx, &job, State{replay.JobStopped, "It took longer than " + replay.MaxJobTime.String() + ", so it was stopped."})
	case job.Status == replay.JobStopping:
		return settleStopping(ctx, tx, &job)
	}
	gateways := abandoned(&job, nobodyHas)
	if err := lose(ctx, tx, id, gateways); err != nil {
		return err
	}
	for _, gateway := range gateways {
		if err := tx.Move(ctx, id, []string{gateway}, Waiting, replay.Skipped, "no running collector has the gateway "+gateway); err != nil {
			return err
		}
	}
	return end(ctx, tx, &job, gateways)
}

// settleStopping ends the shares of a locked job that is stopping on which nobody works.
func settleStopping(ctx context.Context, tx JobTx, job *Job) error {
	gateways := job.open((*Share).free)
	if job.Status != replay.JobStopping || len(gateways) == 0 {
		return nil
	}
	if err := lose(ctx, tx, job.ID, gateways); err != nil {
		return err
	}
	return end(ctx, tx, job, gateways)
}

// lose says of what was under way in shares whose collector is gone that nobody knows how it went.
func lose(ctx context.Context, tx JobTx, job uuid.UUID, gateways []string) error {
	return tx.Move(ctx, job, gateways, Sending, replay.Failed, replay.NotSentAgain)
}

// end ends shares of a locked job, and the job with the last of them.
func end(ctx context.Context, tx JobTx, job *Job, gateways []string) error {
	if err := tx.End(ctx, job.ID, gateways); err != nil {
		return err
	}
	for _, gateway := range gateways {
		job.share(gateway).Ended = true
	}
	if len(job.open(func(*Share) bool { return true })) > 0 {
		return nil
	}
	status := replay.JobDone
	if job.Status == replay.JobStopping {
		status = replay.JobStopped
	}
	return over(ctx, tx, job.ID, State{Status: status})
}

// breakOff ends a locked job with all that is left of it.
func breakOff(ctx context.Context, tx JobTx, job *Job, state State) error {
	gateways := job.open(func(*Share) bool { return true })
	if err := lose(ctx, tx, job.ID, gateways); err != nil {
		return err
	}
	if err := tx.End(ctx, job.ID, gateways); err != nil {
		return err
	}
	return over(ctx, tx, job.ID, state)
}

// over writes the end of a job. Its header values are needed no more.
func over(ctx context.Context, tx JobTx, job uuid.UUID, state State) error {
	if err := tx.Set(ctx, job, state); err != nil {
		return err
	}
	return tx.DropHeaderValues(ctx, job)
}
