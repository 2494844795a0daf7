package apitest

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// Process stands between replays and their store as the process does that they run in: it can be stopped for a while, die, and miss what
// the store answers. The zero value runs.
type Process struct {
	mu      sync.Mutex
	dead    bool
	resumed chan struct{} // not nil while it is paused
	unheard int
}

// Config returns replays of the process over a store.
func (p *Process) Config(c jobs.Config) jobs.Config {
	c.Jobs, c.Ones = processJobs{c.Jobs, p}, processOnes{c.Ones, p}
	return c
}

// Kill has nothing reach the store any more.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
}

// Pause has all that is to reach the store wait until the function that it returns is called.
func (p *Process) Pause() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	resumed := make(chan struct{})
	p.resumed = resumed
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.resumed = nil
		close(resumed)
	})
}

// Deafen has so many changes of jobs from now on take effect without the process hearing of it.
func (p *Process) Deafen(times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unheard = times
}

func (p *Process) enter(ctx context.Context) error {
	p.mu.Lock()
	paused := p.resumed
	p.mu.Unlock()
	if paused != nil {
		select {
		case <-paused:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return api.ErrUnavailable
	}
	return nil
}

// heard reports whether the process learns what became of a change.
func (p *Process) heard() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unheard > 0 {
		p.unheard--
		return false
	}
	return !p.dead
}

type processJobs struct {
	jobs.JobStore
	process *Process
}

func (s processJobs) Change(ctx context.Context, f func(jobs.JobTx) error) error {
	if err := s.process.enter(ctx); err != nil {
		return err
	}
	if err := s.JobStore.Change(ctx, f); err != nil || s.process.heard() {
		return err
	}
	return api.ErrUnavailable
}

func (s processJobs) Open(ctx context.Context) ([]jobs.Job, error) {
	if err := s.process.enter(ctx); err != nil {
		return nil, err
	}
	return s.JobStore.Open(ctx)
}

type processOnes struct {
	jobs.OneStore
	process *Process
}

func (s processOnes) Ones(ctx context.Context) ([]jobs.One, error) {
	if err := s.process.enter(ctx); err != nil {
		return nil, err
	}
	return s.OneStore.Ones(ctx)
}

func (s processOnes) TakeOne(ctx context.Context, id uuid.UUID, by string, within, lease time.Duration) ([]byte, bool, error) {
	if err := s.process.enter(ctx); err != nil {
		return nil, false, err
	}
	return s.OneStore.TakeOne(ctx, id, by, within, lease)
}

func (s processOnes) EndOne(ctx context.Context, id uuid.UUID, end jobs.OneEnd) (bool, error) {
	if err := s.process.enter(ctx); err != nil {
		return false, err
	}
	return s.OneStore.EndOne(ctx, id, end)
}
