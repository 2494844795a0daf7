package upstream_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestTheTargetIsSentByteForByte(t *testing.T) { inBoth(t, testTheTargetIsSentByteForByte) }

func testTheTargetIsSentByteForByte(t *testing.T) {
	for _, target := range []string{
		"/", "/users/auth0|a%2Fb", "//double//slashes", "//x|y", "/a/../b", "/a;b=c?d;e", "/?flag&b=2&a=1", "/%zz?x=%FF&pct=100%", "/caf\xc3\xa9", "*", "/?",
	} {
		heads := make(chan string, 1)
		s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
			head, _ := readHead(r)
			heads <- head
			say(c, ok)
		})
		r := request(t, http.MethodOptions, s.url(), nil)
		r.RequestURI = target
		whole(t, newTransport(t, upstream.Options{}), r)
		if line, _, _ := strings.Cut(<-heads, "\r\n"); line != "OPTIONS "+target+" HTTP/1.1" {
			t.Errorf("the upstream got %q, want the target %q", line, target)
		}
	}
}

func TestWhatCannotBeSentIsRefusedBeforeAnythingIs(t *testing.T) {
	inBoth(t, testWhatCannotBeSentIsRefusedBeforeAnythingIs)
}

func testWhatCannotBeSentIsRefusedBeforeAnythingIs(t *testing.T) {
	s := serve(t, always(ok))
	for name, change := range map[string]func(*http.Request){
		"a space in the target":     func(r *http.Request) { r.RequestURI = "/a b" },
		"a line feed in the target": func(r *http.Request) { r.RequestURI = "/a\nb" },
		"a method with a space":     func(r *http.Request) { r.Method = "GET /x" },
		"a line feed in a value":    func(r *http.Request) { r.Header["X"] = []string{"a\r\nEvil: b"} },
		"a colon in a name":         func(r *http.Request) { r.Header["X:"] = []string{"a"} },
		"a line feed in the host":   func(r *http.Request) { r.Host = "a\r\nb" },
	} {
		r := request(t, http.MethodGet, s.url(), nil)
		change(r)
		var invalid *upstream.InvalidRequestError
		if _, err := newTransport(t, upstream.Options{}).RoundTrip(r); !errors.As(err, &invalid) {
			t.Errorf("%s: got %v, want that it is not valid", name, err)
		}
	}
}

func TestBodiesOfRequestsAreSentAsTheyCome(t *testing.T) {
	inBoth(t, testBodiesOfRequestsAreSentAsTheyCome)
}

func testBodiesOfRequestsAreSentAsTheyCome(t *testing.T) {
	for name, test := range map[string]struct {
		length  int64
		trailer http.Header
		want    string
	}{
		"a length": {5, nil, "Content-Length: 5\r\n\r\nhello"},
		"chunks":   {-1, nil, "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
		"trailers": {-1, http.Header{"X-Sum": {"1"}}, "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 1)
			s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
				text := make([]byte, len("POST / HTTP/1.1\r\nHost: \r\n")+len(c.LocalAddr().String())+len(test.want))
				if _, err := io.ReadFull(r, text); err == nil {
					_, rest, _ := strings.Cut(string(text), "\r\nHost: "+c.LocalAddr().String()+"\r\n")
					got <- rest
					say(c, ok)
				}
			})
			r := request(t, http.MethodPost, s.url(), io.NopCloser(strings.NewReader("hello")))
			r.ContentLength, r.Trailer = test.length, test.trailer
			whole(t, newTransport(t, upstream.Options{}), r)
			if rest := <-got; rest != test.want {
				t.Errorf("the upstream got %q, want %q", rest, test.want)
			}
		})
	}
}

func TestAnEarlyAnswerArrivesThoughTheUpstreamTakesNoMore(t *testing.T) {
	inBoth(t, testAnEarlyAnswerArrivesThoughTheUpstreamTakesNoMore)
}

func testAnEarlyAnswerArrivesThoughTheUpstreamTakesNoMore(t *testing.T) {
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		if _, err := readHead(r); err == nil {
			say(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
		}
		_ = tcp(c).SetLinger(-1)
	})
	body, writer := io.Pipe()
	go func() {
		piece := make([]byte, 32<<10)
		for {
			if _, err := writer.Write(piece); err != nil {
				return
			}
		}
	}()
	r := request(t, http.MethodPost, s.url(), body)
	r.ContentLength = 1 << 40
	response, content := whole(t, newTransport(t, upstream.Options{}), r)
	if response.StatusCode != http.StatusRequestEntityTooLarge || content != "big" {
		t.Errorf("got %s with %q, want 413 with big", response.Status, content)
	}
}

