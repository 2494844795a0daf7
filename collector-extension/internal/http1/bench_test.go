package http1_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

// BenchmarkServer is one short exchange on a connection that stays open, with this package and with net/http.
func BenchmarkServer(b *testing.B) {
	answer := strings.Repeat("x", 1024)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Context().Done()
		w.Header()["Content-Type"] = []string{"application/json"}
		w.Header()["Content-Length"] = []string{"1024"}
		_, _ = io.WriteString(w, answer)
	})
	for name, serve := range map[string]func(net.Listener) io.Closer{
		"net_http": func(l net.Listener) io.Closer {
			s := &http.Server{Handler: handler}
			go func() { _ = s.Serve(l) }()
			return s
		},
		"http1": func(l net.Listener) io.Closer {
			s := &http1.Server{HTTP: &http.Server{Handler: handler}}
			go func() { _ = s.Serve(l) }()
			return s
		},
	} {
		b.Run(name, func(b *testing.B) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer serve(listener).Close()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			reader := bufio.NewReader(conn)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := io.WriteString(conn, "GET /users/42?a=b HTTP/1.1\r\nHost: shop\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"); err != nil {
					b.Fatal(err)
				}
				for {
					line, err := reader.ReadSlice('\n')
					if err != nil {
						b.Fatal(err)
					}
					if len(line) == 2 {
						break
					}
				}
				if _, err := reader.Discard(len(answer)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
