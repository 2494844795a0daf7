package http1_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRequestsMayComeOneBehindTheOther(t *testing.T) {
	inBoth(t, testRequestsMayComeOneBehindTheOther)
}

func testRequestsMayComeOneBehindTheOther(t *testing.T, serve serving) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) })
	var requests, want strings.Builder
	for i := range 100 {
		fmt.Fprintf(&requests, "GET /%d HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n", i, strings.Repeat("x", 10*i))
		path := fmt.Sprint("/", i)
		fmt.Fprintf(&want, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(path), path)
	}
	if got := s.talk(t, requests.String()+last); !strings.HasPrefix(got, want.String()) {
		t.Errorf("got %q", got)
	}
}

// A client that leaves is noticed while its handler waits, whatever of its request is still to be read.
func TestAClientThatLeavesIsNoticed(t *testing.T) { inBoth(t, testAClientThatLeavesIsNoticed) }

func testAClientThatLeavesIsNoticed(t *testing.T, serve serving) {
	for name, request := range map[string]string{
		"no body":             "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"a whole body":        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("x", 1_000_000),
		"half a body":         "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("x", 500_000),
		"chunks":              chunkedPost + "\r\n100000\r\n" + strings.Repeat("x", 500_000),
		"a body that waits":   "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
		"another behind it":   "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n",
		"a body that is read": "POST /reads HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell",
	} {
		for _, reset := range []bool{false, true} {
			t.Run(fmt.Sprint(name, reset), func(t *testing.T) {
				begun, noticed := make(chan struct{}, 2), make(chan error, 2)
				s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
					begun <- struct{}{}
					if r.URL.Path == "/reads" {
						go func() { _, _ = io.Copy(io.Discard, r.Body) }()
					}
					<-r.Context().Done()
					noticed <- r.Context().Err()
				})
				c := s.dial(t)
				go func() { _, _ = io.WriteString(c, request) }()
				wait(t, "the handler", begun)
				if reset {
					unlinger(t, c)
				}
				c.Close()
				if err := wait(t, "the end of the context", noticed); !errors.Is(err, context.Canceled) {
					t.Errorf("ended with %v", err)
				}
			})
		}
	}
}

// Behind more than is read ahead, Linux tells that a client has left.
func TestAClientThatLeavesBehindALargeBodyIsNoticed(t *testing.T) {
	inBoth(t, testAClientThatLeavesBehindALargeBodyIsNoticed)
}

func testAClientThatLeavesBehindALargeBodyIsNoticed(t *testing.T, serve serving) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells of it before all is read")
	}
	noticed := make(chan error, 1)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		noticed <- r.Context().Err()
	})
	c := s.dial(t)
	const size = 4<<20 + 50_000
	if _, err := fmt.Fprintf(c, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := wait(t, "the end of the context", noticed); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// A handler that only asks whether the context can end leaves the connection as it is.
func TestAConnectionIsKeptBehindOneThatWasWatched(t *testing.T) {
	inBoth(t, testAConnectionIsKeptBehindOneThatWasWatched)
}

func testAConnectionIsKeptBehindOneThatWasWatched(t *testing.T, serve serving) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Done() == nil {
			t.Error("the context cannot end")
		}
		time.Sleep(5 * time.Millisecond) // So that the watch begins; nothing is asserted about time.
		_, _ = io.Copy(w, r.Body)
		if err := r.Context().Err(); err != nil {
			t.Errorf("the context has ended: %v", err)
		}
	}, func(s *http.Server) { s.ReadHeaderTimeout, s.IdleTimeout = patience, patience })
	c := s.dial(t)
	reader := bufio.NewReader(c)
	for range 10 {
		if response, body := asks(t, c, reader, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"); body != "hello" || response.Close {
			t.Errorf("got %q, closing %v", body, response.Close)
		}
	}
}

func TestAContextEndsWithItsHandler(t *testing.T) { inBoth(t, testAContextEndsWithItsHandler) }

func testAContextEndsWithItsHandler(t *testing.T, serve serving) {
	contexts := make(chan context.Context, 2)
	type key struct{}
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		contexts <- r.Context()
		if r.URL.Path == "/asked" {
			derived, cancel := context.WithCancel(r.Context())
			t.Cleanup(cancel)
			contexts <- derived
		}
	}, func(s *http.Server) {
		s.BaseContext = func(net.Listener) context.Context { return context.WithValue(context.Background(), key{}, "base") }
		s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			if ctx.Value(http.LocalAddrContextKey) != c.LocalAddr() || ctx.Value(http.ServerContextKey) == nil {
				t.Error("the context of the connection has no address, or no server")
			}
			return ctx
		}
	})
	c := s.dial(t)
	reader := bufio.NewReader(c)
	for _, path := range []string{"/", "/asked"} {
		asks(t, c, reader, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		ctx := wait(t, "the context", contexts)
		wait(t, "its end", ctx.Done())
		if ctx.Err() == nil || ctx.Value(key{}) != "base" || ctx.Value(http.ServerContextKey) != s.HTTP || ctx.Value(http.LocalAddrContextKey) == nil {
			t.Errorf("%s: %v, %v", path, ctx.Err(), ctx.Value(key{}))
		}
	}
	wait(t, "the end of the derived one", wait(t, "the derived one", contexts).Done())
}

func TestAConnectionIsHandedOver(t *testing.T) { inBoth(t, testAConnectionIsHandedOver) }