func TestABodyWaitsFor100(t *testing.T) { inBoth(t, testABodyWaitsFor100) }

func testABodyWaitsFor100(t *testing.T) {
	for name, test := range map[string]struct {
		answer   string
		wantBody bool
		status   int
	}{
		"which comes":       {"HTTP/1.1 100 Continue\r\n\r\n", true, 200},
		"and is not wanted": {"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", false, 417},
	} {
		t.Run(name, func(t *testing.T) {
			bodies := make(chan string, 1)
			s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
				if _, err := readHead(r); err != nil {
					return
				}
				say(c, test.answer)
				body := make([]byte, 5)
				n, _ := io.ReadFull(r, body)
				bodies <- string(body[:n])
				if test.wantBody {
					say(c, ok)
				}
			})
			r := request(t, http.MethodPut, s.url(), strings.NewReader("hello"))
			r.Header.Set("Expect", "100-continue")
			response, _ := whole(t, newTransport(t, upstream.Options{}), r)
			if response.StatusCode != test.status {
				t.Errorf("got %s, want %d", response.Status, test.status)
			}
			if body := <-bodies; (body == "hello") != test.wantBody {
				t.Errorf("the upstream got the body %q", body)
			}
		})
	}
}

func TestInformationalAnswersAreTold(t *testing.T) { inBoth(t, testInformationalAnswersAreTold) }

func testInformationalAnswersAreTold(t *testing.T) {
	s := serve(t, always("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+ok))
	var told []int
	var links []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
		told, links = append(told, code), append(links, header.Get("Link"))
		return nil
	}})
	whole(t, newTransport(t, upstream.Options{}), request(t, http.MethodGet, s.url(), nil).WithContext(ctx))
	if diff := cmp.Diff([]int{103}, told) + cmp.Diff([]string{"</a>"}, links); diff != "" {
		t.Error(diff)
	}
	endless := serve(t, always(strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 1000)))
	if _, err := newTransport(t, upstream.Options{}).RoundTrip(request(t, http.MethodGet, endless.url(), nil)); err == nil {
		t.Error("an upstream that only informs was waited for without end")
	}
}

// closing answers one request of each connection, and closes it without having said so.
func closing(_ int, c net.Conn, r *bufio.Reader) {
	if _, err := http.ReadRequest(r); err == nil {
		say(c, ok)
	}
}

func TestConnectionsThatTheUpstreamHasClosedAreNotUsed(t *testing.T) {
	inBoth(t, testConnectionsThatTheUpstreamHasClosedAreNotUsed)
}

func testConnectionsThatTheUpstreamHasClosedAreNotUsed(t *testing.T) {
	s := serve(t, closing)
	transport := newTransport(t, upstream.Options{})
	var failed atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range 50 {
				r, err := http.NewRequest(http.MethodPost, s.url(), http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				response, err := transport.RoundTrip(r)
				if err != nil {
					failed.Add(1)
					continue
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	clients.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of 200 requests failed", n)
	}
}

func TestOnlyWhatIsSafeIsSentTwice(t *testing.T) { inBoth(t, testOnlyWhatIsSafeIsSentTwice) }

func testOnlyWhatIsSafeIsSentTwice(t *testing.T) {
	for _, test := range []struct {
		method string
		body   string
		ready  bool
		again  bool
	}{
		{method: http.MethodGet, again: true},
		{method: http.MethodDelete, again: true},
		{method: http.MethodPost},
		{method: http.MethodPatch},
		{method: "PURCHASE"},
		{method: http.MethodPost, body: "x"},
		{method: http.MethodPost, body: "ready", ready: true},
		{method: http.MethodPut, body: "ready", ready: true, again: true},
	} {
		t.Run(test.method+test.body, func(t *testing.T) {
			var mu sync.Mutex
			got := map[string]int{}
			// The second request of a connection is read, with its body, since one that nobody has begun to read may be sent again, and
			// the connection closed in place of an answer.
			s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
				for n := 0; ; n++ {
					r, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
					mu.Lock()
					got[r.URL.Path]++
					mu.Unlock()
					if n == 1 {
						return
					}
					say(c, ok)
				}
			})
			transport := newTransport(t, upstream.Options{})
			whole(t, transport, request(t, http.MethodGet, s.url()+"/first", nil))
			var body io.Reader
			if test.body != "" {
				body = strings.NewReader(test.body)
			}
			second := request(t, test.method, s.url()+"/second", body)
			if test.ready {
				second.Body = readyBody{strings.NewReader(test.body)}
			}
			response, err := transport.RoundTrip(second)
			if err == nil {
				response.Body.Close()
			}
			if (err == nil) != test.again {
				t.Errorf("got the error %v, want one: %t", err, !test.again)
			}
			mu.Lock()
			defer mu.Unlock()
			if want := map[bool]int{true: 2, false: 1}[test.again]; got["/second"] != want {
				t.Errorf("the upstream got it %d times, want %d", got["/second"], want)
			}
		})
	}
}

