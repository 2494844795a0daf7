package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// onlyHTTP2 returns an upstream that speaks HTTP/2 without TLS, and nothing else.
func onlyHTTP2(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "http://", "h2c://", 1)
}

func TestAnUpstreamOfHTTP2AloneServesEveryProtocol(t *testing.T) {
	url := onlyHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/grpc")
			w.Header().Set("Trailer", "Grpc-Status")
			_, _ = w.Write([]byte{0, 0, 0, 0, 2, 8, 1})
			w.Header().Set("Grpc-Status", "0")
			return
		}
		body, err := io.ReadAll(r.Body)
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprintf(w, "%s %s %s %s %q %v %s", r.Proto, r.Method, r.Host, r.RequestURI, body, err, r.Trailer.Get("X-Sent"))
		w.Header().Set("X-Sum", fmt.Sprint(len(body)))
	})
	g := serve(t, url)
	for name, test := range map[string]struct{ request, want string }{
		"GET":         {"GET /a%2Fb/?x=%FF&flag HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", `HTTP/2.0 GET ` + strings.TrimPrefix(url, "h2c://") + ` /a%2Fb/?x=%FF&flag "" <nil> `},
		"a length":    {"POST /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", `HTTP/2.0 POST ` + strings.TrimPrefix(url, "h2c://") + ` /a "hello" <nil> `},
		"chunks":      {"POST /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sent\r\n\r\n5\r\nhello\r\n0\r\nX-Sent: yes\r\n\r\n", `HTTP/2.0 POST ` + strings.TrimPrefix(url, "h2c://") + ` /a "hello" <nil> yes`},
		"an upgrade":  {"GET /a HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n", `HTTP/2.0 GET ` + strings.TrimPrefix(url, "h2c://") + ` /a "" <nil> `},
		"of HTTP/1.0": {"GET /a HTTP/1.0\r\n\r\n", `HTTP/2.0 GET ` + strings.TrimPrefix(url, "h2c://") + ` /a "" <nil> `},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := wire(t, g.Addr, test.request)
			if err != nil || !strings.Contains(got, test.want) || !strings.Contains(got, " 200 OK\r\n") {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
			if r := g.next(t); r.ResponseStatus != 200 || r.Failure != "" || !strings.Contains(string(r.ResponseBody.Content), test.want) {
				t.Errorf("recorded %d %q, failure %q", r.ResponseStatus, r.ResponseBody.Content, r.Failure)
			}
		})
	}
	t.Run("HTTP/2", func(t *testing.T) {
		got := do(t, client(t, true), request(t, "POST", g.URL+"/a", "hello"))
		if !strings.Contains(string(got.Body), `"hello"`) || !cmp.Equal(got.Trailer, http.Header{"X-Sum": {"5"}}) {
			t.Errorf("got %d %q, trailers %v", got.Status, got.Body, got.Trailer)
		}
		g.next(t)
	})
	t.Run("GraphQL", func(t *testing.T) {
		do(t, client(t, false), request(t, "POST", g.URL+"/graphql", `{"query":"query A { a }"}`))
		if r := g.next(t); r.Protocol != recording.GraphQL || r.ResponseStatus != 200 || !strings.Contains(string(r.ResponseBody.Content), "HTTP/2.0 POST") {
			t.Errorf("recorded %s, %d %q", r.Protocol, r.ResponseStatus, r.ResponseBody.Content)
		}
	})
	t.Run("gRPC", func(t *testing.T) {
		got, err := healthpb.NewHealthClient(connect(t, g.Addr)).Check(t.Context(), &healthpb.HealthCheckRequest{})
		if err != nil || got.Status != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("got %v, %v", got, err)
		}
		g.next(t)
	})
	t.Run("WebSocket", func(t *testing.T) {
		got, err := wire(t, g.Addr, "GET /live HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 501 ") || !strings.Contains(got, "HTTP/2 without TLS: no upgrades") {
			t.Errorf("got %q, %v", got, err)
		}
		if r := g.next(t); r.ResponseStatus != 501 || r.Failure != "upstream speaks HTTP/2 without TLS: no upgrades" {
			t.Errorf("recorded %d, failure %q", r.ResponseStatus, r.Failure)
		}
	})
}

// What is told apart is the configuration: an http upstream is not guessed to be one of HTTP/2.
func TestAnUpstreamOfHTTP2AloneIsConfigured(t *testing.T) {
	g := serve(t, strings.Replace(onlyHTTP2(t, func(http.ResponseWriter, *http.Request) {}), "h2c://", "http://", 1))
	if got := do(t, client(t, false), request(t, "GET", g.URL, "")); got.Status != 502 {
		t.Errorf("got %d", got.Status)
	}
}
