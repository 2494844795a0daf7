package gateway_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/config/confighttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
)

// executions are what plugins have done.
type executions struct {
	mu   sync.Mutex
	list []gateway.Execution
}

func (e *executions) add(x gateway.Execution) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, x)
}

// failed tells by name whether each run failed, in the order in which they ended.
func (e *executions) failed() map[string][]bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	found := map[string][]bool{}
	for _, x := range e.list {
		found[x.Plugin] = append(found[x.Plugin], x.Failed)
	}
	return found
}

type middleware = func(http.Handler) http.Handler

func plugin(name string, wrap middleware) gateway.Plugin {
	return gateway.Plugin{Name: name, Wrap: func(_ context.Context, next http.Handler) (http.Handler, error) { return wrap(next), nil }}
}

func plugins(ran *executions, list ...gateway.Plugin) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Plugins, o.Executed = list, ran.add }
}

func stamp(name string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Add("X-Stamp", name)
			w.Header().Add("X-Stamped", name)
			next.ServeHTTP(w, r)
		})
	}
}

func TestPluginsRunInOrderAndAreRecorded(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Join(r.Header["X-Stamp"], ","))
	})
	var ran executions
	g := serve(t, u.URL, plugins(&ran, plugin("first", stamp("first")), plugin("second", stamp("second"))))
	got := do(t, client(t, false), request(t, "GET", g.URL, ""))
	if string(got.Body) != "first,second" || strings.Join(got.Header["X-Stamped"], ",") != "first,second" {
		t.Errorf("the upstream saw %s, the client %v", got.Body, got.Header["X-Stamped"])
	}
	r := g.next(t)
	if diff := cmp.Diff([]string{"first", "second"}, r.PluginExecuted); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	if r.Headers["X-Stamp"] != nil {
		t.Error("the recording has what a plugin added, not what the client sent")
	}
	if diff := cmp.Diff(map[string][]bool{"first": {false}, "second": {false}}, ran.failed()); diff != "" {
		t.Errorf("executions (-want +got):\n%s", diff)
	}
}

func TestAPluginThatFailsHurtsItsExchangeOnly(t *testing.T) {
	broken := map[string]middleware{
		"panics": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Break") != "" {
					panic("no luck")
				}
				next.ServeHTTP(w, r)
			})
		},
		"answers 503": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Break") != "" {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				next.ServeHTTP(w, r)
			})
		},
		"loses the context": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Break") != "" {
					r = r.WithContext(context.Background())
				}
				next.ServeHTTP(w, r)
			})
		},
		"panics after its answer": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r)
				if r.Header.Get("X-Break") != "" {
					panic("too late")
				}
			})
		},
	}
	for name, wrap := range broken {
		for _, h2 := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				u := upstream(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
				var ran executions
				g := serve(t, u.URL, plugins(&ran, plugin("outer", stamp("outer")), plugin("frail", wrap)))
				c := client(t, h2)
				bad := request(t, "GET", g.URL, "")
				bad.Header.Set("X-Break", "1")
				response, err := c.Do(bad)
				if err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
					if response.StatusCode < 500 && name != "panics after its answer" {
						t.Errorf("got %d, want an error", response.StatusCode)
					}
				}
				r := g.next(t)
				if got := ran.failed(); !got["frail"][0] || got["outer"][0] {
					t.Errorf("failures: %v, want that of the frail one only", got)
				}
				if strings.HasPrefix(name, "panics") && r.Failure != "plugin frail failed" {
					t.Errorf("recorded failure %q", r.Failure)
				}
				if outcome := telemetry.OutcomeOf(r); !outcome.OrganicError {
					t.Errorf("outcome %+v, want an organic error", outcome)
				}
				if got := do(t, c, request(t, "GET", g.URL, "")); got.Status != 200 || string(got.Body) != "ok" {
					t.Errorf("the next request: %d %s", got.Status, got.Body)
				}
			})
		}
	}
}

func TestAPluginIsTimedWithoutTheUpstream(t *testing.T) {
	release := make(chan struct{})
	u := upstream(t, func(http.ResponseWriter, *http.Request) { <-release })
	var ran executions
	g := serve(t, u.URL, plugins(&ran, plugin("quick", stamp("quick"))))
	time.AfterFunc(200*time.Millisecond, func() { close(release) })
	do(t, client(t, false), request(t, "GET", g.URL, ""))
	r := g.next(t)
	if got := ran.list[0].Duration; got.Seconds()*1000 > r.ResponseTimeMS/2 {
		t.Errorf("the plugin took %s of %v ms", got, r.ResponseTimeMS)
	}
}