func TestTheEndOfAContextEndsAnyWait(t *testing.T) { inBoth(t, testTheEndOfAContextEndsAnyWait) }

func testTheEndOfAContextEndsAnyWait(t *testing.T) {
	cause := errors.New("given up")
	for name, talk := range map[string]func(int, net.Conn, *bufio.Reader){
		"for the head": func(_ int, _ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) },
		"for the body": func(_ int, c net.Conn, r *bufio.Reader) {
			say(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")
			_, _ = io.Copy(io.Discard, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, talk)
			ctx, cancel := context.WithCancelCause(t.Context())
			r := request(t, http.MethodGet, s.url(), nil).WithContext(ctx)
			time.AfterFunc(10*time.Millisecond, func() { cancel(cause) })
			response, err := newTransport(t, upstream.Options{}).RoundTrip(r)
			if err == nil {
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
			}
			if !errors.Is(err, cause) {
				t.Errorf("got %v, want %v", err, cause)
			}
		})
	}
}

func TestAnUpstreamThatDoesNotAnswerInTimeIsTold(t *testing.T) {
	inBoth(t, testAnUpstreamThatDoesNotAnswerInTimeIsTold)
}

func testAnUpstreamThatDoesNotAnswerInTimeIsTold(t *testing.T) {
	s := serve(t, func(_ int, _ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })
	_, err := newTransport(t, upstream.Options{HeaderTimeout: 10 * time.Millisecond}).RoundTrip(request(t, http.MethodPost, s.url(), strings.NewReader("x")))
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want a timeout", err)
	}
}

func TestABodyThatBreaksOffIsNotSentAsAWholeOne(t *testing.T) {
	inBoth(t, testABodyThatBreaksOffIsNotSentAsAWholeOne)
}

func testABodyThatBreaksOffIsNotSentAsAWholeOne(t *testing.T) {
	for _, length := range []int64{100, -1} {
		ends := make(chan string, 1)
		s := serve(t, func(_ int, _ net.Conn, r *bufio.Reader) {
			_, _ = readHead(r)
			rest, _ := io.ReadAll(r)
			ends <- string(rest)
		})
		broken := errors.New("the client is gone")
		r := request(t, http.MethodPost, s.url(), io.NopCloser(io.MultiReader(strings.NewReader("hel"), failing{broken})))
		r.ContentLength = length
		if _, err := newTransport(t, upstream.Options{}).RoundTrip(r); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
		if end := <-ends; strings.HasSuffix(end, "0\r\n\r\n") {
			t.Errorf("the upstream took %q for the whole", end)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestAConnectionIsHandedOver(t *testing.T) { inBoth(t, testAConnectionIsHandedOver) }

func testAConnectionIsHandedOver(t *testing.T) {
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		_, _ = readHead(r)
		say(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ")
		_, _ = io.Copy(c, r)
	})
	r := request(t, http.MethodGet, s.url(), nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "echo")
	response, err := newTransport(t, upstream.Options{}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	conn, is := response.Body.(interface {
		io.ReadWriteCloser
		CloseWrite() error
	})
	if !is {
		t.Fatal("the body cannot be written")
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "world"); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if all, err := io.ReadAll(conn); err != nil || string(all) != "hello world" {
		t.Errorf("got %q and %v, want hello world", all, err)
	}
}

func TestConnectionsAreBounded(t *testing.T) { inBoth(t, testConnectionsAreBounded) }

func testConnectionsAreBounded(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			if _, err := readHead(r); err != nil {
				return
			}
			<-release
			say(c, ok)
		}
	})
	transport := newTransport(t, upstream.Options{MaxConns: 2})
	var clients sync.WaitGroup
	for range 10 {
		clients.Go(func() {
			r, err := http.NewRequest(http.MethodGet, s.url(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		})
	}
	close(release)
	clients.Wait()
	if n := s.opened(); n > 2 {
		t.Errorf("there were %d connections, want 2 at most", n)
	}
}

func TestAPostLeavesItsConnectionForTheNext(t *testing.T) {
	inBoth(t, testAPostLeavesItsConnectionForTheNext)
}

func testAPostLeavesItsConnectionForTheNext(t *testing.T) {
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			r, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			say(c, ok)
		}
	})
	transport := newTransport(t, upstream.Options{})
	for range 200 {
		whole(t, transport, request(t, http.MethodPost, s.url(), strings.NewReader("hello")))
	}
	// One more where an answer was there before the request was known to be over.
	if n := s.opened(); n > 50 {
		t.Errorf("200 requests took %d connections", n)
	}
}

