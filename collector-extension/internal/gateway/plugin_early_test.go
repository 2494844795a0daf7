package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// answersAtOnce passes requests on in a goroutine, into an answer of its own, and answers by itself meanwhile.
func answersAtOnce(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		go func() {
			defer func() { _ = recover() }()
			next.ServeHTTP(httptest.NewRecorder(), r)
		}()
		w.Header().Set("X-Early", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "early")
	})
}

func givesUpAfter(d time.Duration) middleware {
	return func(next http.Handler) http.Handler { return http.TimeoutHandler(next, d, "late") }
}

// A plugin may answer while what it has passed on still runs, as http.TimeoutHandler does. Run with -race.
func TestAPluginMayAnswerWhileTheUpstreamDoes(t *testing.T) {
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Access-Control-Allow-Origin", "https://upstream.example")
		if r.URL.Path == "/events" {
			w.Header().Set("Content-Type", "text/event-stream")
		}
		_, _ = io.WriteString(w, "data: "+string(body)+"\n\n")
	})
	for name, chain := range map[string][]gateway.Plugin{
		"at once":        {plugin("one", answersAtOnce)},
		"around another": {plugin("one", answersAtOnce), plugin("two", stamp("two"))},
		"around one that fails": {plugin("one", answersAtOnce), plugin("two", func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") })
		})},
		"around one that refuses": {plugin("one", answersAtOnce), plugin("two", func(http.Handler) http.Handler { return http.NotFoundHandler() })},
		"when it takes too long":  {plugin("one", givesUpAfter(time.Millisecond))},
		"when it does not":        {plugin("one", givesUpAfter(time.Minute))},
	} {
		for conditions, changes := range map[string][]change{
			"":                nil,
			"and cors":        {cors(page)},
			"and a fault":     {faulty(scenario.Fault{Kind: scenario.FaultReplace, Status: new(500)})},
			"and a latency":   {faulty(scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(1.0)})},
			"and no upstream": {func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Upstream.Host = "127.0.0.1:1" }},
		} {
			t.Run(name+" "+conditions, func(t *testing.T) {
				g := serve(t, up.URL, append(changes, plugins(&executions{}, chain...))...)
				for range 5 {
					for _, request := range []string{
						from(page, ""),
						strings.Replace(from(page, ""), "/a", "/events", 1),
						strings.Replace(from(page, "Content-Length: 5\r\n"), "GET", "POST", 1) + "hello",
						strings.Replace(from(page, ""), "/a", "/graphql?query={a}", 1),
					} {
						if status, _ := crossOrigin(t, g.Addr, request); status == "" {
							t.Error("no answer")
						}
						g.next(t)
					}
				}
			})
		}
	}
}
