package gateway_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The 33 cases of h1spec (https://github.com/dropseed/h1spec), those of --strict among them, two of which are one here: what is sent
// on one connection, and which statuses answer it, in order. It is read until the gateway closes, which it must do by itself.
func TestHTTP1ConformsToItsSpecification(t *testing.T) {
	inBoth(t, testHTTP1ConformsToItsSpecification)
}

func testHTTP1ConformsToItsSpecification(t *testing.T, transport change) {
	const (
		host   = "Host: localhost\r\n"
		closes = "Connection: close\r\n"
		post   = "POST / HTTP/1.1\r\n" + host
		hello  = "5\r\nhello\r\n0\r\n\r\n"
		next   = "GET /next HTTP/1.1\r\n" + host + closes + "\r\n"
	)
	cases := []struct {
		name, sent string
		// want are the statuses; a status that may be one of several is written a|b.
		want string
	}{
		// The request line.
		{"a GET", "GET / HTTP/1.1\r\n" + host + closes + "\r\n", "200"},
		{"a POST with a length", post + closes + "Content-Length: 5\r\n\r\nhello", "200"},
		{"an asterisk of OPTIONS", "OPTIONS * HTTP/1.1\r\n" + host + closes + "\r\n", "200"},
		{"an absolute target", "GET http://localhost/ HTTP/1.1\r\n" + host + closes + "\r\n", "200"},
		{"an authority of CONNECT", "CONNECT example.com:443 HTTP/1.1\r\n" + host + "\r\n", "501"},
		{"another version", "GET / HTTP/2.0\r\n" + host + "\r\n" + next, "400|505"},
		{"no version", "GET /\r\n" + host + "\r\n" + next, "400"},
		// Headers.
		{"no host", "GET / HTTP/1.1\r\n\r\n" + next, "400"},
		{"two hosts", "GET / HTTP/1.1\r\n" + host + "Host: example.com\r\n\r\n" + next, "400"},
		{"a host with a space", "GET / HTTP/1.1\r\nHost: bad host\r\n\r\n" + next, "400"},
		{"a name with a space", "GET / HTTP/1.1\r\n" + host + "Bad Header: value\r\n\r\n" + next, "400"},
		{"a fold", "GET / HTTP/1.1\r\n" + host + "  continued\r\n\r\n" + next, "400"},
		{"a space before a colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n" + next, "400"},
		{"a null", "GET / HTTP/1.1\r\nHost: local\x00host\r\n\r\n" + next, "400"},
		// Bodies.
		{"chunks", post + closes + "Transfer-Encoding: chunked\r\n\r\n" + hello, "200"},
		{"chunks in HTTP/1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n" + hello + next, "400"},
		{"chunks and a length, and what follows", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + hello + next, "400"},
		{"an unknown coding", post + "Transfer-Encoding: nonsense\r\n\r\nhello" + next, "400|501"},
		{"chunks that are not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n" + hello + next, "400"},
		{"a length that is no number", post + "Content-Length: xyz\r\n\r\nhello" + next, "400"},
		{"two lengths", post + "Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello!!" + next, "400"},
		{"a size that is no number", post + "Transfer-Encoding: chunked\r\n\r\nZ\r\nhello\r\n0\r\n\r\n" + next, "400"},
		{"a chunk without its end", post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n" + next, "400"},
		{"an expectation", post + closes + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello", "100 200"},
		// Answers.
		{"a HEAD", "HEAD / HTTP/1.1\r\n" + host + closes + "\r\n", "200"},
		{"a method in lower case", "get / HTTP/1.1\r\n" + host + closes + "\r\n", "200"},
		// Connections.
		{"two requests", "GET / HTTP/1.1\r\n" + host + "\r\n" + next, "200 200"},
		{"one that closes, and what follows", next + next, "200"},
		{"one of HTTP/1.0, and what follows", "GET / HTTP/1.0\r\n" + host + "\r\n" + next, "200"},
		// What is much.
		{"a long target", "GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\n" + host + "\r\n" + next, "200 200"},
		{"many headers", "GET / HTTP/1.1\r\n" + host + strings.Repeat("X-H: value\r\n", 101) + "\r\n" + next, "200 200"},
		{"a long header", "GET / HTTP/1.1\r\n" + host + "X-Big: " + strings.Repeat("x", 9000) + "\r\n\r\n" + next, "200 200"},
	}
	target := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "an answer with a body")
	})
	g := serve(t, target.URL, transport)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conn := g.dial(t)
			go func() { _, _ = io.WriteString(conn, c.sent) }()
			got, err := statusesUntilClose(conn, c.sent)
			if err != nil {
				t.Errorf("behind %q: %v", got, err)
			}
			wanted := strings.Fields(c.want)
			if !slices.EqualFunc(got, wanted, func(got, want string) bool { return slices.Contains(strings.Split(want, "|"), got) }) {
				t.Errorf("answered %q, want %q", got, c.want)
			}
		})
	}
}

// statusesUntilClose reads answers until the other side closes, each to the end that its framing has.
func statusesUntilClose(conn net.Conn, sent string) ([]string, error) {
	method, _, _ := strings.Cut(sent, " ")
	reader := bufio.NewReader(conn)
	var statuses []string
	for {
		if _, err := reader.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				return statuses, nil
			}
			return statuses, err
		}
		response, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return statuses, err
		}
		statuses = append(statuses, fmt.Sprint(response.StatusCode))
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil {
			return statuses, err
		}
	}
}
