package middleware

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/felixge/httpsnoop"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// httpServer is a receiver's handler, behind the middleware.
type httpServer struct {
	middleware *Middleware
	next       http.Handler
}

func (s httpServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	run := s.middleware.running.Load()
	if run == nil {
		s.next.ServeHTTP(w, r)
		return
	}
	x := run.receivers.begin(r.Context(), scenario.Exchange{
		Protocol: string(recording.HTTP), Method: r.Method, Path: recording.SentPath(r.RequestURI, r.URL), RawQuery: r.URL.RawQuery, Header: r.Header,
		Consumer: run.receivers.Consumer(r.Header, r.RemoteAddr),
	})
	x.Describe(r)
	defer x.breakOff(w)
	defer x.finish(r.Context())
	instead, err := x.inject(r.Context())
	w = x.watch(w, r)
	switch {
	case err != nil:
		x.failWith(err, core.ClientAborted)
		panic(http.ErrAbortHandler)
	case instead == nil:
		s.forward(x, w, r)
	case instead.Status < 200:
		// An informational status ends nothing: the client never gets a final one.
		panic(http.ErrAbortHandler)
	default:
		x.drain(r.Body)
		a := run.options.httpAnswer(r.Header.Get("Content-Type"), *instead)
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(a.body)
		}
	}
}

// breakOff does to the connection what a fault has decided, once the exchange is over.
func (x *exchange) breakOff(w http.ResponseWriter) {
	if broken := x.Broken(); broken != "" {
		broken.CarryOut(w, x.status != 0)
	}
}

func (s httpServer) forward(x *exchange, w http.ResponseWriter, r *http.Request) {
	complete := false
	defer func() {
		if !complete && !x.Failed() {
			x.Fail(core.ReceiverBrokeOff)
		}
	}()
	if len(x.Faults) > 0 {
		// What faults change of the request is for the receiver, not for the recording.
		r = r.Clone(r.Context())
		x.Faults.Request(r.Context(), &x.Exchange, r)
	}
	var broken atomic.Pointer[error]
	ctx := r.Context()
	r = x.watchRequest(r, func(err error) {
		if !errors.Is(err, io.EOF) && !errors.Is(err, http.ErrBodyReadAfterClose) {
			broken.CompareAndSwap(nil, &err)
		}
	})
	if x.harmsAnswers() {
		if err := x.serveHarmed(s.next, w, r); err != nil {
			x.failWith(err, core.ClientAborted)
			panic(http.ErrAbortHandler)
		}
	} else {
		s.next.ServeHTTP(w, r)
	}
	complete = true
	if err := broken.Load(); err != nil && x.status >= http.StatusBadRequest {
		// The receiver has refused what could not be read.
		x.Fail(core.OfRequest(*err, ctx.Err() != nil).Failure)
	}
	if x.status == 0 {
		// A handler that writes nothing answers 200, with no body.
		w.WriteHeader(http.StatusOK)
	}
}

// watch notes what the client gets, and slows its first byte down.
func (x *exchange) watch(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	begin := func(status int) {
		if x.status != 0 {
			return
		}
		if err := x.firstByte(r.Context()); err != nil {
			x.Fail(core.ClientAborted)
			panic(http.ErrAbortHandler)
		}
		x.status = status
		if value := x.FaultHeaderValue(); value != "" {
			w.Header().Set(core.FaultHeader, value)
		}
		x.begun(status, w.Header())
	}
	return httpsnoop.Wrap(w, httpsnoop.Hooks{
		WriteHeader: func(next httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
			return func(status int) {
				if status >= 200 {
					begin(status)
				}
				next(status)
			}
		},
		Write: func(next httpsnoop.WriteFunc) httpsnoop.WriteFunc {
			return func(p []byte) (int, error) {
				begin(http.StatusOK)
				n, err := next(p)
				x.Out.Add(p[:n])
				return n, err
			}
		},
		Flush: func(next httpsnoop.FlushFunc) httpsnoop.FlushFunc {
			return func() {
				begin(http.StatusOK)
				next()
			}
		},
	})
}

// begun notes the answer, of which the headers are there.
func (x *exchange) begun(status int, header http.Header) {
	x.Answered()
	x.Update(func(rec *recording.Recording) {
		rec.ResponseStatus = status
		if x.Captured {
			rec.ResponseHeaders = recording.Values(header.Clone())
		}
	})
}
