package exchange

import (
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Finish completes the recording and hands it over. It does so once, whoever comes first: streams have several ends. complete, which
// may be nil, adds what the adapter knows; it must not call back. end is when the exchange was over.
func (x *Exchange) Finish(end time.Time, complete func(*recording.Recording)) {
	if rec := x.close(end, complete); rec != nil {
		x.terms.Observe(rec, x.Captured)
	}
}

func (x *Exchange) close(end time.Time, complete func(*recording.Recording)) *recording.Recording {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return nil
	}
	x.over = true
	rec := x.rec
	if broken := x.Broken(); broken != "" {
		x.failure = OfFault(broken)
	}
	x.failure.On(rec)
	rec.Faults = x.Injected()
	delay := x.Delay()
	rec.ResponseTimeMS, rec.InjectedDelayMS = Milliseconds(end.Sub(x.Start)), Milliseconds(delay)
	if !x.firstByte.IsZero() {
		x.times.firstByte = Milliseconds(x.firstByte.Sub(x.Start))
		rec.FirstByteMS = &x.times.firstByte
	}
	if !x.forwarded.IsZero() {
		x.times.upstream = Milliseconds(max(0, end.Sub(x.forwarded)-(delay-x.waited)))
		rec.UpstreamTimeMS = &x.times.upstream
	}
	rec.Body, rec.ResponseBody = x.In.Recorded(), x.Out.Recorded()
	if complete != nil {
		complete(rec)
	}
	return rec
}

// times are of an exchange, in milliseconds, in one piece with its recording.
type times struct{ firstByte, upstream float64 }

// Milliseconds returns durations as recordings have them.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
