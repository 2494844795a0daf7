package http1

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/valyala/fasthttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// wire is a connection on which a client says what a fuzzer made up, and ends.
type wire struct{ *bytes.Reader }

func (wire) Write(p []byte) (int, error)      { return len(p), nil }
func (wire) Close() error                     { return nil }
func (wire) LocalAddr() net.Addr              { return nil }
func (wire) RemoteAddr() net.Addr             { return nil }
func (wire) SetDeadline(time.Time) error      { return nil }
func (wire) SetReadDeadline(time.Time) error  { return nil }
func (wire) SetWriteDeadline(time.Time) error { return nil }

// message is a request as it was understood.
type message struct {
	Method, Target, Host string
	Minor                int
	Header, Trailer      http.Header
	Body                 string
}

const last = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

// standard returns the requests that net/http makes of the same bytes, up to the first that it refuses, and why it did.
func standard(data []byte) (got []message, refused error) {
	reader := bufio.NewReader(bytes.NewReader(data))
	for {
		skipEmptyLine(reader)
		r, err := http.ReadRequest(reader)
		if err != nil {
			return got, err
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return got, err
		}
		m := message{r.Method, r.RequestURI, r.Host, r.ProtoMinor, r.Header, r.Trailer, string(body)}
		// What net/http makes up of Pragma.
		if pragma := m.Header["Pragma"]; len(pragma) > 0 && pragma[0] == "no-cache" && slices.Equal(m.Header["Cache-Control"], []string{"no-cache"}) {
			delete(m.Header, "Cache-Control")
		}
		// Of a folded line net/http keeps white space at the end.
		for _, values := range m.Header {
			for i := range values {
				values[i] = field.Trim(values[i])
			}
		}
		got = append(got, m)
	}
}

// skipEmptyLine skips one before a request, as RFC 9112 section 2.2 has it; net/http does so behind POST only.
func skipEmptyLine(r *bufio.Reader) {
	if begin, _ := r.Peek(2); string(begin) == "\r\n" {
		_, _ = r.Discard(2)
	}
}

// fast returns the messages that fasthttp reads, as far as it keeps what was sent.
func fast(data []byte) (got []message, refused error) {
	reader := bufio.NewReader(bytes.NewReader(data))
	for {
		skipEmptyLine(reader)
		var r fasthttp.Request
		r.Header.DisableNormalizing()
		if err := r.ReadLimitBody(reader, 1<<20); err != nil {
			return got, err
		}
		if r.MayContinue() {
			if err := r.ContinueReadBody(reader, 1<<20); err != nil {
				return got, err
			}
		}
		got = append(got, message{Method: string(r.Header.Method()), Target: string(r.Header.RequestURI()), Body: string(r.Body())})
	}
}

// FuzzRequests holds what is taken for requests, one behind the other on a connection, against net/http and fasthttp: what either
// refuses is refused, but for what stricter says; and what is taken is understood alike, up to where the next one begins.
func FuzzRequests(f *testing.F) {
	for _, request := range []string{
		"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-A: b\r\n\r\n" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n00000005 ;a\r\nhello\r\n0\r\n\r\n" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" + last,
		"GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n" + "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + last,
		"GET /a HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\nX-A: d\r\n\r\n" + last,
		"GET /a HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n" + last, "\r\n" + last, "GET /a HTTP/1.1\r\nHost : x\r\n\r\n" + last,
		"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + last, "HEAD /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n 5\r\n\r\nhello" + last, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b;\\\"\"\r\na\r\n000\r\nX: y\r\n z\r\n\r\n" + last,
		"DELETE /a HTTP/1.1\r\nHost: \r\nContent-Length: 0005\r\nConnection: keep-alive, x\r\n\r\nhello" + last,
		"POST /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello" + last, "M-SEARCH /a HTTP/1.1\r\nHost: [::1]:80\r\nTE: trailers\r\n\r\n" + last,
		"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na" + last,
	} {
		f.Add([]byte(request))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ours := taken(t, data)
		theirs, refusal := standard(data)
		compare(t, "net/http", ours, theirs, refusal, func(ours, theirs message) string {
			return cmp.Diff(theirs, ours, cmpopts.EquateEmpty())
		})
		theirs, refusal = fast(data)
		compare(t, "fasthttp", ours, theirs, refusal, func(ours, theirs message) string {
			theirs.Host, theirs.Minor, theirs.Header, theirs.Trailer = ours.Host, ours.Minor, ours.Header, ours.Trailer
			return cmp.Diff(theirs, ours, cmpopts.EquateEmpty())
		})
	})
}

func compare(t *testing.T, who string, ours, theirs []message, refusal error, differ func(ours, theirs message) string) {
	t.Helper()
	for i, m := range ours {
		if i >= len(theirs) {
			if !tolerated(who, m, refusal) {
				t.Fatalf("%s refuses request %d, %+v: %v", who, i, m, refusal)
			}
			return
		}
		if diff := differ(m, theirs[i]); diff != "" {
			if !tolerated(who, m, nil) {
				t.Fatalf("request %d (-%s +ours):\n%s", i, who, diff)
			}
			return // Behind it they read something else.
		}
	}
}

// tolerance is what is taken although another refuses it, or understands it in another way, and why.
var tolerance = []struct {
	who, reason string
	is          func(m message, refusal error) bool
}{
	{"fasthttp", "the same Content-Length again says the same (RFC 9110 section 8.6)", func(_ message, refusal error) bool {
		return refusal != nil && strings.Contains(refusal.Error(), "duplicate Content-Length")
	}},
}

func tolerated(who string, m message, refusal error) bool {
	for _, t := range tolerance {
		if t.who == who && t.is(m, refusal) {
			return true
		}
	}
	return false
}

// shown returns what the head as it was received comes to, without what is of the connection alone.
func shown(r *http.Request) http.Header {
	head, _ := HeadOf(r.Context())
	header := http.Header{}
	lines, err := field.Lines(head.Block(), false)
	if err != nil {
		panic(err)
	}
	for _, line := range lines {
		header.Add(line.Name, line.Value)
	}
	delete(header, "Host")
	delete(header, "Transfer-Encoding")
	if len(r.TransferEncoding) > 0 {
		delete(header, "Trailer")
	}
	if lengths := header["Content-Length"]; len(lengths) > 1 {
		header["Content-Length"] = lengths[:1]
	}
	return header
}

// taken returns the requests that a handler gets whole.
func taken(t *testing.T, data []byte) (got []message) {
	t.Helper()
	handler := func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var wrong *MalformedError
		switch {
		case err == nil:
			if diff := cmp.Diff(r.Header, shown(r), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the head as it was received has (-understood +shown):\n%s", diff)
			}
			got = append(got, message{r.Method, r.RequestURI, r.Host, r.ProtoMinor, r.Header, r.Trailer, string(body)})
		case !errors.As(err, &wrong) && !errors.Is(err, io.ErrUnexpectedEOF):
			t.Errorf("the body ends with %v", err)
		}
	}
	s := &Server{HTTP: &http.Server{Handler: http.HandlerFunc(handler), ErrorLog: log.New(io.Discard, "", 0)}}
	s.others = newOthers(nil)
	_ = s.others.Close()
	newConn(context.Background(), s, wire{bytes.NewReader(data)}).serve()
	return got
}