func TestAPluginIsHandedTheTrace(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	tracing, err := telemetry.NewTracing(t.Context(), telemetry.TracingOptions{Provider: provider, SamplingRate: 1})
	if err != nil {
		t.Fatal(err)
	}
	u := upstream(t, func(http.ResponseWriter, *http.Request) {})
	var inContext trace.SpanContext
	var inHeader string
	look := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inContext, inHeader = trace.SpanContextFromContext(r.Context()), r.Header.Get("Traceparent")
			next.ServeHTTP(w, r)
		})
	}
	var ran executions
	g := serve(t, u.URL, plugins(&ran, plugin("look", look)), func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Tracing = tracing })
	do(t, client(t, false), request(t, "GET", g.URL, ""))
	r := g.next(t)
	if inContext.TraceID().String() != r.TraceID || !strings.Contains(inHeader, r.TraceID+"-"+inContext.SpanID().String()) {
		t.Errorf("the plugin saw span %s and header %q, the recording is of trace %s", inContext.SpanID(), inHeader, r.TraceID)
	}
	for _, span := range spans.Ended() {
		if span.Name() == "plugin look" {
			if span.Parent().SpanID().String() != r.SpanID || span.SpanContext().SpanID() != inContext.SpanID() {
				t.Errorf("the span of the plugin is below %s, want the exchange's %s", span.Parent().SpanID(), r.SpanID)
			}
			return
		}
	}
	t.Error("there is no span of the plugin")
}

func TestAPluginThatGivesUpOnTheUpstreamDoesNotLeakIt(t *testing.T) {
	u := upstream(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	var ran executions
	impatient := func(next http.Handler) http.Handler {
		return http.TimeoutHandler(next, 20*time.Millisecond, "too slow")
	}
	g := serve(t, u.URL, plugins(&ran, plugin("impatient", impatient)))
	if got := do(t, client(t, false), request(t, "GET", g.URL, "")); got.Status != 503 || string(got.Body) != "too slow" {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	if r := g.next(t); r.ResponseStatus != 503 || r.Failure == "client aborted" {
		t.Errorf("recorded %d, failure %q", r.ResponseStatus, r.Failure)
	}
}

func TestAnInjectedErrorDoesNotReachPlugins(t *testing.T) {
	var ran executions
	g := serve(t, untouched(t), errorsWith(500), plugins(&ran, plugin("never", stamp("never"))))
	do(t, client(t, false), request(t, "GET", g.URL, ""))
	if r := g.next(t); len(r.PluginExecuted) != 0 || len(ran.failed()) != 0 {
		t.Errorf("recorded %v", r.PluginExecuted)
	}
}

func TestAPluginThatCannotBeChainedIsNamed(t *testing.T) {
	_, err := gateway.New(t.Context(), gateway.Options{Logger: slog.New(slog.DiscardHandler), Plugins: []gateway.Plugin{
		plugin("fine", stamp("fine")),
		{Name: "broken", Wrap: func(context.Context, http.Handler) (http.Handler, error) { return nil, errors.New("no licence") }},
	}})
	if err == nil || !strings.Contains(err.Error(), "plugins::1: broken: no licence") {
		t.Errorf("error is %v", err)
	}
}

// A plugin may leave a goroutine behind that passes the request on when the exchange is over. Run with -race.
func TestAPluginThatPassesOnTooLateIsNotServed(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	var ran executions
	var late sync.WaitGroup
	hasty := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			late.Go(func() { next.ServeHTTP(httptest.NewRecorder(), r) })
		})
	}
	g := serve(t, u.URL, plugins(&ran, plugin("hasty", hasty)))
	for range 50 {
		if got := do(t, client(t, false), request(t, "GET", g.URL, "")); got.Status != http.StatusOK {
			t.Errorf("got %d", got.Status)
		}
		late.Wait()
		if r := g.next(t); r.ResponseStatus != http.StatusOK || r.Failure != "" {
			t.Errorf("recorded %d, failure %q", r.ResponseStatus, r.Failure)
		}
	}
}
