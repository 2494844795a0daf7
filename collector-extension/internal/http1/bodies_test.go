package http1_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

const chunkedPost = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"

func TestMalformedChunksAreTheClientsFailure(t *testing.T) {
	inBoth(t, testMalformedChunksAreTheClientsFailure)
}

func testMalformedChunksAreTheClientsFailure(t *testing.T, serve serving) {
	for name, body := range map[string]string{
		"no size":                    "\r\n",
		"a signed size":              "+5\r\nhello\r\n0\r\n\r\n",
		"a size with a prefix":       "0x5\r\nhello\r\n0\r\n\r\n",
		"a size beyond bounds":       "ffffffffffffffff\r\nhello\r\n",
		"a size of many digits":      "00000000000000005\r\nhello\r\n0\r\n\r\n",
		"a space behind the size":    "5 \r\nhello\r\n0\r\n\r\n",
		"a bare line feed":           "5\nhello\r\n0\r\n\r\n",
		"a line feed in a line":      "5;a\nb\r\nhello\r\n0\r\n\r\n",
		"a carriage return in one":   "5;a\rb\r\nhello\r\n0\r\n\r\n",
		"a longer chunk":             "4\r\nhello\r\n0\r\n\r\n",
		"a shorter chunk":            "5\r\nhell\r\n0\r\n\r\n",
		"a line feed behind a chunk": "5\r\nhello\n0\r\n\r\n",
		"a long line":                "5;" + strings.Repeat("a", 5000) + "\r\nhello\r\n0\r\n\r\n",
		"many extensions":            strings.Repeat("1;"+strings.Repeat("a", 1000)+"\r\nx\r\n", 100) + "0\r\n\r\n",
		"a trailer without a colon":  "0\r\nX\r\n\r\n",
		"a trailer that frames":      "0\r\nContent-Length: 3\r\n\r\n",
		"a bare line feed behind":    "0\r\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			var got error
			s := serve(t, func(_ http.ResponseWriter, r *http.Request) { _, got = io.ReadAll(r.Body) })
			answered := s.talk(t, chunkedPost+"\r\n"+body+last)
			var wrong *http1.MalformedError
			if !errors.As(got, &wrong) || wrong.Status != 400 {
				t.Errorf("the body ended with %v", got)
			}
			if strings.Count(answered, "HTTP/1.1") != 1 || !strings.Contains(answered, "Connection: close") {
				t.Errorf("answered %q", answered)
			}
		})
	}
}

func TestBodiesAreReadWholeAndTheNextRequestBehindThem(t *testing.T) {
	inBoth(t, testBodiesAreReadWholeAndTheNextRequestBehindThem)
}

func testBodiesAreReadWholeAndTheNextRequestBehindThem(t *testing.T, serve serving) {
	for name, test := range map[string]struct{ request, want string }{
		"sized":     {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "hello map[]"},
		"none":      {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", " map[]"},
		"in chunks": {chunkedPost + "\r\n3\r\nhel\r\n0002;a=\"b;c\"\r\nlo\r\n0\r\n\r\n", "hello map[]"},
		"no chunks": {chunkedPost + "\r\n000;x\r\n\r\n", " map[]"},
		"trailers":  {chunkedPost + "Trailer: x-sum, X-None\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", "a map[X-More:[2] X-None:[] X-Sum:[1]]"},
		"of GET":    {"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "hello map[]"},
		"like a head": {
			"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nTransfer-Encoding: chunked\r\n\r\n",
			"Transfer-Encoding: chunked\r\n\r\n map[]",
		},
	} {
		for _, reads := range []bool{true, false} {
			t.Run(fmt.Sprint(name, reads), func(t *testing.T) {
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/a" && reads {
						body, err := io.ReadAll(r.Body)
						if err != nil {
							t.Error(err)
						}
						fmt.Fprintf(w, "%s %v", body, r.Trailer)
					}
				})
				got := s.talk(t, test.request+last)
				want := ""
				if reads {
					want = test.want
				}
				want = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%sHTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", len(want), want)
				if got != want {
					t.Errorf("got  %q\nwant %q", got, want)
				}
			})
		}
	}
}

func TestABodyIsAskedForWhenItIsRead(t *testing.T) { inBoth(t, testABodyIsAskedForWhenItIsRead) }

func testABodyIsAskedForWhenItIsRead(t *testing.T, serve serving) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/reads":
			_, _ = io.Copy(w, r.Body)
		case "/says":
			w.WriteHeader(http.StatusContinue)
			_, _ = io.Copy(w, r.Body)
		case "/says-too-late":
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusContinue) // as an upstream may that was asked meanwhile
			_, _ = w.Write(body)
		}
	})
	const expecting = " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n"
	for _, path := range []string{"/reads", "/says", "/says-too-late"} {
		c := s.dial(t)
		reader := bufio.NewReader(c)
		response, _ := asks(t, c, reader, "POST "+path+expecting)
		if response.StatusCode != 100 {
			t.Fatalf("%s: first answered %d", path, response.StatusCode)
		}
		response, body := asks(t, c, reader, "hello")
		if response.StatusCode != 200 || body != "hello" || response.Close {
			t.Errorf("%s: answered %d %q, closing %v", path, response.StatusCode, body, response.Close)
		}
	}
	// Who refuses a body that was not sent does not know whether it comes.
	if got, want := s.talk(t, "POST /refuses"+expecting), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"; got != want {
		t.Errorf("got %q", got)
	}
}

// What a handler leaves of a body is read within bounds, so that its client reads the answer, and not a reset.
func TestAnAnswerIsReadBeforeTheRestOfALargeBody(t *testing.T) {
	inBoth(t, testAnAnswerIsReadBeforeTheRestOfALargeBody)
}

func testAnAnswerIsReadBeforeTheRestOfALargeBody(t *testing.T, serve serving) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(413)
		_, _ = io.WriteString(w, "too large")
	})
	for _, request := range []string{
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("x", 100_000),
		"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("x", 100_000),
		chunkedPost + "\r\nf4240\r\n" + strings.Repeat("x", 400_000),
	} {
		c := s.dial(t)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.WriteString(c, request)
		}()
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 413 || string(body) != "too large" {
			t.Errorf("got %d %q (%v)", response.StatusCode, body, err)
		}
		<-sent
	}
}

// A goroutine that a handler has left may still be reading the body: it must not get what belongs to the next request.
func TestABodyThatIsStillReadEndsWithItsHandler(t *testing.T) {
	inBoth(t, testABodyThatIsStillReadEndsWithItsHandler)
}

func testABodyThatIsStillReadEndsWithItsHandler(t *testing.T, serve serving) {
	ended := make(chan error, 1)
	begun := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		go func() {
			var one [1]byte
			_, _ = r.Body.Read(one[:])
			close(begun)
			_, err := io.Copy(io.Discard, r.Body)
			ended <- err
		}()
		<-begun
	})
	got := s.talk(t, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello")
	if !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("got %q", got)
	}
	if err := wait(t, "the end of the body", ended); err == nil {
		t.Error("the body ended well")
	}
}