func testAConnectionIsHandedOver(t *testing.T, serve serving) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_ = r.Context().Done()
		if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
			t.Errorf("writing gives %v", err)
		}
		line, err := buffered.ReadString('\n')
		fmt.Fprintf(buffered, "got %q (%v)", line, err)
		_ = buffered.Flush()
	})
	if got := s.talk(t, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nwhat is behind\n"); got != `got "what is behind\n" (<nil>)` {
		t.Errorf("got %q", got)
	}
}

func TestHTTP2IsServedByNetHTTP(t *testing.T) {
	var states sync.Map
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }, func(s *http.Server) {
		s.Protocols = new(http.Protocols)
		s.Protocols.SetHTTP1(true)
		s.Protocols.SetUnencryptedHTTP2(true)
		s.ConnState = func(c net.Conn, state http.ConnState) {
			n, _ := states.LoadOrStore(fmt.Sprint(c.RemoteAddr(), state), new(int))
			*n.(*int)++
		}
	})
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); string(body) != "HTTP/2.0" {
		t.Errorf("got %q", body)
	}
	if got := s.talk(t, last); !strings.HasSuffix(got, "HTTP/1.1") {
		t.Errorf("got %q", got)
	}
	states.Range(func(state, n any) bool {
		if strings.HasSuffix(state.(string), http.StateNew.String()) && *n.(*int) != 1 {
			t.Errorf("%v was told %d times", state, *n.(*int))
		}
		return true
	})
}

// Shutdown closes what is idle at once, and lets requests end.
func TestShutdownLetsRequestsEnd(t *testing.T) { inBoth(t, testShutdownLetsRequestsEnd) }

func testShutdownLetsRequestsEnd(t *testing.T, serve serving) {
	begun, release := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/waits" {
			close(begun)
			<-release
		}
		_, _ = io.WriteString(w, "done")
	})
	waiting, waitingReader := s.dial(t), bufio.NewReader(nil)
	waitingReader.Reset(waiting)
	resting := s.dial(t)
	restingReader := bufio.NewReader(resting)
	asks(t, resting, restingReader, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	_, _ = io.WriteString(waiting, "GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
	wait(t, "the request", begun)
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	if _, err := restingReader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the idle connection: %v", err)
	}
	select {
	case err := <-stopped:
		t.Errorf("stopped before the request had ended (%v)", err)
	default:
	}
	close(release)
	response, body := asks(t, waiting, waitingReader, "")
	if body != "done" || !response.Close {
		t.Errorf("got %q, closing %v", body, response.Close)
	}
	if err := wait(t, "the shutdown", stopped); err != nil {
		t.Error(err)
	}
}

func TestCloseBreaksRequestsOff(t *testing.T) { inBoth(t, testCloseBreaksRequestsOff) }

func testCloseBreaksRequestsOff(t *testing.T, serve serving) {
	begun := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	c := s.dial(t)
	_, _ = io.WriteString(c, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	wait(t, "the request", begun)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the shutdown ended with %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if all, err := io.ReadAll(c); len(all) > 0 {
		t.Errorf("got %q (%v)", all, err)
	}
}

func TestTimesAreLimited(t *testing.T) { inBoth(t, testTimesAreLimited) }

func testTimesAreLimited(t *testing.T, serve serving) {
	const soon = 20 * time.Millisecond
	for name, test := range map[string]struct {
		limit         func(*http.Server)
		request, want string
	}{
		"for a head that does not come": {func(s *http.Server) { s.ReadHeaderTimeout = soon }, "", ""},
		"for the rest of a head":        {func(s *http.Server) { s.ReadHeaderTimeout = soon }, "GET /a HTTP/1.1\r\nX-Slow: ", "HTTP/1.1 408 "},
		"for a next request, shorter":   {func(s *http.Server) { s.ReadHeaderTimeout, s.IdleTimeout = patience, soon }, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "},
		"for a next request":            {func(s *http.Server) { s.IdleTimeout = soon }, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 "},
		"for a whole request":           {func(s *http.Server) { s.ReadTimeout = soon }, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 "},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err == nil && r.ContentLength > 0 {
					t.Error("the body has ended well")
				}
			}, test.limit)
			if got := s.talk(t, test.request); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("for an answer", func(t *testing.T) {
		failed := make(chan error, 1)
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
					failed <- err
					return
				}
			}
		}, func(s *http.Server) { s.WriteTimeout = soon })
		_, _ = io.WriteString(s.dial(t), "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
		wait(t, "the end of the answer", failed)
	})
}

// A part of an answer of known length is sent in time where the rest does not come.
func TestWhatIsHeldIsSentInTime(t *testing.T) { inBoth(t, testWhatIsHeldIsSentInTime) }

func testWhatIsHeldIsSentInTime(t *testing.T, serve serving) {
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "2")
		_, _ = io.WriteString(w, "a")
		w.(interface{ Hold(time.Duration) }).Hold(time.Millisecond)
		<-release
		_, _ = io.WriteString(w, "b")
	})
	c := s.dial(t)
	reader := bufio.NewReader(c)
	_, _ = io.WriteString(c, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var first [1]byte
	if _, err := io.ReadFull(response.Body, first[:]); err != nil || first[0] != 'a' {
		t.Errorf("got %q (%v)", first, err)
	}
	close(release)
	if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "b" {
		t.Errorf("got %q (%v)", rest, err)
	}
}
