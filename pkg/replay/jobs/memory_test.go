package jobs_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// memory keeps jobs, and has recordings and instances, for tests with a clock of their own: skew is how far that of the store is
// ahead of everybody's.
type memory struct {
	skew time.Duration

	mu         sync.Mutex
	jobs       map[uuid.UUID]*memoryJob
	headers    map[uuid.UUID]map[string]string
	recordings []recording.Recording
	instances  []scenario.Instance
	bell       jobs.Bell
}

type memoryJob struct {
	jobs.Job
	shares []memoryShare
	items  []memoryItem
}

type memoryShare struct {
	jobs.Share
	until, since time.Time
}

type memoryItem struct {
	jobs.Item
	result replay.ItemResult
}

func newMemory() *memory {
	return &memory{jobs: map[uuid.UUID]*memoryJob{}, headers: map[uuid.UUID]map[string]string{}}
}

func (m *memory) now() time.Time { return time.Now().Add(m.skew) }

func (m *memory) config() jobs.Config {
	return jobs.Config{Jobs: m, Ones: jobs.NewOnes(m.now), Recordings: m, Instances: m}
}

func (j *memoryJob) seen(now time.Time) jobs.Job {
	job := j.Job
	job.Age = now.Sub(job.CreatedAt)
	if job.StartedAt != nil {
		job.Elapsed = now.Sub(*job.StartedAt)
	}
	for _, s := range j.shares {
		share := s.Share
		share.Left, share.FreeFor = s.until.Sub(now), now.Sub(s.since)
		if s.until.After(s.since) {
			share.FreeFor = now.Sub(s.until)
		}
		job.Shares = append(job.Shares, share)
	}
	return job
}

func (j *memoryJob) clone() *memoryJob {
	other := *j
	other.shares, other.items = slices.Clone(j.shares), slices.Clone(j.items)
	return &other
}

func (m *memory) Change(_ context.Context, f func(jobs.JobTx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, headers := map[uuid.UUID]*memoryJob{}, maps.Clone(m.headers)
	for id, job := range m.jobs {
		before[id] = job.clone()
	}
	if err := f(memoryTx{m}); err != nil {
		m.jobs, m.headers = before, headers
		return err
	}
	return nil
}

func (m *memory) Open(ctx context.Context) ([]jobs.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return memoryTx{m}.Open(ctx)
}

func (m *memory) Job(_ context.Context, id uuid.UUID) (jobs.Job, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	job, found := m.jobs[id]
	if !found {
		return jobs.Job{}, false, nil
	}
	return job.seen(m.now()), true, nil
}

func (m *memory) Jobs(context.Context, uuid.UUID, int) ([]jobs.Job, error) { return nil, nil }

func (m *memory) Results(_ context.Context, id uuid.UUID, outcome replay.Outcome, after, limit int) (all []jobs.Result, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, item := range m.jobs[id].items {
		if o := item.result.Outcome; item.Sequence > after && len(all) < limit && o != jobs.Waiting && o != jobs.Sending && (outcome == "" || o == outcome) {
			all = append(all, jobs.Result{ItemResult: item.result, RecordedAt: item.RecordedAt})
		}
	}
	return all, nil
}

func (m *memory) Listen() jobs.News { return m.bell.Listen() }

func (m *memory) Query(context.Context, recording.Query) (recording.Page, error) {
	return recording.Page{Recordings: m.recordings}, nil
}

func (m *memory) Get(_ context.Context, id uuid.UUID) (recording.Recording, error) {
	for _, r := range m.recordings {
		if r.ID == id {
			return r, nil
		}
	}
	return recording.Recording{}, api.ErrNotFound
}

func (m *memory) Instances(context.Context) ([]scenario.Instance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.instances), nil
}

// memoryTx is a transaction: whoever has one has the mutex.
type memoryTx struct{ *memory }

func (m memoryTx) Alone(context.Context) error { return nil }

