package http1_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

// Nothing is added to an answer but what frames it, and the Date.
func TestAnswersAreWhatTheHandlerSays(t *testing.T) { inBoth(t, testAnswersAreWhatTheHandlerSays) }

func testAnswersAreWhatTheHandlerSays(t *testing.T, serve serving) {
	long := strings.Repeat("x", 5000)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	const get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, test := range map[string]struct {
		request string
		handler http.HandlerFunc
		want    string
	}{
		"nothing": {get, func(http.ResponseWriter, *http.Request) {}, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		"something": {get, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>")
			_, _ = io.WriteString(w, "</html>")
		}, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"},
		"headers": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X-b"] = []string{"1", "2\r\nX-Injected: 3"}
			w.Header()["X-A"] = []string{""}
			w.Header()["X Y"] = []string{"left out"}
			w.WriteHeader(201)
			w.Header().Set("X-Late", "y")
		}, "HTTP/1.1 201 Created\r\nX-A: \r\nX-b: 1\r\nX-b: 2  X-Injected: 3\r\nContent-Length: 0\r\n\r\n"},
		"a reason": {get, func(w http.ResponseWriter, _ *http.Request) {
			http1.SetReason(w, 404, "Gone fishing")
			w.WriteHeader(404)
		}, "HTTP/1.1 404 Gone fishing\r\nContent-Length: 0\r\n\r\n"},
		"no reason": {get, func(w http.ResponseWriter, _ *http.Request) {
			http1.SetReason(w, 404, "")
			w.WriteHeader(404)
		}, "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"},
		"a reason of another status": {get, func(w http.ResponseWriter, _ *http.Request) {
			http1.SetReason(w, 404, "Gone fishing")
			w.WriteHeader(502)
		}, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"},
		"long": {
			get, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) },
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + long + "\r\n0\r\n\r\n",
		},
		"long, of a known length": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, long)
		}, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + long},
		"long, HTTP/1.0": {
			"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) },
			"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + long,
		},
		"kept, HTTP/1.0": {
			"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") },
			"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx",
		},
		"flushed": {get, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "b")
		}, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n"},
		"trailers": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum, X-Not-Set")
			_, _ = io.WriteString(w, "a")
			w.Header().Set("X-Sum", "1")
			w.Header().Set(http.TrailerPrefix+"X-More", "2")
			w.Header().Set("X-Unannounced", "3")
		}, "HTTP/1.1 200 OK\r\nTrailer: X-Sum, X-Not-Set\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"},
		"HEAD": {"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			if _, err := io.WriteString(w, "abc"); err != nil {
				t.Error(err)
			}
			if _, err := io.WriteString(w, "d"); err != http.ErrContentLength {
				t.Errorf("a longer body: %v", err)
			}
		}, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
		"204": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "abc"); err != http.ErrBodyNotAllowed {
				t.Errorf("a body: %v", err)
			}
		}, "HTTP/1.1 204 No Content\r\n\r\n"},
		"205": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			w.WriteHeader(205)
			if _, err := io.WriteString(w, "abc"); err != nil {
				t.Errorf("a body: %v", err)
			}
		}, "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"},
		"304": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			w.Header().Set("Content-Type", "text/x")
			w.WriteHeader(304)
		}, "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\nContent-Type: text/x\r\n\r\n"},
		"informational": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</a>")
			w.WriteHeader(103)
			w.Header().Del("Link")
			w.WriteHeader(102)
			_, _ = io.WriteString(w, "x")
		}, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"},
		"no date": {get, func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil }, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		"more than it says": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			if n, err := io.WriteString(w, "abcd"); n != 0 || err != http.ErrContentLength {
				t.Errorf("a longer body: %d, %v", n, err)
			}
			_, _ = io.WriteString(w, "abc")
		}, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"},
		"a file": {get, func(w http.ResponseWriter, _ *http.Request) {
			from, err := os.Open(file)
			if err != nil {
				t.Error(err)
				return
			}
			defer from.Close()
			w.Header().Set("Content-Length", "9")
			if n, err := io.Copy(w, from); n != 9 || err != nil {
				t.Errorf("copied %d (%v)", n, err)
			}
		}, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nof a file"},
		"framing of the handler": {get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Transfer-Encoding", "chunked")
			w.Header().Set("Content-Length", "x")
			_, _ = io.WriteString(w, "ab")
		}, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/a" {
					test.handler(w, r)
				}
			})
			got := s.talk(t, test.request+last)
			got = strings.TrimSuffix(got, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// An answer that is not whole must not look so.
func TestAnAnswerThatIsGivenUpBreaksItsConnection(t *testing.T) {
	inBoth(t, testAnAnswerThatIsGivenUpBreaksItsConnection)
}

func testAnAnswerThatIsGivenUpBreaksItsConnection(t *testing.T, serve serving) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		logged  bool
	}{
		"aborted": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, false},
		"panicking": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			panic("a bug")
		}, true},
		"too short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2")
			_, _ = io.WriteString(w, "a")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, test.handler)
			got := s.talk(t, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"+"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
			if !strings.HasSuffix(got, "\r\n1\r\na\r\n") && !strings.HasSuffix(got, "Content-Length: 2\r\n\r\na") {
				t.Errorf("got %q", got)
			}
			if logged := s.logged.String(); strings.Contains(logged, "a bug") != test.logged {
				t.Errorf("logged %q", logged)
			}
		})
	}
}