func TestConnectionsThatTheUpstreamHasClosedAreClosedHereToo(t *testing.T) {
	inBoth(t, testConnectionsThatTheUpstreamHasClosedAreClosedHereToo)
}

func testConnectionsThatTheUpstreamHasClosedAreClosedHereToo(t *testing.T) {
	closed := make(chan error, 1)
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		if _, err := readHead(r); err != nil {
			return
		}
		say(c, ok)
		_ = c.(interface{ CloseWrite() error }).CloseWrite()
		_, err := r.ReadByte()
		closed <- err
	})
	whole(t, newTransport(t, upstream.Options{}), request(t, http.MethodGet, s.url(), nil))
	if err := <-closed; !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end of the connection", err)
	}
}

// readyBody is a body of which all has come.
type readyBody struct{ *strings.Reader }

func (readyBody) Ready() bool  { return true }
func (readyBody) Close() error { return nil }

func TestABodyThatIsThereIsSentWithItsHead(t *testing.T) {
	inBoth(t, testABodyThatIsThereIsSentWithItsHead)
}

func testABodyThatIsThereIsSentWithItsHead(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		length int64
		fails  bool
	}{
		"whole":     {"hello", 5, false},
		"too short": {"hell", 5, true},
		"too long":  {"hello!", 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan string, 10)
			s := serve(t, func(_ int, c net.Conn, _ *bufio.Reader) {
				var piece [1024]byte
				n, _ := c.Read(piece[:])
				if got <- string(piece[:n]); n > 0 {
					say(c, ok)
				}
			})
			r := request(t, http.MethodPost, s.url()+"/x", nil)
			r.Body, r.ContentLength = readyBody{strings.NewReader(test.body)}, test.length
			response, err := newTransport(t, upstream.Options{}).RoundTrip(r)
			if (err != nil) != test.fails {
				t.Errorf("got the error %v, want one: %t", err, test.fails)
			}
			if err == nil {
				response.Body.Close()
			}
			want := ""
			if !test.fails {
				want = "POST /x HTTP/1.1\r\nHost: " + s.Addr().String() + "\r\nContent-Length: 5\r\n\r\nhello"
			}
			if first := <-got; first != want {
				t.Errorf("the upstream got %q at once, want %q", first, want)
			}
		})
	}
}

func TestAConnectionThatIsNotKeptCanBeUpgraded(t *testing.T) {
	inBoth(t, testAConnectionThatIsNotKeptCanBeUpgraded)
}

func testAConnectionThatIsNotKeptCanBeUpgraded(t *testing.T) {
	heads := make(chan string, 1)
	s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
		head, _ := readHead(r)
		heads <- head
		say(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	})
	r := request(t, http.MethodGet, s.url(), nil)
	r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}
	response, err := newTransport(t, upstream.Options{MaxIdle: -1}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if head := <-heads; !strings.Contains(head, "Connection: Upgrade, close\r\n") {
		t.Errorf("the upstream got %q", head)
	}
}
