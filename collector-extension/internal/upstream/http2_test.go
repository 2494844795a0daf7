package upstream_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

// choosing is an upstream whose connections speak what protocols says at the time.
type choosing struct {
	*httptest.Server
	protocols atomic.Pointer[[]string]
	opened    atomic.Int64
	// open is how many connections there are.
	open atomic.Int64
	mu   sync.Mutex
	// got is how often each path came.
	got map[string]int
}

func newChoosing(t *testing.T, streams int, handler http.HandlerFunc, protocols ...string) *choosing {
	t.Helper()
	c := &choosing{got: map[string]int{}}
	c.choose(protocols...)
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.got[r.URL.Path]++
		c.mu.Unlock()
		w.Header().Set("Proto", r.Proto)
		handler(w, r)
	}))
	c.Config.ErrorLog = log.New(io.Discard, "", 0)
	c.EnableHTTP2 = true
	c.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: streams}
	c.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			c.opened.Add(1)
			c.open.Add(1)
		case http.StateClosed:
			c.open.Add(-1)
		}
	}
	certificate, _ := lent()
	c.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	c.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: *c.protocols.Load()}, nil
	}
	c.StartTLS()
	t.Cleanup(c.Close)
	return c
}

func (c *choosing) choose(protocols ...string) { c.protocols.Store(&protocols) }

// times is how often the path came.
func (c *choosing) times(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got[path]
}

func echo(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }

// unready is a body whose size nobody can see, and that cannot be had again.
type unready struct {
	io.Reader
	closed atomic.Bool
}

func (u *unready) Close() error {
	u.closed.Store(true)
	return nil
}

var overHTTP1, overHTTP2 = regexp.MustCompile(`^HTTP/1\.1$`), regexp.MustCompile(`^HTTP/2\.0$`)

func over2() upstream.Options { return upstream.Options{HTTP2: &http.HTTP2Config{}} }

// send sends a body to path, and checks that it came back over proto, once.
func (c *choosing) send(t *testing.T, transport http.RoundTripper, path string, proto *regexp.Regexp) {
	t.Helper()
	const content = "what is sent"
	body := &unready{Reader: strings.NewReader(content)}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.URL+path, body)
	if err != nil {
		t.Error(err)
		return
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	back, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil || string(back) != content || response.Header.Get("Proto") != response.Proto || !proto.MatchString(response.Proto) {
		t.Errorf("%s: got %q over %s, %v; want it over %s", path, back, response.Proto, err, proto)
	}
	if response.Request != r {
		t.Errorf("%s: the answer is to another request", path)
	}
	if n := c.times(path); n != 1 {
		t.Errorf("%s: it was sent %d times", path, n)
	}
}

func TestHTTP2IsSpokenWhereItIsChosen(t *testing.T) {
	c := newChoosing(t, 0, echo, "h2", "http/1.1")
	transport := newTransport(t, over2())
	for range 3 {
		whole(t, transport, request(t, http.MethodGet, c.URL+"/x?flag", nil))
	}
	c.send(t, transport, "/body", overHTTP2)
	if n := c.opened.Load(); n != 1 {
		t.Errorf("there were %d connections, want 1", n)
	}
}

func TestManyFirstRequestsOpenOneConnectionOfHTTP2(t *testing.T) {
	var together sync.WaitGroup
	together.Add(50)
	c := newChoosing(t, 250, func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait()
		echo(w, r)
	}, "h2", "http/1.1")
	transport := newTransport(t, over2())
	var clients sync.WaitGroup
	for i := range 50 {
		clients.Go(func() { c.send(t, transport, "/"+string(rune('A'+i)), overHTTP2) })
	}
	clients.Wait()
	if n := c.opened.Load(); n != 1 {
		t.Errorf("there were %d connections, want 1", n)
	}
}

func TestManyFirstRequestsGetAConnectionOfHTTP1Each(t *testing.T) {
	c := newChoosing(t, 0, echo, "http/1.1")
	transport := newTransport(t, over2())
	var clients sync.WaitGroup
	for i := range 50 {
		clients.Go(func() { c.send(t, transport, "/"+string(rune('A'+i)), overHTTP1) })
	}
	clients.Wait()
	if n := c.opened.Load(); n > 50 {
		t.Errorf("50 requests opened %d connections", n)
	}
}

func TestAnUpstreamMayChangeItsProtocol(t *testing.T) {
	for name, options := range map[string]upstream.Options{
		"": over2(), "not kept": {HTTP2: &http.HTTP2Config{}, MaxIdle: -1}, "bounded": {HTTP2: &http.HTTP2Config{}, MaxConns: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChoosing(t, 0, echo, "h2", "http/1.1")
			transport := newTransport(t, options)
			for i, proto := range []*regexp.Regexp{overHTTP2, overHTTP1, overHTTP1, overHTTP2, overHTTP1, overHTTP2} {
				c.choose(map[*regexp.Regexp]string{overHTTP2: "h2", overHTTP1: "http/1.1"}[proto])
				for c.open.Load() > 0 { // A request is over a little later than its answer.
					transport.CloseIdleConnections()
					runtime.Gosched()
				}
				c.send(t, transport, "/"+string(rune('A'+i)), proto)
			}
		})
	}
}

// What is behind one address need not agree.
func TestConnectionsOfAnUpstreamMayDiffer(t *testing.T) {
	c := newChoosing(t, 0, echo)
	var n atomic.Int64
	certificate, _ := lent()
	c.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{[]string{"h2", "http/1.1"}[n.Add(1)%2]}}, nil
	}
	transport := newTransport(t, over2())
	proto := regexp.MustCompile(`^HTTP/(1\.1|2\.0)$`)
	for round := range 20 {
		var clients sync.WaitGroup
		for i := range 5 {
			clients.Go(func() { c.send(t, transport, fmt.Sprintf("/%d-%d", round, i), proto) })
		}
		clients.Wait()
		transport.CloseIdleConnections()
	}
}

func TestRequestsBeyondTheStreamsOfAConnectionGoOverOthers(t *testing.T) {
	for name, most := range map[string]int{"without bound": 0, "bounded": 1} {
		t.Run(name, func(t *testing.T) {
			c := newChoosing(t, 1, echo, "h2")
			options := over2()
			options.MaxConns = most
			transport := newTransport(t, options)
			var clients sync.WaitGroup
			for i := range 20 {
				clients.Go(func() {
					// With a body net/http could not send it again that a connection refuses whose settings have not come yet.
					r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/%d", c.URL, i), nil)
					if err != nil {
						t.Error(err)
						return
					}
					response, err := transport.RoundTrip(r)
					if err != nil {
						t.Error(err)
						return
					}
					_ = response.Body.Close()
				})
			}
			clients.Wait()
		})
	}
}

func TestABodyIsClosedWhateverBecomesOfItsRequest(t *testing.T) {
	c := newChoosing(t, 0, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "h2")
	transport := newTransport(t, over2())
	whole(t, transport, request(t, http.MethodGet, c.URL, nil))
	c.Close()
	body := &unready{Reader: strings.NewReader("x")}
	r := request(t, http.MethodPost, c.URL, body)
	if _, err := transport.RoundTrip(r); err == nil {
		t.Error("it was answered")
	}
	if !body.closed.Load() {
		t.Error("the body was not closed")
	}
}
