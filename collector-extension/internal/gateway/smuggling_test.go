package gateway_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
)

// Requests whose end two servers may see in different places reach no upstream (RFC 9112 section 11.2), or reach it with one end only.
func TestRequestsWithoutAClearEndAreRefused(t *testing.T) {
	inBoth(t, testRequestsWithoutAClearEndAreRefused)
}

func testRequestsWithoutAClearEndAreRefused(t *testing.T, transport change) {
	for name, test := range map[string]struct {
		request string
		// seen is what the upstream sees of it; empty is nothing, and a refusal for the client.
		seen string
	}{
		"two lengths":                        {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", ""},
		"two lengths in one":                 {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nhello", ""},
		"the same length twice":              {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "/a 5 [] hello"},
		"a signed length":                    {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", ""},
		"a length in hexadecimal":            {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello", ""},
		"length and chunks":                  {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ""},
		"chunks twice":                       {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
		"chunks and identity":                {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", ""},
		"another encoding":                   {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", ""},
		"an encoding behind a tab":           {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "/a -1 [chunked] hello"},
		"an encoding behind a vertical tab":  {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", ""},
		"a space before the colon":           {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", ""},
		"a folded encoding":                  {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "/a -1 [chunked] "},
		"chunks in HTTP/1.0":                 {"POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
		"length and chunks in HTTP/1.0":      {"POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", ""},
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
			conn := serve(t, u.URL, transport).dial(t)
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
			}
		})
	}
}

func TestARequestWithLengthAndChunksIsRefusedBehindOthers(t *testing.T) {
	inBoth(t, testARequestWithLengthAndChunksIsRefusedBehindOthers)
}

func testARequestWithLengthAndChunksIsRefusedBehindOthers(t *testing.T, transport change) {
	const clear, sized = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
	var mu sync.Mutex
	var seen []string
	u := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.URL.Path)
	})
	conn := serve(t, u.URL, transport).dial(t)
	fmt.Fprint(conn, clear+sized+clear+"POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"+clear)
	reader := bufio.NewReader(conn)
	for _, status := range []int{200, 200, 200, 400} {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != status || response.Close != (status == 400) {
			t.Errorf("got %d, closing %v, want %d", response.StatusCode, response.Close, status)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Join(seen, " ") != "/a /b /a" {
		t.Errorf("the upstream saw %q", seen)
	}
}

func TestConnectionsStayBehindChunkedRequests(t *testing.T) {
	inBoth(t, testConnectionsStayBehindChunkedRequests)
}

func testConnectionsStayBehindChunkedRequests(t *testing.T, transport change) {
	conn := serve(t, answering(t, "text/plain", "ok", true), transport).dial(t)
	reader := bufio.NewReader(conn)
	for range 3 {
		fmt.Fprint(conn, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != 200 || response.Close {
			t.Errorf("got %d, closing %v", response.StatusCode, response.Close)
		}
	}
}

// A proxy in front may have gone by the length: what it took for the end of the body is another request by the chunks. So nothing of it is
// forwarded or answered by anybody, and nothing is read behind it.
func TestARequestWithLengthAndChunksIsTheLastOfItsConnection(t *testing.T) {
	inBoth(t, testARequestWithLengthAndChunksIsTheLastOfItsConnection)
}

func testARequestWithLengthAndChunksIsTheLastOfItsConnection(t *testing.T, transport change) {
	const body = "5\r\nhello\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, test := range map[string]struct {
		method string
		change change
	}{
		"to be forwarded": {"POST", func(*gateway.Options, *confighttp.ServerConfig) {}},
		"to be harmed":    {"POST", errorsWith(503)},
		"to be answered before the gateway": {"OPTIONS", func(_ *gateway.Options, c *confighttp.ServerConfig) {
			c.CORS = configoptional.Some(confighttp.CORSConfig{AllowedOrigins: []string{"*"}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			address, received := rawUpstream(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			conn := serve(t, "http://"+address, test.change, transport).dial(t)
			fmt.Fprintf(conn, "%s /a HTTP/1.1\r\nHost: x\r\nOrigin: http://y\r\nAccess-Control-Request-Method: POST\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n%s", test.method, len(body), body)
			all, err := io.ReadAll(conn)
			if err != nil {
				t.Fatalf("the connection was not closed: %v", err)
			}
			reader := bufio.NewReader(bytes.NewReader(all))
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			_, _ = io.Copy(io.Discard, response.Body)
			if rest, _ := io.ReadAll(reader); response.StatusCode != 400 || !response.Close || len(rest) > 0 {
				t.Errorf("got %d, closing %v, then %q", response.StatusCode, response.Close, rest)
			}
			if got := received(); got != "" {
				t.Errorf("the upstream received %q", got)
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
		"upgrade to a WebSocket":  {{Name: "upgrade", Value: "websocket"}},
		"upgrade of gRPC":         {{Name: "content-type", Value: "application/grpc"}, {Name: "upgrade", Value: "foo"}},
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

// rawUpstream returns an upstream that shows what it receives, byte by byte, up to the end of chunks, and then sends answer and
// closes.
func rawUpstream(t *testing.T, answer string) (address string, received func() string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for c := make([]byte, 1); !bytes.HasSuffix(got.Bytes(), []byte("0\r\n\r\n")); got.Write(c) {
				if _, err := conn.Read(c); err != nil {
					break
				}
			}
			fmt.Fprint(conn, answer)
			conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(&got, conn)
			conn.Close()
		}
	}()
	received = func() string {
		listener.Close()
		<-served
		return got.String()
	}
	t.Cleanup(func() { received() })
	return listener.Addr().String(), received
}
