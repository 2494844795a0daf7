package upstream_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

func TestAnswersAreReadAsTheyWereSent(t *testing.T) { inBoth(t, testAnswersAreReadAsTheyWereSent) }

func testAnswersAreReadAsTheyWereSent(t *testing.T) {
	for name, test := range map[string]struct {
		method, answer string
		status, body   string
		header         http.Header
		trailer        http.Header
		// kept reports whether a second request goes over the same connection.
		kept bool
	}{
		"a length": {
			answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", status: "200 OK", body: "hello",
			header: http.Header{"Content-Length": {"5"}}, kept: true,
		},
		"an own reason": {
			answer: "HTTP/1.1 200 Fine by me\r\nContent-Length: 0\r\n\r\n", status: "200 Fine by me",
			header: http.Header{"Content-Length": {"0"}}, kept: true,
		},
		"no reason": {answer: "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n", status: "299", header: http.Header{"Content-Length": {"0"}}, kept: true},
		"an empty reason": {
			answer: "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", status: "299 ",
			header: http.Header{"Content-Length": {"0"}}, kept: true,
		},
		"chunks": {
			answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", status: "200 OK", body: "hello",
			header: http.Header{}, kept: true,
		},
		"chunks and a length": {
			answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
			status: "200 OK", body: "hi", header: http.Header{},
		},
		"trailers": {
			answer: "HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-Late: 2\r\n\r\n",
			status: "200 OK", body: "hi", header: http.Header{}, trailer: http.Header{"X-Sum": {"1"}, "X-Late": {"2"}}, kept: true,
		},
		"until the end": {answer: "HTTP/1.1 200 OK\r\n\r\nall of it", status: "200 OK", body: "all of it", header: http.Header{}},
		"HTTP/1.0":      {answer: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", status: "200 OK", body: "hi", header: http.Header{"Content-Length": {"2"}}},
		"HTTP/1.0 that is kept": {
			answer: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhi", status: "200 OK", body: "hi",
			header: http.Header{"Connection": {"Keep-Alive"}, "Content-Length": {"2"}}, kept: true,
		},
		"HEAD with a length": {
			method: http.MethodHead, answer: "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", status: "200 OK",
			header: http.Header{"Content-Length": {"1234"}}, kept: true,
		},
		"HEAD with chunks": {
			method: http.MethodHead, answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", status: "200 OK",
			header: http.Header{}, kept: true,
		},
		"304 with a length": {
			answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nContent-Type: text/css\r\nEtag: \"a\"\r\n\r\n", status: "304 Not Modified",
			header: http.Header{"Content-Length": {"99"}, "Content-Type": {"text/css"}, "Etag": {`"a"`}}, kept: true,
		},
		"204": {answer: "HTTP/1.1 204 No Content\r\n\r\n", status: "204 No Content", header: http.Header{}, kept: true},
		"the same length twice": {
			answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", status: "200 OK", body: "hi",
			header: http.Header{"Content-Length": {"2"}}, kept: true,
		},
		"repeated headers, and bytes that are not UTF-8": {
			answer: "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nX-Name: Jos\xe9\r\nSet-Cookie:b=2 \r\nX-Empty:\r\nContent-Length: 0\r\n\r\n", status: "200 OK",
			header: http.Header{"Set-Cookie": {"a=1", "b=2"}, "X-Name": {"Jos\xe9"}, "X-Empty": {""}, "Content-Length": {"0"}}, kept: true,
		},
		"a folded line": {
			answer: "HTTP/1.1 200 OK\r\nX-Long: one\r\n\t two\r\nContent-Length: 0\r\n\r\n", status: "200 OK",
			header: http.Header{"X-Long": {"one two"}, "Content-Length": {"0"}}, kept: true,
		},
		"a head larger than the buffer": {
			answer: "HTTP/1.1 200 OK\r\nX-Long: " + strings.Repeat("a", 20_000) + "\r\nContent-Length: 0\r\n\r\n", status: "200 OK",
			header: http.Header{"X-Long": {strings.Repeat("a", 20_000)}, "Content-Length": {"0"}}, kept: true,
		},
		"informational ones before it": {
			answer: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
			status: "200 OK", body: "hi", header: http.Header{"Content-Length": {"2"}}, kept: true,
		},
		"line feeds alone": {answer: "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", status: "200 OK", body: "hi", header: http.Header{"Content-Length": {"2"}}, kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			talk := always(test.answer)
			if !test.kept {
				talk = func(_ int, c net.Conn, r *bufio.Reader) {
					if _, err := readHead(r); err == nil {
						say(c, test.answer)
					}
				}
			}
			s := serve(t, talk)
			transport := newTransport(t, upstream.Options{})
			for range 2 {
				response, body := whole(t, transport, request(t, test.method, s.url(), nil))
				if response.Status != test.status || body != test.body {
					t.Errorf("got %q with %q, want %q with %q", response.Status, body, test.status, test.body)
				}
				if diff := cmp.Diff(test.header, response.Header); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.trailer, response.Trailer); diff != "" {
					t.Errorf("trailer (-want +got):\n%s", diff)
				}
			}
			if want := map[bool]int{true: 1, false: 2}[test.kept]; s.opened() != want {
				t.Errorf("two requests took %d connections, want %d", s.opened(), want)
			}
		})
	}
}

