package gateway_test

import (
	"bufio"
	"bytes"
	"net"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// BenchmarkGateway is one exchange over HTTP/1.1 on a connection that stays open, as it is counted, recorded, and traced. Client and
// upstream allocate nothing, so that what is allocated is the gateway's.
func BenchmarkGateway(b *testing.B) {
	const head = " /users/42?page=3 HTTP/1.1\r\nHost: shop\r\nUser-Agent: bench/1\r\nAccept: application/json\r\nAuthorization: Bearer abc\r\n"
	get, body := "GET"+head+"\r\n", `{"name":"`+strings.Repeat("x", 245)+`"}`
	post := "POST" + head + "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	quiet := func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Observe = func(*recording.Recording, bool) {} }
	for _, is := range []struct {
		name, request string
		changes       []change
	}{
		{"counted", get, []change{plainly}},
		{"counted-body", post, []change{plainly}},
		{"counted-traced", get, []change{plainly, traced(b)}},
		{"recorded", get, nil},
		{"recorded-body", post, nil},
		{"recorded-traced", get, []change{traced(b)}},
	} {
		b.Run(is.name, func(b *testing.B) {
			g := serve(b, "http://"+sameAnswer(b), append(is.changes, quiet)...)
			b.ReportAllocs()
			b.SetParallelism(4)
			b.RunParallel(func(p *testing.PB) {
				conn, err := net.Dial("tcp", g.Addr)
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				reader, request := bufio.NewReader(conn), []byte(is.request)
				for p.Next() {
					_, _ = conn.Write(request)
					if err := skipMessage(reader); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// traced has spans made and thrown away.
func traced(t testing.TB) change {
	provider := sdktrace.NewTracerProvider()
	t.Cleanup(func() { _ = provider.Shutdown(t.Context()) })
	tracing, err := telemetry.NewTracing(t.Context(), telemetry.TracingOptions{Provider: provider, SamplingRate: 1})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Tracing = tracing }
}

// sameAnswer listens for requests, and answers each with the same.
func sameAnswer(t testing.TB) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	body := `{"name":"` + strings.Repeat("x", 1013) + `"}`
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Thu, 26 Nov 2026 10:00:00 GMT\r\nCache-Control: no-store\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for reader := bufio.NewReader(conn); skipMessage(reader) == nil; {
					_, _ = conn.Write(answer)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// skipMessage reads a message whose head fits into the buffer, and whose length is told.
func skipMessage(r *bufio.Reader) error {
	if _, err := r.Peek(1); err != nil {
		return err
	}
	for {
		buffered, _ := r.Peek(r.Buffered())
		if end := bytes.Index(buffered, []byte("\r\n\r\n")); end >= 0 {
			length := 0
			if _, rest, ok := bytes.Cut(buffered[:end], []byte("\r\nContent-Length: ")); ok {
				for _, c := range rest {
					if c < '0' || c > '9' {
						break
					}
					length = 10*length + int(c-'0')
				}
			}
			_, err := r.Discard(end + 4 + length)
			return err
		}
		if _, err := r.Peek(r.Buffered() + 1); err != nil {
			return err
		}
	}
}
