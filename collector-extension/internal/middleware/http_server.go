package middleware

import (
	"net/http"

	"github.com/felixge/httpsnoop"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// faultHeader is the response header that says what was injected.
const faultHeader = "X-MockForge-Fault"

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
	x := run.begin(r.Context(), incoming{
		gateway: run.Receivers, protocol: recording.HTTP, method: r.Method, path: r.URL.Path, rawQuery: r.URL.RawQuery, header: r.Header,
		consumer: run.consumer(r.Header, r.RemoteAddr),
	})
	x.describe(r)
	x.rec.ClientIP = host(r.RemoteAddr)
	defer x.finish(r.Context())
	status, err := x.inject(r.Context())
	w = x.watch(w, r)
	switch {
	case err != nil:
		x.rec.Failure = failureClient
		panic(http.ErrAbortHandler)
	case status == 0:
		s.forward(x, w, r)
	case status < 200:
		// An informational status ends nothing: the client never gets a final one.
		panic(http.ErrAbortHandler)
	default:
		x.drain(r.Body)
		a := run.httpAnswer(r.Header.Get("Content-Type"), status)
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(a.body)
		}
	}
}

func (s httpServer) forward(x *exchange, w http.ResponseWriter, r *http.Request) {
	complete := false
	defer func() {
		if !complete && x.rec.Failure == "" {
			x.rec.Failure = "receiver broke off"
		}
	}()
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context())
		r.Body = watchedBody{ReadCloser: r.Body, read: func(p []byte) { x.keep(&x.in, p) }}
	}
	s.next.ServeHTTP(w, r)
	complete = true
	if x.rec.ResponseStatus == 0 {
		// A handler that writes nothing answers 200, with no body.
		w.WriteHeader(http.StatusOK)
	}
}

// watch notes what the client gets, and slows its first byte down.
func (x *exchange) watch(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	begin := func(status int) {
		if x.rec.ResponseStatus != 0 {
			return
		}
		if err := x.firstByte(r.Context()); err != nil {
			x.rec.Failure = failureClient
			panic(http.ErrAbortHandler)
		}
		x.rec.ResponseStatus = status
		if value := fault.Header(x.Injected()); value != "" && x.run.FaultHeader {
			w.Header().Set(faultHeader, value)
		}
		if x.captures() {
			x.rec.ResponseHeaders = recording.Values(w.Header().Clone())
		}
		x.answered()
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
				x.keep(&x.out, p[:n])
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

// describe notes what recordings show of an HTTP request.
func (x *exchange) describe(r *http.Request) {
	if !x.captures() {
		return
	}
	x.rec.Scheme = "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		x.rec.Scheme = "https"
	}
	x.rec.Host, x.rec.HTTPVersion = r.Host, r.Proto
	x.rec.QueryParams = recording.Values(r.URL.Query())
}
