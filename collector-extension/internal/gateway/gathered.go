package gateway

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// holding is how long what was written of an answer waits for more to come, to be sent with it.
const holding = time.Millisecond

// gathered is what the server holds back of an answer whose length is known. Flushing after each write
// costs a goroutine and a second write to the connection for the shortest of answers, which mostly are there as a whole:
// a tenth of all that a short exchange takes (BenchmarkExchange). What is not whole in time goes out as it is. Answers
// of unknown length and event streams are none of it, since copyAnswer flushes them at once.
type gathered struct {
	// mu keeps the flush apart from writes; net/http does not.
	mu sync.Mutex
	// server is the server of the connection where it can flush by itself after a time; nil where it cannot, as net/http.
	server interface{ Hold(time.Duration) }
	flush  *time.Timer
	// rest is how many bytes are still to be written; 0 where that is not known.
	rest int64
	// waiting reports whether a flush is due.
	waiting bool
}

// hold is called when the headers of an answer are written, with the lock held.
func (w *responseWriter) hold() {
	x := w.exchange
	if x.Subject.Method == http.MethodHead || w.status < 200 || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return
	}
	if length := w.ResponseWriter.Header()["Content-Length"]; len(length) == 1 {
		if n, err := strconv.ParseInt(length[0], 10, 64); err == nil {
			w.gathered.rest = n
			if x.Captured && n > copyBufferSize { // else it comes in one piece
				x.Out.Expect(n)
			}
		}
	}
	if x.ready {
		w.gathered.waiting = w.gathered.rest > 0 // For what follows at once.
		return
	}
	w.wrote(0)
}

// wrote is called when n bytes of the body are written, with the lock held.
func (w *responseWriter) wrote(n int) {
	g := &w.gathered
	if g.rest <= 0 {
		return
	}
	g.rest -= int64(n)
	switch {
	case g.rest <= 0 && w.exchange.ready:
		// The whole was there, and the handler returns now.
	case len(w.exchange.Faults) > 0:
		// What faults hold back is timed.
		_ = w.flush()
	case g.server != nil:
		g.waiting = true
		g.server.Hold(holding)
	case g.waiting:
	case g.flush == nil:
		g.waiting, g.flush = true, time.AfterFunc(holding, w.flushGathered)
	default:
		g.waiting = true
		g.flush.Reset(holding)
	}
}

func (w *responseWriter) flushGathered() {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	if w.gathered.waiting {
		w.gathered.waiting = false
		_ = w.flush()
	}
}

// letGo calls off the flush that is due, with the lock held, and reports whether there was one.
func (w *responseWriter) letGo() bool {
	if !w.gathered.waiting {
		return false
	}
	w.gathered.waiting = false
	if w.gathered.flush != nil {
		w.gathered.flush.Stop()
	}
	return true
}

// release is called when the exchange is over. Where it was broken off, net/http would drop what it holds back.
func (w *responseWriter) release(broken bool) {
	w.gathered.mu.Lock()
	defer w.gathered.mu.Unlock()
	if w.letGo() && broken {
		_ = w.flush()
	}
	w.gathered.rest = 0
}
