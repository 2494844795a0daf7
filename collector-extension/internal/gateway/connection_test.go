package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// A client that keeps its connection open must not lose it, nor the next request on it, to a fault that was answered
// on it before.
func TestAConnectionOutlivesAnInjectedError(t *testing.T) {
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	compile := func(b scenario.Behavior) *scenario.Engine {
		engine, err := scenario.Compile(scenario.Scenario{Definition: scenario.Definition{Behavior: b}})
		if err != nil {
			t.Fatal(err)
		}
		return engine
	}
	healthy := compile(scenario.Behavior{Mode: scenario.Healthy})
	failing := compile(scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{503}})
	var engine atomic.Pointer[scenario.Engine]
	engine.Store(healthy)
	g := serve(t, up.URL, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Engine = engine.Load })

	// Whether the body has arrived before the fault is answered is a race, hence the repetitions.
	for _, request := range []string{
		"GET /x HTTP/1.1\r\nHost: shop\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello",
		"POST /x HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	} {
		for range 50 {
			conn, err := net.Dial("tcp", g.Addr)
			if err != nil {
				t.Fatal(err)
			}
			reader := bufio.NewReader(conn)
			ask := func(want int) (closes bool) {
				t.Helper()
				if _, err := fmt.Fprint(conn, request); err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatalf("%.10q: %v; want %d", request, err, want)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				if response.StatusCode != want {
					t.Fatalf("%.10q: %d; want %d", request, response.StatusCode, want)
				}
				return response.Close
			}
			engine.Store(failing)
			closes := ask(http.StatusServiceUnavailable)
			engine.Store(healthy)
			if !closes { // a connection that is to be closed must say so
				ask(http.StatusOK)
			}
			_ = conn.Close()
		}
	}
}
