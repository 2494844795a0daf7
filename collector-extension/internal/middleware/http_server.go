package middleware

import (
	"cmp"
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
		gateway: run.Receivers, protocol: recording.HTTP, method: r.Method, path: recording.SentPath(r.RequestURI, r.URL), rawQuery: r.URL.RawQuery, header: r.Header,
		consumer: run.consumer(r.Header, r.RemoteAddr),
	})
	x.describe(r)
	x.rec.ClientIP = host(r.RemoteAddr)
	defer x.breakOff(w)
	defer x.finish(r.Context())
	instead, err := x.inject(r.Context())
	w = x.watch(w, r)
	switch {
	case err != nil:
		x.rec.Failure = x.failed(err, failureClient)
		panic(http.ErrAbortHandler)
	case instead == nil:
		s.forward(x, w, r)
	case instead.Status < 200:
		// An informational status ends nothing: the client never gets a final one.
		panic(http.ErrAbortHandler)
	default:
		x.drain(r.Body)
		a := run.httpAnswer(r.Header.Get("Content-Type"), *instead)
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
		broken.CarryOut(w, x.rec.ResponseStatus != 0)
	}
}

func (s httpServer) forward(x *exchange, w http.ResponseWriter, r *http.Request) {
	complete := false
	defer func() {
		if !complete && x.rec.Failure == "" {
			x.rec.Failure = "receiver broke off"
		}
	}()
	if len(x.faults) > 0 {
		// What faults change of the request is for the receiver, not for the recording.
		r = r.Clone(r.Context())
		x.faults.Request(r.Context(), &x.Exchange, r)
	}
	if r.Body != nil && r.Body != http.NoBody {
		r = r.WithContext(r.Context())
		r.Body = watchedBody{ReadCloser: r.Body, read: func(p []byte) { x.keep(&x.in, p) }}
	}
	if x.harmsAnswers() {
		if err := x.serveHarmed(s.next, w, r); err != nil {
			x.rec.Failure = x.failed(err, failureClient)
			panic(http.ErrAbortHandler)
		}
	} else {
		s.next.ServeHTTP(w, r)
	}
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
	// An exporter's request has its target in the URL.
	x.rec.Target = recording.Target(recording.OriginForm(cmp.Or(r.RequestURI, r.URL.RequestURI())))
	x.rec.QueryParams = recording.Values(r.URL.Query())
}
