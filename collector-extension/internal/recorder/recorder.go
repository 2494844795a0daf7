// Package recorder takes recordings off the path of traffic: it queues them, masks what must not be kept, and writes
// them in batches. While the database is away they wait on disk, where there is a spool, and so do those that find no room
// in memory. An exchange never waits for the database. What finds no room at all is dropped and counted.
package recorder

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// A batch is written when it has batchSize recordings or batchBytes of what they hold, and after batchInterval in any
	// case. Larger ones cost the database less for each recording.
	batchSize     = 1000
	batchBytes    = 8 << 20
	batchInterval = 250 * time.Millisecond
	// flushLimit is how long Shutdown writes at most.
	flushLimit = 5 * time.Second
	// maxQueuedBytes bounds the recordings that wait in memory by what they hold, however many are allowed.
	maxQueuedBytes = 256 << 20
)

// Why recordings are dropped.
const (
	// DroppedFull is of those that found no room in memory, DroppedSpoolFull of the oldest on disk that made room.
	DroppedFull      = "queue_full"
	DroppedSpoolFull = "spool_full"
	// DroppedSpoolFailed is of those that could not be written to the disk, DroppedDamaged of those that could not be read.
	DroppedSpoolFailed = "spool_failed"
	DroppedDamaged     = "damaged"
	// DroppedRejected is of those that the database can never store, DroppedTimedOut of those that took it too long alone while
	// it stored others, DroppedShutdown of those that it did not store before the end.
	DroppedRejected = "rejected"
	DroppedTimedOut = "timed_out"
	DroppedShutdown = "shutdown"
)

// ErrTooMuch is in the error of a sink that did not store a batch within its limits of time or memory: fewer at once may go.
// A write that takes longer than AttemptLimit counts as one.
var ErrTooMuch = errors.New("the batch is too much for the database")

// Sink is where recordings go.
type Sink interface {
	// WriteRecordings stores a batch, but for as many recordings as it says, which can never be stored. After an error
	// nothing of the batch is stored for sure, and it is written again later; writing one twice must do no harm. It is called by two
	// goroutines, and keeps nothing of a batch.
	WriteRecordings(ctx context.Context, batch []*recording.Recording) (rejected int, err error)
}

// Redactor masks what must not be kept, in place.
type Redactor interface {
	Redact(r *recording.Recording)
}

// Metrics is told what happens. Its methods are called from several goroutines.
type Metrics interface {
	Recorded(n int)
	Dropped(reason string, n int)
	// SampledOut counts one recording that sampling left out.
	SampledOut()
	// Spooled counts recordings that were put on disk.
	Spooled(n int)
	Flushed(d time.Duration)
}

// Options are what a recorder is made of; Redactor, Metrics, Logger and BufferSize are required.
type Options struct {
	// Sink stores recordings; nil is for taps alone.
	Sink Sink
	// Taps is told of taps; nil allows none. Exporters is the gateway of what exporters send.
	Taps      TapMetrics
	Exporters string
	// Spool keeps recordings while the sink is away; nil is memory only. Who opened it closes it after Shutdown.
	Spool    *spool.Spool
	Redactor Redactor
	Metrics  Metrics
	Logger   *slog.Logger
	// BufferSize is how many recordings wait in memory at most, BufferBytes how many bytes they hold, but for one that is larger
	// by itself; 0 is 256 MiB.
	BufferSize  int
	BufferBytes int64
	// Exclude are the patterns of paths that are not recorded.
	Exclude []string
	// Sampler chooses what is recorded; nil records all.
	Sampler *Sampler
	// Writers is how many batches are written at once at most, 1 or 2; 0 is 2.
	Writers int
	// AttemptLimit ends a write that got no answer, as of a database whose machine is gone; 0 is 30 s.
	AttemptLimit time.Duration
}

// Recorder queues recordings and writes them in the background.
type Recorder struct {
	options  Options
	excluded exclusion
	queue    *queue
	// since is of the goroutine that collects: when what it took last was queued, by the age of the queue.
	since time.Duration
	// batches leads from the goroutine that collects to the one that writes, more to the one that helps it.
	batches, more chan []*recording.Recording
	// away reports whether the sink did not take a batch when it was last tried; told reports whether that was logged.
	away, told atomic.Bool
	// stored is how many writes have succeeded. The goroutine that writes has the others: how much is written at once, and what
	// took too long alone, by its id. careful reports whether it has reason to write less than whole batches.
	stored  atomic.Uint64
	portion portion
	lonely  map[uuid.UUID]*lonely
	careful atomic.Bool

	// taps are replaced as a whole under tapping. asked has who wants what is queued to be handed over, and is told by closing.
	taps    atomic.Pointer[[]*Tap]
	tapping sync.Mutex
	asked   chan chan<- struct{}

	stop    chan struct{}
	once    sync.Once
	started atomic.Bool
	done    chan struct{}
	// flushing is the context of the writes; Shutdown bounds it.
	flushing context.Context
	cancel   context.CancelFunc
}