func (m memoryTx) Open(context.Context) ([]jobs.Job, error) {
	var all []jobs.Job
	for _, job := range m.jobs {
		if job.Status.Over() {
			continue
		}
		seen := job.seen(m.now())
		seen.Shares = slices.DeleteFunc(seen.Shares, func(s jobs.Share) bool { return s.Ended })
		all = append(all, seen)
	}
	slices.SortFunc(all, func(a, b jobs.Job) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return all, nil
}

func (m memoryTx) Lock(_ context.Context, id uuid.UUID, _ bool) (jobs.Job, bool, error) {
	job, found := m.jobs[id]
	if !found {
		return jobs.Job{}, false, nil
	}
	return job.seen(m.now()), true, nil
}

func (m memoryTx) Wake(context.Context, uuid.UUID) error { m.bell.Ring(); return nil }

func (m memoryTx) Insert(_ context.Context, job jobs.Job, headers map[string]string) error {
	job.CreatedAt = m.now()
	m.jobs[job.ID] = &memoryJob{Job: job}
	if len(headers) > 0 {
		m.headers[job.ID] = headers
	}
	return nil
}

func (m memoryTx) AddItems(_ context.Context, job uuid.UUID, items []jobs.Item) error {
	for _, item := range items {
		m.jobs[job].items = append(m.jobs[job].items, memoryItem{item, replay.ItemResult{Sequence: item.Sequence, RecordingID: item.ID, Gateway: item.Gateway, Outcome: jobs.Waiting}})
	}
	return nil
}

func (m memoryTx) AddShares(_ context.Context, job uuid.UUID, origin time.Time, shares []jobs.Share) error {
	j := m.jobs[job]
	j.Origin = origin
	for _, share := range shares {
		j.Total += share.Total
		j.shares = append(j.shares, memoryShare{Share: share, since: m.now()})
	}
	return nil
}

func (m memoryTx) Set(_ context.Context, job uuid.UUID, state jobs.State) error {
	j, now := m.jobs[job], m.now()
	j.Status, j.Problem = state.Status, state.Problem
	if state.Status == replay.JobRunning && j.StartedAt == nil {
		j.StartedAt = &now
	}
	if state.Status.Over() && j.EndedAt == nil {
		j.EndedAt = &now
	}
	return nil
}

func (m memoryTx) HeaderValues(_ context.Context, job uuid.UUID) (map[string]string, bool, error) {
	values, found := m.headers[job]
	return values, found, nil
}

func (m memoryTx) DropHeaderValues(_ context.Context, job uuid.UUID) error {
	delete(m.headers, job)
	return nil
}

// share returns a share that is not over, nil where there is none.
func (m memoryTx) share(job uuid.UUID, gateway string) *memoryShare {
	j := m.jobs[job]
	for i := range j.shares {
		if s := &j.shares[i]; s.Gateway == gateway && !s.Ended {
			return s
		}
	}
	return nil
}

func (m memoryTx) Take(_ context.Context, job uuid.UUID, gateway string, number int64, by string, lease time.Duration) (bool, error) {
	s := m.share(job, gateway)
	if s == nil || s.Lease != number {
		return false, nil
	}
	s.Lease, s.TakenBy, s.until = number+1, by, m.now().Add(lease)
	return true, nil
}

func (m memoryTx) Renew(_ context.Context, job uuid.UUID, gateway string, number int64, lease time.Duration) (replay.JobStatus, bool, error) {
	s := m.share(job, gateway)
	if s == nil || s.Lease != number {
		return "", false, nil
	}
	s.until = m.now().Add(lease)
	return m.jobs[job].Status, true, nil
}

func (m memoryTx) Free(_ context.Context, job uuid.UUID, gateways []string) error {
	for _, gateway := range gateways {
		s := m.share(job, gateway)
		s.until, s.since = time.Time{}, m.now()
	}
	return nil
}

func (m memoryTx) End(_ context.Context, job uuid.UUID, gateways []string) error {
	for _, gateway := range gateways {
		if s := m.share(job, gateway); s != nil {
			s.Ended = true
		}
	}
	return nil
}

func (m memoryTx) Waiting(_ context.Context, job uuid.UUID, gateway string) (items []replay.Item, err error) {
	for _, item := range m.jobs[job].items {
		if item.Gateway == gateway && item.result.Outcome == jobs.Waiting {
			items = append(items, replay.Item{Sequence: item.Sequence, Recording: item.ID, RecordedAt: item.RecordedAt})
		}
	}
	return items, nil
}

func (m memoryTx) First(_ context.Context, job uuid.UUID) (int, error) {
	for _, item := range m.jobs[job].items {
		if o := item.result.Outcome; o == jobs.Waiting || o == jobs.Sending {
			return item.Sequence, nil
		}
	}
	return 0, nil
}

// change has f change the items of a gateway, and counts those whose outcome it has changed.
func (m memoryTx) change(job uuid.UUID, gateway string, f func(*replay.ItemResult)) {
	j := m.jobs[job]
	for i := range j.items {
		item := &j.items[i]
		before := item.result.Outcome
		if item.Gateway != gateway {
			continue
		}
		if f(&item.result); item.result.Outcome == before {
			continue
		}
		for s := range j.shares {
			if j.shares[s].Gateway != gateway {
				continue
			}
			switch item.result.Outcome {
			case replay.Same:
				j.shares[s].Same++
			case replay.Different:
				j.shares[s].Different++
			case replay.Failed:
				j.shares[s].Failed++
			case replay.Skipped:
				j.shares[s].Skipped++
			}
		}
	}
}

func (m memoryTx) Send(_ context.Context, job uuid.UUID, gateway string, sequences []int) (granted []int, err error) {
	m.change(job, gateway, func(r *replay.ItemResult) {
		if slices.Contains(sequences, r.Sequence) && (r.Outcome == jobs.Waiting || r.Outcome == jobs.Sending) {
			r.Outcome = jobs.Sending
			granted = append(granted, r.Sequence)
		}
	})
	return granted, nil
}

func (m memoryTx) Write(_ context.Context, job uuid.UUID, gateway string, results []replay.ItemResult) error {
	m.change(job, gateway, func(r *replay.ItemResult) {
		i := slices.IndexFunc(results, func(result replay.ItemResult) bool { return result.Sequence == r.Sequence })
		if i >= 0 && r.Outcome == jobs.Sending {
			*r = results[i]
		}
	})
	return nil
}

func (m memoryTx) Move(_ context.Context, job uuid.UUID, gateways []string, from, to replay.Outcome, problem string) error {
	for _, gateway := range gateways {
		m.change(job, gateway, func(r *replay.ItemResult) {
			if r.Outcome == from {
				r.Outcome, r.Problem = to, problem
			}
		})
	}
	return nil
}