func TestMalformedAnswersAreRefused(t *testing.T) { inBoth(t, testMalformedAnswersAreRefused) }

func testMalformedAnswersAreRefused(t *testing.T) {
	for name, answer := range map[string]string{
		"no HTTP":                "SSH-2.0-OpenSSH\r\n\r\n",
		"HTTP/2":                 "HTTP/2.0 200 OK\r\n\r\n",
		"a status of two digits": "HTTP/1.1 20 OK\r\n\r\n",
		"a status below 100":     "HTTP/1.1 099 OK\r\n\r\n",
		"a signed status":        "HTTP/1.1 +20 OK\r\n\r\n",
		"lengths that differ":    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
		"a list of lengths":      "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nhi",
		"a negative length":      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi",
		"a signed length":        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
		"a huge length":          "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhi",
		"an unknown coding":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"chunks of HTTP/1.0":     "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a space before a colon": "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi",
		"a line without colon":   "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
		"no name":                "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
		"white space first":      "HTTP/1.1 200 OK\r\n X: y\r\n\r\n",
		"NUL":                    "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
		"a CR alone":             "HTTP/1.1 200 OK\r\nX: a\rEvil: b\r\n\r\n",
		"a CR in the status":     "HTTP/1.1 200 O\rK\r\n\r\n",
		"too large a head":       "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 2000) + "\r\n\r\n",
		"a switch unasked":       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, always(answer))
			_, err := newTransport(t, upstream.Options{MaxHeaderBytes: 1000}).RoundTrip(request(t, http.MethodGet, s.url(), nil))
			var malformed *upstream.MalformedError
			if !errors.As(err, &malformed) {
				t.Errorf("got %v, want that it is malformed", err)
			}
		})
	}
}

func TestAnswersThatBreakOffAreNoWholeOnes(t *testing.T) {
	inBoth(t, testAnswersThatBreakOffAreNoWholeOnes)
}

func testAnswersThatBreakOffAreNoWholeOnes(t *testing.T) {
	for name, test := range map[string]struct{ answer, body string }{
		"in the head":            {"HTTP/1.1 200 OK\r\nContent-Le", ""},
		"in a length":            {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", "he"},
		"in a chunk":             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", "he"},
		"between chunks":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n", "he"},
		"before the trailers":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n", "he"},
		"in the trailers":        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\nX: ", "he"},
		"with a malformed chunk": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nzz\r\n", "he"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(_ int, c net.Conn, r *bufio.Reader) {
				if _, err := readHead(r); err == nil {
					say(c, test.answer)
				}
			})
			response, err := newTransport(t, upstream.Options{}).RoundTrip(request(t, http.MethodGet, s.url(), nil))
			if err != nil {
				if test.body != "" {
					t.Fatal(err)
				}
				return
			}
			content, err := io.ReadAll(response.Body)
			if err == nil || string(content) != test.body {
				t.Errorf("got %q and %v, want %q and an error", content, err, test.body)
			}
			if s.opened() != 1 {
				t.Errorf("the request was sent %d times", s.opened())
			}
		})
	}
}
