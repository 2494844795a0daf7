// Package recorder takes recordings off the path of traffic: it queues them, masks what must not be kept, and writes
// them in batches. It never blocks an exchange; what finds no room is dropped and counted.
package recorder

import (
	"context"
	"log/slog"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	batchSize     = 200
	batchInterval = 250 * time.Millisecond
	backoffFirst  = 100 * time.Millisecond
	backoffMost   = 5 * time.Second
	// flushLimit is how long Shutdown writes at most.
	flushLimit = 5 * time.Second
	// maxQueuedBytes bounds the bodies that wait in memory, however many recordings are allowed.
	maxQueuedBytes = 256 << 20
)

// Why recordings are dropped.
const (
	DroppedFull     = "queue_full"
	DroppedRejected = "rejected"
	DroppedShutdown = "shutdown"
)

// Sink is where recordings go.
type Sink interface {
	// WriteRecordings stores a batch, but for as many recordings as it says, which can never be stored. After an error
	// nothing of the batch is stored for sure, and it is written again later; writing one twice must do no harm.
	WriteRecordings(ctx context.Context, batch []recording.Recording) (rejected int, err error)
}

// Redactor masks what must not be kept, in place.
type Redactor interface {
	Redact(r *recording.Recording)
}

// Metrics is told what happens. Its methods are called from several goroutines.
type Metrics interface {
	Recorded(n int)
	Dropped(reason string, n int)
	Flushed(d time.Duration)
}

// Options are what a recorder is made of; all but Exclude are required.
type Options struct {
	Sink     Sink
	Redactor Redactor
	Metrics  Metrics
	Logger   *slog.Logger
	// BufferSize is how many recordings wait in memory at most.
	BufferSize int
	// Exclude are paths that are not recorded: exact, path.Match patterns, or prefixes that end in /**.
	Exclude []string
}

// Recorder queues recordings and writes them in the background.
type Recorder struct {
	options Options
	queue   chan recording.Recording
	bytes   atomic.Int64

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
	r := &Recorder{options: o, queue: make(chan recording.Recording, o.BufferSize), stop: make(chan struct{}), done: make(chan struct{})}
	r.flushing, r.cancel = context.WithCancel(context.Background())
	return r
}

// Wants is whether exchanges with this path are recorded.
func (r *Recorder) Wants(requested string) bool {
	for _, pattern := range r.options.Exclude {
		if prefix, ok := strings.CutSuffix(pattern, "/**"); ok {
			if requested == prefix || strings.HasPrefix(requested, prefix+"/") {
				return false
			}
			continue
		}
		if pattern == requested {
			return false
		}
		if matched, _ := path.Match(pattern, requested); matched {
			return false
		}
	}
	return true
}

// Record queues a recording, or drops it where there is no room.
func (r *Recorder) Record(rec recording.Recording) {
	size := size(&rec)
	if r.bytes.Add(size) <= maxQueuedBytes {
		select {
		case r.queue <- rec:
			return
		default:
		}
	}
	r.bytes.Add(-size)
	r.options.Metrics.Dropped(DroppedFull, 1)
}

// QueueLength is how many recordings wait.
func (r *Recorder) QueueLength() int { return len(r.queue) }

// Start writes in the background until Shutdown.
func (r *Recorder) Start() {
	r.started.Store(true)
	go func() {
		defer close(r.done)
		r.run()
	}()
}

// Shutdown writes what is queued within ctx and five seconds, drops and counts the rest, and returns when the
// background has ended. Nothing may be recorded any more. It may be called without Start, and again.
func (r *Recorder) Shutdown(ctx context.Context) {
	r.once.Do(func() { close(r.stop) })
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

func (r *Recorder) run() {
	batch := make([]recording.Recording, 0, batchSize)
	for {
		select {
		case rec := <-r.queue:
			batch = r.collect(append(batch, r.prepare(rec)))
			r.write(batch)
			clear(batch)
			batch = batch[:0]
		case <-r.stop:
			r.drain(batch)
			return
		}
	}
}

// collect waits for more until the batch is full or its time is over.
func (r *Recorder) collect(batch []recording.Recording) []recording.Recording {
	timer := time.NewTimer(batchInterval)
	defer timer.Stop()
	for len(batch) < batchSize {
		select {
		case rec := <-r.queue:
			batch = append(batch, r.prepare(rec))
		case <-timer.C:
			return batch
		case <-r.stop:
			return batch
		}
	}
	return batch
}

func (r *Recorder) drain(batch []recording.Recording) {
	for {
		select {
		case rec := <-r.queue:
			if batch = append(batch, r.prepare(rec)); len(batch) < batchSize {
				continue
			}
		default:
			if len(batch) == 0 {
				return
			}
		}
		r.write(batch)
		clear(batch)
		batch = batch[:0]
	}
}

func (r *Recorder) prepare(rec recording.Recording) recording.Recording {
	r.bytes.Add(-size(&rec))
	r.options.Redactor.Redact(&rec)
	return rec
}

// write writes a batch, again and again while the sink is away.
func (r *Recorder) write(batch []recording.Recording) {
	wait, away := backoffFirst, false
	for {
		start := time.Now()
		rejected, err := r.options.Sink.WriteRecordings(r.flushing, batch)
		r.options.Metrics.Flushed(time.Since(start))
		if err == nil {
			r.written(len(batch)-rejected, rejected)
			if away {
				r.options.Logger.Info("recordings are written again")
			}
			return
		}
		if r.flushing.Err() != nil {
			r.options.Metrics.Dropped(DroppedShutdown, len(batch))
			return
		}
		if !away {
			away = true
			r.options.Logger.Warn("recordings wait in memory until the database is back; traffic is not affected", "error", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.flushing.Done():
			timer.Stop()
		}
		wait = min(2*wait, backoffMost)
	}
}

func (r *Recorder) written(stored, rejected int) {
	r.options.Metrics.Recorded(stored)
	if rejected > 0 {
		r.options.Metrics.Dropped(DroppedRejected, rejected)
		r.options.Logger.Error("the database refused recordings, which are lost", "count", rejected)
	}
}

func size(r *recording.Recording) int64 {
	return int64(len(r.Body.Content) + len(r.ResponseBody.Content))
}
