package upstream_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

// canned is a connection to an upstream that says what a fuzzer made up, and ends.
type canned struct{ io.Reader }

func (canned) Write(p []byte) (int, error)      { return len(p), nil }
func (canned) Close() error                     { return nil }
func (canned) LocalAddr() net.Addr              { return nil }
func (canned) RemoteAddr() net.Addr             { return nil }
func (canned) SetDeadline(time.Time) error      { return nil }
func (canned) SetReadDeadline(time.Time) error  { return nil }
func (canned) SetWriteDeadline(time.Time) error { return nil }

// FuzzAnswers holds what is taken for an answer against net/http: what that refuses is refused, and what both take they
// understand alike, but for what the cases below say.
func FuzzAnswers(f *testing.F) {
	for _, answer := range []string{
		ok, "HTTP/1.0 200 OK\r\n\r\nx", "HTTP/1.1 304 \r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 100 C\r\n\r\n" + ok,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\nContent-Length: 3\n\nabc", "HTTP/1.1 200 OK\r\nConnection: close, x\r\n\r\nrest",
	} {
		f.Add([]byte(answer), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, onlyHead bool) {
		method := http.MethodGet
		if onlyHead {
			method = http.MethodHead
		}
		transport := upstream.New(upstream.Options{MaxIdle: -1, Dial: func(context.Context, string, string) (net.Conn, error) {
			return canned{bytes.NewReader(data)}, nil
		}})
		defer transport.Close()
		r := request(t, method, "http://upstream/", nil)
		ours, err := transport.RoundTrip(r)
		if err != nil {
			return
		}
		content, err := io.ReadAll(ours.Body)
		ours.Body.Close()
		if err != nil {
			return
		}
		theirs, theirContent, err := standard(data, r)
		switch {
		case err != nil && ours.ProtoMinor == 1 && theirs != nil && strings.Contains(err.Error(), "trailer"):
			return // net/http looks for the end of trailers in its buffer alone
		case err != nil:
			t.Fatalf("net/http refuses it: %v", err)
		}
		if ours.StatusCode != theirs.StatusCode || ours.ContentLength != theirs.ContentLength || !bytes.Equal(content, theirContent) {
			t.Errorf("got %d, %d, %q; net/http %d, %d, %q", ours.StatusCode, ours.ContentLength, content, theirs.StatusCode, theirs.ContentLength, theirContent)
		}
		// Of the connection: net/http takes it away where it says close.
		theirs.Header.Del("Connection")
		ours.Header.Del("Connection")
		if bytes.Contains(data, []byte("\n ")) || bytes.Contains(data, []byte("\n\t")) {
			return // of a folded line net/http keeps white space at the end
		}
		if diff := cmp.Diff(theirs.Header, ours.Header); diff != "" {
			t.Errorf("header (-net/http +ours):\n%s", diff)
		}
	})
}

// standard reads the first final answer as net/http does.
func standard(data []byte, r *http.Request) (*http.Response, []byte, error) {
	reader := bufio.NewReader(bytes.NewReader(data))
	for {
		response, err := http.ReadResponse(reader, r)
		if err != nil {
			return nil, nil, err
		}
		if response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		content, err := io.ReadAll(response.Body)
		return response, content, err
	}
}
