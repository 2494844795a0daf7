package replay

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// jobPoll bounds how long a word of the user's stays unheard whose notification was lost.
	jobPoll = time.Second
	// retryFirst and retryMost are between attempts to reach the ledger while it is away.
	retryFirst = 200 * time.Millisecond
	retryMost  = time.Second
	// inOrderPoll is between looks whether it is the turn of the next recording of a job that other collectors work on, too.
	inOrderPoll = 100 * time.Millisecond
	// readPatience is how long a recording that cannot be read is tried again.
	readPatience = time.Minute
	// farewell is how long the last results may take to be written once the collector stops.
	farewell = 2 * time.Second

	// NotSentAgain is the problem of a recording that was under way when its collector stopped: nobody knows whether the
	// upstream got it.
	NotSentAgain = "the collector stopped while this was under way; not sent again"
)

// ErrTakenOver is returned by a Ledger where another collector has the share now.
var ErrTakenOver = errors.New("another collector has taken the replay over")

// Share is the part of a job that one gateway's collectors do.
type Share struct {
	Job     uuid.UUID
	Gateway string
	// Request has its header values.
	Request JobRequest
	// Items are the items that wait, in order.
	Items []Item
	// Total is how many recordings the share has had, JobTotal the job: rate and concurrency are shared out by them.
	Total, JobTotal int
	// Origin is the time of recording that is due at once. Elapsed is how long ago that was; only a job that has just begun
	// keeps it, so that the shares of several collectors go in step.
	Origin  time.Time
	Elapsed time.Duration
}

// Item is one recording of a share.
type Item struct {
	Sequence   int
	Recording  uuid.UUID
	RecordedAt time.Time
}

// Step is what a collector tells the ledger of its share, and asks of it, at once.
type Step struct {
	// Results are of items that were under way.
	Results []ItemResult
	// Claim are the items to send next.
	Claim []int
	// InOrder grants none before all earlier ones of the whole job are over.
	InOrder bool
}

// Standing is what the ledger answers.
type Standing struct {
	Status JobStatus
	// Granted are the items to be sent now. Nobody else will ever send them.
	Granted []int
}

// Ledger keeps how far a share is. Its methods return when ctx ends.
type Ledger interface {
	// Advance renews the lease, writes results, and grants what was claimed. It may be repeated with the same step where
	// its outcome is unknown. ErrTakenOver where the lease is another's.
	Advance(ctx context.Context, step Step) (Standing, error)
	// Recording returns one recording, whole; false where it does not exist any more.
	Recording(ctx context.Context, id uuid.UUID) (recording.Recording, bool, error)
}

// Sender sends one recording and compares the answers.
type Sender func(context.Context, recording.Recording) (Comparison, error)

// worker works on one share.
type worker struct {
	share  Share
	ledger Ledger
	send   Sender
	plan   schedule

	concurrency int
	results     chan ItemResult
	flying      int
	// done are results that are not written yet; next is the first item that was not granted yet.
	done []ItemResult
	next int
	// draining reports whether nothing more is to be sent.
	draining  bool
	contacted time.Time
	// away is when the ledger was last heard of before it went away, zero while it is there.
	away time.Time
	// notBefore delays the next claim, at pace while the ledger is away.
	notBefore time.Time
	pace      retry.Pace
}

// Work sends the items of a share at its pace until all are over, the job is paused or stopped, ctx ends, or the share is
// taken over (ErrTakenOver). What is under way when ctx ends is broken off. An item is sent only once it was granted, so
// that it is sent once at most, and nothing is sent while the ledger is away. nudged gets a value when the job's status may
// have changed.
func Work(ctx context.Context, share Share, ledger Ledger, send Sender, nudged <-chan struct{}) error {
	request := share.Request.WithDefaults()
	part := 1.0
	if share.JobTotal > 0 {
		part = float64(share.Total) / float64(share.JobTotal)
	}
	request.Pace.Rate *= part
	concurrency := max(1, int(math.Round(float64(request.Concurrency)*part)))
	w := worker{
		share: share, ledger: ledger, send: send, concurrency: concurrency, results: make(chan ItemResult, concurrency), pace: retry.NewPace(retryFirst, retryMost),
		plan: schedule{pace: request.Pace, start: time.Now().Add(-share.Elapsed), origin: share.Origin},
	}
	flight, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	nudge := false
	for {
		w.collect()
		if ctx.Err() != nil {
			return w.leave(ctx)
		}
		claim, due := w.claims()
		if nudge || len(claim) > 0 || w.hasNews() {
			wasAway := !w.away.IsZero()
			granted, err := w.advance(ctx, claim)
			if errors.Is(err, ErrTakenOver) {
				return err
			}
			for _, item := range granted {
				running.Go(func() { w.results <- w.run(flight, item) })
			}
			if len(granted) > 0 || wasAway && w.away.IsZero() {
				nudge = false
				continue
			}
		}
		nudge = false
		if w.over() {
			return nil
		}
		timer.Reset(w.wait(due))
		select {
		case <-ctx.Done():
		case result := <-w.results:
			w.landed(result)
		case <-nudged:
			nudge = true
		case <-timer.C:
		}
	}
}

