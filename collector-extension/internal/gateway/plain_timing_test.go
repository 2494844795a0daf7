package gateway_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// BenchmarkPlain is what one plain exchange takes without what the system takes for it: client and upstream are in memory, and what
// is asked of them is there already.
func BenchmarkPlain(b *testing.B) {
	const date = "Date: Fri, 27 Nov 2026 08:00:00 GMT\r\n"
	body := strings.Repeat("x", 1024)
	for name, test := range map[string]struct{ request, answer string }{
		"few_headers": {
			"GET /users/42? HTTP/1.1\r\nHost: shop\r\nUser-Agent: bench\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + date + "Content-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + body,
		},
		"browser": {
			"GET /users/42?tab=orders HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive\r\n" +
				"sec-ch-ua: \"Chromium\";v=\"142\", \"Not_A Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n" +
				"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n" +
				"Accept: application/json, text/plain, */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n" +
				"Referer: http://shop.example/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n" +
				"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + date + "Content-Type: application/json; charset=utf-8\r\nContent-Length: 1024\r\nConnection: keep-alive\r\n" +
				"Cache-Control: private, max-age=0\r\nETag: W/\"400-abc\"\r\nVary: Accept-Encoding\r\nX-Request-Id: 5f0c2b\r\nServer: nginx\r\n\r\n" + body,
		},
	} {
		b.Run(name, func(b *testing.B) {
			client := &scripted{in: test.request, rest: b.N, began: make(chan struct{}), over: make(chan struct{}), closed: make(chan struct{})}
			serveScripted(b, client, test.answer)
			b.ReportAllocs()
			b.ResetTimer()
			client.start()
			<-client.over
			b.StopTimer()
			if got, least := client.written, b.N*len(body); got < least {
				b.Fatalf("the client got %d bytes, which should be more than %d", got, least)
			}
		})
	}
}

// serveScripted has a gateway serve a client, with an upstream that gives an answer to whatever it is sent.
func serveScripted(b *testing.B, client *scripted, answer string) {
	const endpoint = "http://upstream.test"
	target, err := gateway.UpstreamURL(endpoint)
	if err != nil {
		b.Fatal(err)
	}
	settings := confighttp.NewDefaultClientConfig()
	settings.Endpoint = endpoint
	transport, err := gateway.NewTransport(b.Context(), settings, nil)
	if err != nil {
		b.Fatal(err)
	}
	transport.DialBy(func(context.Context, string, string) (net.Conn, error) { return &replying{answer: answer}, nil })
	learner, err := analysis.NewLearner(analysis.LearnerOptions{Routes: []string{"/users/{id}"}})
	if err != nil {
		b.Fatal(err)
	}
	live, err := scenario.NewLive(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	metrics := telemetry.New(telemetry.Options{Buckets: []float64{0.001, 0.01, 0.1, 1}, QueueLength: func() int { return 0 }})
	g, err := gateway.New(b.Context(), gateway.Options{
		Name: "shop", Instance: "bench", Upstream: target, Transport: transport, Route: learner.Route, Engine: live.Load,
		Logger: slog.New(slog.DiscardHandler), Observe: func(r *recording.Recording, _ bool) { metrics.Observe(r) },
	})
	if err != nil {
		b.Fatal(err)
	}
	listener := &once{conn: client, closed: make(chan struct{})}
	g.Serve(&http.Server{Handler: g, IdleTimeout: time.Minute}, listener, func(err error) { b.Errorf("serving failed: %v", err) })
	b.Cleanup(func() {
		_ = client.Close()
		if err := g.Shutdown(context.Background()); err != nil {
			b.Errorf("shutdown: %v", err)
		}
		transport.Close()
	})
}

// quiet is a connection of which nothing but reading and writing is of interest.
type quiet struct{ net.Conn }

var nowhere = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 49152}

func (quiet) LocalAddr() net.Addr              { return nowhere }
func (quiet) RemoteAddr() net.Addr             { return nowhere }
func (quiet) SetDeadline(time.Time) error      { return nil }
func (quiet) SetReadDeadline(time.Time) error  { return nil }
func (quiet) SetWriteDeadline(time.Time) error { return nil }

// scripted is a client that has sent the same request so often, and waits for no answer.
type scripted struct {
	quiet
	in            string
	rest, written int
	began         chan struct{}
	// over is closed when the last request was answered.
	over, closed chan struct{}
	closing      sync.Once
}

func (c *scripted) start() { close(c.began) }

func (c *scripted) Read(p []byte) (int, error) {
	<-c.began
	if c.rest == 0 {
		close(c.over)
		<-c.closed
		return 0, io.EOF
	}
	c.rest--
	return copy(p, c.in), nil
}

func (c *scripted) Write(p []byte) (int, error) {
	c.written += len(p)
	return len(p), nil
}

func (c *scripted) Close() error {
	c.closing.Do(func() { close(c.closed) })
	return nil
}

// replying is an upstream's side of a connection that answers each request, which comes by one Write.
type replying struct {
	quiet
	answer string
	due    bool
}

func (c *replying) Write(p []byte) (int, error) {
	c.due = true
	return len(p), nil
}

func (c *replying) Read(p []byte) (int, error) {
	if !c.due {
		return 0, errors.New("nothing was asked")
	}
	c.due = false
	return copy(p, c.answer), nil
}

func (*replying) Close() error { return nil }

// once accepts one connection.
type once struct {
	conn    net.Conn
	closed  chan struct{}
	closing sync.Once
}

func (l *once) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *once) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return nil
}

func (*once) Addr() net.Addr { return nowhere }
