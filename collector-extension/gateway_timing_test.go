package mockforgeextension

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
)

// BenchmarkExchange is one exchange over HTTP/1.1 on a connection that stays open: through the whole extension with
// metrics, and through the least that a proxy on net/http does. Client and upstream are the same for both.
func BenchmarkExchange(b *testing.B) {
	answer := `{"name":"` + strings.Repeat("x", 1013) + `"}`
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	defer upstream.Close()
	target, err := url.Parse(upstream.URL)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("bare", func(b *testing.B) {
		bare := httptest.NewServer(&httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() },
			Transport: &http.Transport{MaxIdleConnsPerHost: 1000, DisableCompression: true},
		})
		defer bare.Close()
		exchanges(b, bare.Listener.Addr().String())
	})
	b.Run("gateway", func(b *testing.B) {
		c := config(b, upstream.URL)
		c.Recorder.Storage.Type, c.Recorder.Storage.Path = "memory", "" // What is measured is the exchange.
		e := made(b, c)
		if err := e.Start(b.Context(), componenttest.NewNopHost()); err != nil {
			b.Fatal(err)
		}
		defer func() { _ = e.Shutdown(b.Context()) }()
		exchanges(b, c.Gateways[0].Server.NetAddr.Endpoint)
	})
}

// exchanges sends one request after another on each of its connections.
func exchanges(b *testing.B, address string) {
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		buffered := bufio.NewReader(conn)
		for p.Next() {
			if _, err := io.WriteString(conn, "GET /users/42 HTTP/1.1\r\nHost: shop\r\nUser-Agent: bench\r\n\r\n"); err != nil {
				b.Error(err)
				return
			}
			response, err := http.ReadResponse(buffered, nil)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
