package upstream_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

// server is an upstream whose every byte a test says.
type server struct {
	net.Listener
	scheme      string
	mu          sync.Mutex
	connections int
}

// serve has talk speak on each connection, the first being 1; the connection is closed when it returns.
func serve(t *testing.T, talk func(n int, c net.Conn, r *bufio.Reader)) *server {
	t.Helper()
	if strings.Contains(t.Name(), "/TLS") {
		return serveTLS(t, nil, talk)
	}
	return serveFrom(t, func(c net.Conn) net.Conn { return c }, talk)
}

// inBoth runs a test without TLS and with it, which must not differ: serve goes by its name.
func inBoth(t *testing.T, test func(*testing.T)) {
	t.Run("clear", test)
	t.Run("TLS", test)
}

// serveFrom is serve behind what is made of each connection.
func serveFrom(t *testing.T, begin func(net.Conn) net.Conn, talk func(n int, c net.Conn, r *bufio.Reader)) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: listener, scheme: "http://"}
	var open sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.connections++
			n := s.connections
			s.mu.Unlock()
			open.Go(func() {
				c := begin(c)
				defer c.Close()
				talk(n, c, bufio.NewReader(c))
			})
		}
	})
	return s
}

func (s *server) url() string { return s.scheme + s.Addr().String() }

func (s *server) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// readHead reads a request up to its empty line, and gives it as it came.
func readHead(r *bufio.Reader) (string, error) {
	var head strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return head.String(), err
		}
		head.WriteString(line)
		if line == "\r\n" {
			return head.String(), nil
		}
	}
}

func say(c net.Conn, text string) { _, _ = io.WriteString(c, text) }

// always answers every request of a connection with text.
func always(text string) func(int, net.Conn, *bufio.Reader) {
	return func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			if _, err := readHead(r); err != nil {
				return
			}
			say(c, text)
		}
	}
}

func newTransport(t *testing.T, o upstream.Options) *upstream.Transport {
	t.Helper()
	if o.TLS == nil {
		o.TLS = trusting(t)
	}
	transport := upstream.New(o)
	t.Cleanup(transport.Close)
	return transport
}

func request(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// whole sends r and reads all of the answer.
func whole(t *testing.T, transport http.RoundTripper, r *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := transport.RoundTrip(r)
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
