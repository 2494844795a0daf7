package http1_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waits for what must happen; nothing depends on its value.
const patience = 20 * time.Second

// running is a server that listens.
type running struct {
	*http1.Server
	address string
	logged  *logged
	// secure reports whether it listens with TLS.
	secure bool
}

// serving starts a server.
type serving func(t testing.TB, handler http.HandlerFunc, changes ...func(*http.Server)) *running

// inBoth tests servers without TLS and with it, which must not differ.
func inBoth(t *testing.T, test func(*testing.T, serving)) {
	t.Run("clear", func(t *testing.T) { test(t, serve) })
	t.Run("TLS", func(t *testing.T) { test(t, serveTLS) })
}

// logged is what a server has said.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func serve(t testing.TB, handler http.HandlerFunc, changes ...func(*http.Server)) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, listener, handler, changes...)
}

// serveOn serves what a listener accepts.
func serveOn(t testing.TB, listener net.Listener, handler http.HandlerFunc, changes ...func(*http.Server)) *running {
	t.Helper()
	said := &logged{}
	settings := &http.Server{Handler: handler, ErrorLog: log.New(said, "", 0)}
	for _, change := range changes {
		change(settings)
	}
	s := &running{Server: &http1.Server{HTTP: settings}, address: listener.Addr().String(), logged: said}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != http.ErrServerClosed {
			t.Errorf("serving ended with %v", err)
		}
	})
	return s
}

// halfConn is a connection whose direction can be ended.
type halfConn interface {
	net.Conn
	CloseWrite() error
}

// dial connects, with a handshake where the server has TLS.
func (s *running) dial(t testing.TB) halfConn {
	t.Helper()
	c := s.dialSocket(t)
	if !s.secure {
		return c
	}
	secured := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	if err := secured.Handshake(); err != nil {
		t.Fatal(err)
	}
	return secured
}

// dialSocket connects, without TLS.
func (s *running) dialSocket(t testing.TB) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

// talk sends text over a connection of its own, and gives all that comes until the server closes; Date is left out.
func (s *running) talk(t testing.TB, text string) string {
	t.Helper()
	c := s.dial(t)
	go func() { _, _ = io.WriteString(c, text) }()
	all, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("behind %q: %v", all, err)
	}
	return undated(string(all))
}

// undated takes the lines with a Date out.
func undated(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "Date: ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// last is a request behind which the server closes.
const last = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

// asks sends a request and reads its answer.
func asks(t testing.TB, c net.Conn, r *bufio.Reader, request string) (*http.Response, string) {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(content)
}

// wait waits for what a test was told about.
func wait[T any](t testing.TB, what string, told <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-told:
	case <-time.After(patience):
		t.Fatalf("it did not happen: %s", what)
	}
	return got
}
