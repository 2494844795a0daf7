package gateway_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waits for what must happen; nothing depends on its value.
const patience = 20 * time.Second

// running is a gateway that listens as in the Collector: its server is one of confighttp, whose handlers are left out where they have
// nothing to do.
type running struct {
	*gateway.Gateway
	URL        string
	Addr       string
	recordings chan *recording.Recording
	// secure reports whether it listens with TLS.
	secure bool
}

// next returns the next exchange that is over.
func (g *running) next(t testing.TB) *recording.Recording {
	t.Helper()
	select {
	case r := <-g.recordings:
		return r
	case <-time.After(patience):
		t.Fatal("no exchange was reported")
		return nil
	}
}

// eventually waits until is returns true, for what nothing tells of.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not happen")
		}
	}
}

type change func(*gateway.Options, *confighttp.ServerConfig)

func inForce(d scenario.Definition) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) {
		engine, err := scenario.Compile(scenario.Scenario{Definition: d, Version: 7})
		if err != nil {
			panic(err)
		}
		o.Engine = func() *scenario.Engine { return engine }
	}
}

func errorsWith(status int) change {
	return inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{status}}})
}

func latency(ms int) change {
	return inForce(scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Healthy}, Latency: &scenario.Latency{MinMS: ms, MaxMS: ms},
	})
}

// insideHandlers has requests come through the Collector's own handlers, so that nothing of them is made in memory that is used again.
func insideHandlers(_ *gateway.Options, server *confighttp.ServerConfig) {
	server.IncludeMetadata = true
}

func serve(t testing.TB, upstream string, changes ...change) *running {
	t.Helper()
	target, err := gateway.UpstreamURL(upstream)
	if err != nil {
		t.Fatal(err)
	}
	client := confighttp.NewDefaultClientConfig()
	client.Endpoint, client.TLS.InsecureSkipVerify = upstream, true
	transport, err := gateway.NewTransport(t.Context(), client, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &running{recordings: make(chan *recording.Recording, 1000)}
	options := gateway.Options{
		Name: "shop", Instance: "test", Upstream: target, Transport: transport, FaultHeader: true,
		ConsumerHeader: "X-Consumer", Route: func(_, path string) string { return path },
		Capture: func(string) bool { return true }, MaxBody: 1 << 20, Logger: slog.New(slog.DiscardHandler),
		Observe: func(r *recording.Recording, _ bool) { own := *r; g.recordings <- &own },
	}
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr.Endpoint = "127.0.0.1:0"
	server.WriteTimeout, server.MaxRequestBodySize, server.CompressionAlgorithms = 0, math.MaxInt64, []string{}
	inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}})(&options, &server)
	for _, change := range changes {
		change(&options, &server)
	}
	if g.Gateway, err = gateway.New(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	settings := componenttest.NewNopTelemetrySettings()
	s, err := server.ToServer(t.Context(), nil, settings, g.Gateway)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := server.ToListener(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !server.IncludeMetadata && !server.CORS.HasValue() && server.MaxRequestBodySize == math.MaxInt64 {
		s.Handler = g.Gateway
	}
	g.Serve(s, listener, func(err error) { t.Errorf("serving failed: %v", err) })
	g.Addr = listener.Addr().String()
	g.URL = "http://" + g.Addr
	if g.secure = server.TLS.HasValue(); g.secure {
		g.URL = "https://" + g.Addr
	}
	t.Cleanup(func() {
		if err := g.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		transport.Close()
	})
	return g
}

// upstream serves handler over HTTP/1.1 and HTTP/2 without TLS.
func upstream(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// client neither asks for compression nor follows redirects. h2 speaks HTTP/2 without TLS only.
func client(t *testing.T, h2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{
		DisableCompression: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ExpectContinueTimeout: patience,
		Protocols: new(http.Protocols),
	}
	transport.Protocols.SetHTTP1(!h2)
	transport.Protocols.SetUnencryptedHTTP2(h2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type answer struct {
	Status  int
	Header  http.Header
	Trailer http.Header
	Body    []byte
}

func do(t *testing.T, c *http.Client, r *http.Request) answer {
	t.Helper()
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, response.Trailer, body}
}

func request(t *testing.T, method, url string, body string) *http.Request {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = bytes.NewReader([]byte(body))
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, reader)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}
