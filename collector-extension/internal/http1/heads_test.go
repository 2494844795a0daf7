package http1_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

// What is no request by RFC 9112, or could be taken for two, is answered without a handler, and its connection closed.
func TestWhatIsNoRequestIsRefused(t *testing.T) { inBoth(t, testWhatIsNoRequestIsRefused) }

func testWhatIsNoRequestIsRefused(t *testing.T, serve serving) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/good" {
			t.Errorf("the handler got %s %q", r.Method, r.RequestURI)
		}
	}, func(s *http.Server) { s.MaxHeaderBytes = 4096 })
	const post, get = "POST /a HTTP/1.1\r\nHost: x\r\n", "GET /a HTTP/1.1\r\nHost: x\r\n"
	for name, test := range map[string]struct {
		request string
		status  int
	}{
		"two lengths":                  {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
		"two lengths in one":           {post + "Content-Length: 5, 5\r\n\r\nhello", 400},
		"an empty length":              {post + "Content-Length:\r\n\r\n", 400},
		"a signed length":              {post + "Content-Length: +5\r\n\r\nhello", 400},
		"a length beyond bounds":       {post + "Content-Length: 9223372036854775808\r\n\r\n", 400},
		"length and chunks":            {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"chunks and length":            {post + "Transfer-Encoding: chunked\r\ncontent-LENGTH: 4\r\n\r\n0\r\n\r\n", 400},
		"chunks twice":                 {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"chunks twice in one":          {post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400},
		"chunks that are not last":     {post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400},
		"no chunks":                    {post + "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 400},
		"an unknown coding":            {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
		"an empty coding":              {post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 400},
		"chunks in HTTP/1.0":           {"POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"a space before a colon":       {get + "X-A : b\r\n\r\n", 400},
		"a name with a space":          {get + "X A: b\r\n\r\n", 400},
		"no name":                      {get + ": b\r\n\r\n", 400},
		"no colon":                     {get + "GET /b HTTP/1.1\r\n\r\n", 400},
		"a fold of nothing":            {"GET /a HTTP/1.1\r\n Host: x\r\n\r\n", 400},
		"a bare line feed":             {get + "X-A: b\nX-C: d\r\n\r\n", 400},
		"only bare line feeds":         {"GET /a HTTP/1.1\nHost: x\n\n", 400},
		"a bare carriage return":       {get + "X-A: b\rX-C: d\r\n\r\n", 400},
		"a null":                       {get + "X-A: b\x00c\r\n\r\n", 400},
		"a delete":                     {get + "X-A: b\x7fc\r\n\r\n", 400},
		"no host":                      {"GET /a HTTP/1.1\r\n\r\n", 400},
		"two hosts":                    {get + "Host: x\r\n\r\n", 400},
		"two hosts in HTTP/1.0":        {"GET /a HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n", 400},
		"a host that is none":          {"GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
		"two spaces":                   {"GET  /a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a tab":                        {"GET\t/a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a space in the target":        {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"no version":                   {"GET /a\r\nHost: x\r\n\r\n", 400},
		"another version":              {"GET /a HTTP/2.0\r\nHost: x\r\n\r\n", 505},
		"a later version":              {"GET /a HTTP/1.2\r\nHost: x\r\n\r\n", 505},
		"a version in lower case":      {"GET /a http/1.1\r\nHost: x\r\n\r\n", 400},
		"a method that is none":        {"G(T /a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a target without a slash":     {"GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"an asterisk of GET":           {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a tunnel to no port":          {"CONNECT x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a URL of another scheme":      {"GET ftp://x/a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a URL with a user":            {"GET http://u@x/a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"a target with a wrong escape": {"GET /a%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		"many empty lines":             {"\r\n\r\n\r\n" + get + "\r\n", 400},
		"headers above the limit":      {get + "X-Large: " + strings.Repeat("x", 5000) + "\r\n\r\n", 431},
		"a line above the limit":       {"GET /" + strings.Repeat("x", 5000), 431},
		"another expectation":          {post + "Content-Length: 5\r\nExpect: 200-ok\r\n\r\nhello", 417},
		"a trailer that frames":        {post + "Transfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n0\r\n\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			good := "GET /good HTTP/1.1\r\nHost: x\r\n\r\n"
			got := s.talk(t, good+test.request+"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
			want := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 %d %s\r\nConnection: close\r\n", test.status, http.StatusText(test.status))
			if !strings.HasPrefix(got, want) || strings.Count(got, "HTTP/1.1 ") != 2 {
				t.Errorf("answered %q", got)
			}
		})
	}
}

// What a client sends behind CONNECT is for a tunnel: it is no request, whatever the handler answers.
func TestNothingIsReadBehindATunnel(t *testing.T) { inBoth(t, testNothingIsReadBehindATunnel) }

func testNothingIsReadBehindATunnel(t *testing.T, serve serving) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.URL.Host != "x:443" {
			t.Errorf("the handler got %s %q", r.Method, r.RequestURI)
		}
		w.WriteHeader(http.StatusNotImplemented)
	})
	got := s.talk(t, "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 501 ") || !strings.Contains(got, "\r\nConnection: close\r\n") || strings.Count(got, "HTTP/1.1 ") != 1 {
		t.Errorf("answered %q", got)
	}
}

func TestHeadsAreUnderstood(t *testing.T) { inBoth(t, testHeadsAreUnderstood) }

func testHeadsAreUnderstood(t *testing.T, serve serving) {
	for name, test := range map[string]struct{ request, want string }{
		"HTTP/1.0":         {"GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.0 host= url=/a length=0 map[]"},
		"an absolute URL":  {"GET http://other:80/a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET http://other:80/a?b HTTP/1.1 host=other:80 url=http://other:80/a?b length=0 map[Connection:[close]]"},
		"an asterisk":      {"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "OPTIONS * HTTP/1.1 host=x url=* length=0 map[Connection:[close]]"},
		"an empty line":    {"\r\nGET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.0 host= url=/a length=0 map[]"},
		"the same lengths": {"POST /a HTTP/1.0\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", "POST /a HTTP/1.0 host= url=/a length=2 map[Content-Length:[2]]"},
		"a fold":           {"GET /a HTTP/1.0\r\nX-A: b \r\n\t c\r\n \r\nX-A: d\r\n\r\n", "GET /a HTTP/1.0 host= url=/a length=0 map[X-A:[b c d]]"},
		"any bytes":        {"GET /a\xff%2F//../b;|{}#x?&%zz HTTP/1.0\r\nx-name: Jos\xe9\r\n\r\n", "GET /a\xff%2F//../b;|{}#x?&%zz HTTP/1.0 host= url=/a%FF///../b;%7C%7B%7D%23x?&%zz length=0 map[X-Name:[Jos\xe9]]"},
		"chunks":           {"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\ntransfer-encoding: \tCHUNKED\r\n\r\n0\r\n\r\n", "POST /a HTTP/1.1 host=x url=/a length=-1 map[Connection:[close]]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				got := fmt.Sprintf("%s %s %s host=%s url=%s length=%d %v", r.Method, r.RequestURI, r.Proto, r.Host, r.URL, r.ContentLength, r.Header)
				if got != test.want {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
			})
			if got := s.talk(t, test.request); !strings.Contains(got, " 200 OK\r\n") {
				t.Errorf("answered %q", got)
			}
		})
	}
}

func TestAHeadIsShownAsItWasReceived(t *testing.T) { inBoth(t, testAHeadIsShownAsItWasReceived) }

func testAHeadIsShownAsItWasReceived(t *testing.T, serve serving) {
	var line string
	var fields []string
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		head, ok := http1.HeadOf(r.Context())
		if !ok {
			t.Error("there is no head")
		}
		line = head.Line()
		lines, err := field.Lines(head.Block(), false)
		if err != nil {
			t.Error(err)
		}
		for _, line := range lines {
			fields = append(fields, line.Name+"="+line.Value)
		}
	})
	s.talk(t, "GET /b%2Fa?x=%FF HTTP/1.1\r\nx-b: 2\r\nHOST:  x\t\r\nX-b: Jos\xe9\r\nx-A:\r\n\ta \r\n b\r\nconnection: close\r\n\r\n")
	if line != "GET /b%2Fa?x=%FF HTTP/1.1" {
		t.Errorf("the line is %q", line)
	}
	if want := []string{"x-b=2", "HOST=x", "X-b=Jos\xe9", "x-A=a b", "connection=close"}; !slices.Equal(fields, want) {
		t.Errorf("got %q", fields)
	}
}