func (w *worker) landed(result ItemResult) {
	w.flying--
	w.done = append(w.done, result)
}

// collect takes the results that are there.
func (w *worker) collect() {
	for {
		select {
		case result := <-w.results:
			w.landed(result)
		default:
			return
		}
	}
}

// claims returns the items that are due now and for which there is room, and when the next one is due where it is not yet.
func (w *worker) claims() (claim []int, due time.Time) {
	now := time.Now()
	if w.draining || !w.away.IsZero() || now.Before(w.notBefore) {
		return nil, w.notBefore
	}
	w.plan.late(w.next, now)
	for i := w.next; i < len(w.share.Items) && len(claim) < w.concurrency-w.flying; i++ {
		item := w.share.Items[i]
		if at := w.plan.due(i, item.RecordedAt); at.After(now) {
			return claim, at
		}
		claim = append(claim, item.Sequence)
	}
	return claim, time.Time{}
}

// advance tells the ledger, and returns what may be sent.
func (w *worker) advance(ctx context.Context, claim []int) ([]Item, error) {
	inOrder := w.plan.pace.Mode == PaceSequential && w.share.Total < w.share.JobTotal
	standing, err := w.ledger.Advance(ctx, Step{Results: w.done, Claim: claim, InOrder: inOrder})
	now := time.Now()
	if err != nil {
		if w.away.IsZero() {
			w.away = now
		}
		w.notBefore, w.contacted = now.Add(w.pace.Next()), now
		return nil, err
	}
	if !w.away.IsZero() {
		w.plan.pause(now.Sub(w.away))
		w.away = time.Time{}
		w.pace.Reset()
	}
	w.done, w.contacted, w.notBefore = nil, now, time.Time{}
	w.draining = standing.Status != JobRunning
	granted := map[int]bool{}
	for _, sequence := range standing.Granted {
		granted[sequence] = true
	}
	if inOrder && len(claim) > 0 && len(granted) == 0 {
		w.notBefore = now.Add(inOrderPoll)
		return nil, nil
	}
	var items []Item
	for range claim {
		item := w.share.Items[w.next]
		w.next++
		if granted[item.Sequence] {
			items = append(items, item)
			w.flying++
		}
	}
	return items, nil
}

// hasNews reports whether the ledger should be told something, or asked, without a claim.
func (w *worker) hasNews() bool {
	if !w.away.IsZero() {
		return !time.Now().Before(w.notBefore)
	}
	return len(w.done) > 0 || time.Since(w.contacted) >= jobPoll
}

// over reports whether there is nothing left to do or to tell.
func (w *worker) over() bool {
	return w.flying == 0 && len(w.done) == 0 && (w.draining || w.next == len(w.share.Items))
}

// wait returns how long nothing needs to be done unless something happens.
func (w *worker) wait(due time.Time) time.Duration {
	now := time.Now()
	next := w.contacted.Add(jobPoll)
	for _, at := range []time.Time{due, w.notBefore} {
		if at.After(now) && at.Before(next) {
			next = at
		}
	}
	return max(0, next.Sub(now))
}

// leave waits for what was broken off, and writes what became of it.
func (w *worker) leave(ctx context.Context) error {
	for w.flying > 0 {
		w.landed(<-w.results)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_, err := w.ledger.Advance(last, Step{Results: w.done})
	return err
}

// run sends one item.
func (w *worker) run(ctx context.Context, item Item) ItemResult {
	result := w.attempt(ctx, item)
	result.Sequence, result.RecordingID, result.Gateway = item.Sequence, item.Recording, w.share.Gateway
	return result
}

func (w *worker) attempt(ctx context.Context, item Item) ItemResult {
	recorded, found, err := w.read(ctx, item.Recording)
	switch {
	case ctx.Err() != nil:
		return failedItem(NotSentAgain)
	case err != nil:
		return skipped("the recording could not be read from the database")
	case !found:
		return skipped("the recording is not stored any more")
	}
	if err := Replayable(recorded); err != nil {
		return recordedIn(skipped(err.Error()), recorded)
	}
	comparison, err := w.send(ctx, recorded)
	switch {
	case err == nil:
		return ResultOf(comparison)
	case ctx.Err() != nil:
		return recordedIn(failedItem(NotSentAgain), recorded)
	case len(validation.All(err)) > 0:
		return recordedIn(skipped(err.Error()), recorded)
	}
	return recordedIn(failedItem("the collector could not send the recording; its log says why"), recorded)
}

// read tries again while the ledger is away: the item was granted, and is lost otherwise.
func (w *worker) read(ctx context.Context, id uuid.UUID) (recording.Recording, bool, error) {
	limit := time.Now().Add(readPatience)
	pace := retry.NewPace(retryFirst, retryMost)
	for {
		r, found, err := w.ledger.Recording(ctx, id)
		if err == nil || ctx.Err() != nil || time.Now().After(limit) {
			return r, found, err
		}
		_ = pace.Wait(ctx) // the next attempt ends with ctx
	}
}
