package gateway_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Requests whose end two servers may see in different places reach no upstream (RFC 9112 section 11.2), or reach it with one end only.
func TestRequestsWithoutAClearEndAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		request string
		// seen is what the upstream sees of it; empty is nothing, and a refusal for the client.
		seen string
	}{
		"two lengths":                       {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", ""},
		"two lengths in one":                {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nhello", ""},
		"the same length twice":             {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "/a 5 [] hello"},
		"a signed length":                   {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", ""},
		"a length in hexadecimal":           {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello", ""},
		"length and chunks":                 {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "/a -1 [chunked] hello"},
		"chunks twice":                      {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
		"chunks and identity":               {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", ""},
		"another encoding":                  {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", ""},
		"an encoding behind a tab":          {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "/a -1 [chunked] hello"},
		"an encoding behind a vertical tab": {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", ""},
		"a space before the colon":          {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", ""},
		"a folded encoding":                 {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "/a -1 [chunked] "},
		// Its connection is closed, whatever follows.
		"chunks in HTTP/1.0":                 {"POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "/a 0 [] "},
		"a chunk longer than it says":        {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", "broken"},
		"a chunk of a signed length":         {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", "broken"},
		"a chunk of a length beyond bounds":  {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000000000000000005\r\nhello\r\n0\r\n\r\n", "broken"},
		"a bare carriage return in a header": {"GET /a HTTP/1.1\r\nHost: x\r\nX-A: b\rTransfer-Encoding: chunked\r\n\r\n", ""},
		"a null in a header":                 {"GET /a HTTP/1.1\r\nHost: x\r\nX-A: b\x00c\r\n\r\n", ""},
		"a line without a colon":             {"GET /a HTTP/1.1\r\nHost: x\r\nGET /b HTTP/1.1\r\n\r\n", ""},
		"no host":                            {"GET /a HTTP/1.1\r\n\r\n", ""},
		"two hosts":                          {"GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", ""},
		"a host that is none":                {"GET /a HTTP/1.1\r\nHost: x/../y\r\n\r\n", ""},
		"another host in the target":         {"GET http://other.example/a HTTP/1.1\r\nHost: x\r\n\r\n", "/a 0 [] "},
		"a space in the target":              {"GET /a /b HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		"a method that is none":              {"GE(T /a HTTP/1.1\r\nHost: x\r\n\r\n", ""},
		"another protocol":                   {"GET /a HTTP/3.7\r\nHost: x\r\n\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var seen []string
			u := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					seen = append(seen, "broken")
					return
				}
				seen = append(seen, fmt.Sprintf("%s %d %v %s", r.RequestURI, r.ContentLength, r.TransferEncoding, body))
				if r.Host == "x" || r.Host == "other.example" {
					t.Errorf("the upstream sees the host %q", r.Host)
				}
			})
			conn := dial(t, serve(t, u.URL).Addr)
			// What would be a second request, where the first one were taken to end before it.
			fmt.Fprint(conn, test.request+"GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			_, _ = io.Copy(io.Discard, response.Body)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case test.seen == "" || test.seen == "broken":
				for _, request := range seen {
					if request != "broken" {
						t.Errorf("the upstream saw %q", seen)
					}
				}
				if response.StatusCode < 400 {
					t.Errorf("the client got %d", response.StatusCode)
				}
			case len(seen) == 0 || seen[0] != test.seen:
				t.Errorf("the upstream saw %q, want %q", seen, test.seen)
			case name == "chunks in HTTP/1.0" && len(seen) > 1:
				t.Errorf("the upstream saw %q", seen)
			}
		})
	}
}

// Headers that frame messages in HTTP/1 mean nothing in HTTP/2, and must not get to an upstream as if they did (RFC 9113 section 8.2.2).
func TestHeadersOfHTTP1AreRefusedInHTTP2(t *testing.T) {
	for name, fields := range map[string][]hpack.HeaderField{
		"connection":              {{Name: "connection", Value: "keep-alive"}},
		"transfer-encoding":       {{Name: "transfer-encoding", Value: "chunked"}},
		"upgrade":                 {{Name: "upgrade", Value: "h2c"}},
		"te":                      {{Name: "te", Value: "gzip"}},
		"upper case":              {{Name: "X-Upper", Value: "a"}},
		"a line end in a value":   {{Name: "x-a", Value: "b\r\ntransfer-encoding: chunked"}},
		"a line end in a name":    {{Name: "x-a: b\r\nx-c", Value: "d"}},
		"pseudo-header behind":    {{Name: "x-a", Value: "b"}, {Name: ":path", Value: "/b"}},
		"a wrong content-length":  {{Name: "content-length", Value: "7"}},
		"two content-lengths":     {{Name: "content-length", Value: "0"}, {Name: "content-length", Value: "5"}},
		"a space before the name": {{Name: " x-a", Value: "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, serve(t, untouched(t)).Addr)
			_, _ = io.WriteString(conn, http2.ClientPreface)
			framer := http2.NewFramer(conn, conn)
			if err := framer.WriteSettings(); err != nil {
				t.Fatal(err)
			}
			var block bytes.Buffer
			encoder := hpack.NewEncoder(&block)
			for _, f := range append([]hpack.HeaderField{
				{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "x"}, {Name: ":path", Value: "/a"},
			}, fields...) {
				_ = encoder.WriteField(f)
			}
			if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: true}); err != nil {
				t.Fatal(err)
			}
			for {
				frame, err := framer.ReadFrame()
				if err != nil {
					return // The connection was refused.
				}
				switch frame := frame.(type) {
				case *http2.RSTStreamFrame, *http2.GoAwayFrame:
					return
				case *http2.HeadersFrame:
					fields, err := hpack.NewDecoder(4096, nil).DecodeFull(frame.HeaderBlockFragment())
					if err != nil || len(fields) == 0 || !strings.HasPrefix(fields[0].Value, "4") {
						t.Errorf("answered with %v (%v)", fields, err)
					}
					return
				}
			}
		})
	}
}