// New makes a recorder that queues, and writes once it is started.
func New(o Options) *Recorder {
	if o.AttemptLimit <= 0 {
		o.AttemptLimit = attemptLimit
	}
	if o.BufferBytes <= 0 {
		o.BufferBytes = maxQueuedBytes
	}
	r := &Recorder{
		portion: newPortion(o.AttemptLimit), lonely: map[uuid.UUID]*lonely{},
		options: o, excluded: newExclusion(o.Exclude), queue: newQueue(o.BufferSize, o.BufferBytes),
		batches: make(chan []*recording.Recording), more: make(chan []*recording.Recording),
		asked: make(chan chan<- struct{}), stop: make(chan struct{}), done: make(chan struct{}),
	}
	r.flushing, r.cancel = context.WithCancel(context.Background())
	return r
}

// Wants reports whether exchanges with this path, escaped as it was sent, are recorded.
func (r *Recorder) Wants(requested string) bool {
	return (r.options.Sink != nil || r.tapped()) && !r.excluded.has(requested)
}

// Record queues a recording that sampling keeps. Where there is no room it is put on disk, or dropped without a spool; taps
// are offered it in any case. What it is given is its own from then on.
func (r *Recorder) Record(rec *recording.Recording) {
	if s := r.options.Sampler; s != nil && !s.Keeps(rec) {
		r.options.Metrics.SampledOut()
		return
	}
	if r.queue.put(rec) {
		return
	}
	// In the goroutine of the exchange, so that traffic cannot outrun it: rather a short wait for the disk than a loss.
	if r.options.Spool != nil || len(r.allTaps()) > 0 {
		r.options.Redactor.Redact(rec)
		r.pour(rec)
	}
	switch {
	case r.options.Spool != nil:
		r.keep([]*recording.Recording{rec})
	case r.options.Sink != nil:
		r.options.Metrics.Dropped(DroppedFull, 1)
	}
}

// QueueLength returns how many recordings wait.
func (r *Recorder) QueueLength() int { return r.queue.length() }

// SpooledBytes returns the size of what waits on disk.
func (r *Recorder) SpooledBytes() int64 {
	if r.options.Spool == nil {
		return 0
	}
	return r.options.Spool.Bytes()
}

// Start writes in the background until Shutdown.
func (r *Recorder) Start() {
	r.started.Store(true)
	var running sync.WaitGroup
	running.Go(r.collect)
	if r.options.Sink != nil {
		running.Go(r.write)
	}
	go func() {
		running.Wait()
		close(r.done)
	}()
}

// Shutdown writes what is queued within ctx and five seconds, puts the rest on disk, or drops and counts it where there
// is no spool, and returns when the background has ended. Nothing may be recorded any more. It may be called without
// Start, and again.
func (r *Recorder) Shutdown(ctx context.Context) {
	r.once.Do(func() { close(r.stop) })
	defer r.sayMissed()
	defer r.cancel()
	if !r.started.Load() {
		return
	}
	timer := time.NewTimer(flushLimit)
	defer timer.Stop()
	select {
	case <-r.done:
		return
	case <-ctx.Done():
	case <-timer.C:
	}
	r.cancel()
	<-r.done
}

// collect makes batches of what is queued until the recorder stops, and hands them over.
func (r *Recorder) collect() {
	defer close(r.batches)
	var helping sync.WaitGroup
	helping.Go(r.help)
	defer helping.Wait()
	defer close(r.more)
	for {
		select {
		case <-r.queue.some:
			r.handFilled()
		case done := <-r.asked:
			r.handQueued()
			close(done)
		case <-r.stop:
			for r.handFilled() {
			}
			return
		}
	}
}

// handFilled hands over a batch, and reports whether anything was queued.
func (r *Recorder) handFilled() bool {
	batch, since := r.fill()
	if len(batch) > 0 {
		r.hand(batch, since)
	}
	return len(batch) > 0
}

// fill makes a batch of what is queued, and of what comes until it is full or its time is over, and offers it to the taps. It does
// not wait where nothing is queued, or where the recorder stops. since is when the first of them was queued, by the age of the queue.
func (r *Recorder) fill() (batch []*recording.Recording, since time.Duration) {
	timer := time.NewTimer(batchInterval)
	defer timer.Stop()
	bytes, over := int64(0), false
	for {
		taken := r.queue.take(batchSize-len(batch), batchBytes-bytes)
		if len(taken) >= wakeEvery {
			batch = slices.Grow(batch, batchSize-len(batch)) // There will be as many.
		}
		for i := range taken {
			if bytes >= batchBytes {
				// Those before it were compressed, and are larger now.
				r.queue.putBack(taken[i:])
				break
			}
			item := &taken[i]
			if item.since != 0 {
				r.since = item.since
			}
			if len(batch) == 0 {
				since = r.since
			}
			before := item.ContentSize()
			r.options.Redactor.Redact(item.Recording)
			bytes += item.size + item.ContentSize() - before
			batch = append(batch, item.Recording)
		}
		clear(taken)
		if over || len(batch) == 0 || len(batch) >= batchSize || bytes >= batchBytes {
			r.pour(batch...)
			return batch, since
		}
		select {
		case <-r.queue.much:
		case <-timer.C:
			over = true
		case <-r.stop:
			over = true
		}
	}
}
