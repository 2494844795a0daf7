package gateway_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A gateway is no proxy that one can be tunnelled by (RFC 9110 section 9.3.6): CONNECT reaches no upstream, and what
// comes behind it is no request of anybody.
func TestTunnelsAreRefused(t *testing.T) {
	for name, request := range map[string]string{
		"to another host":    "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
		"to the gateway":     "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n",
		"with a path":        "CONNECT /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"with a URL":         "CONNECT http://evil.example/a HTTP/1.1\r\nHost: x\r\n\r\n",
		"with a body":        "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
		"in HTTP/1.0":        "CONNECT evil.example:443 HTTP/1.0\r\nHost: x\r\n\r\n",
		"upgraded by it":     "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		"like a gRPC call":   "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc\r\n\r\n",
		"like an operation":  "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nContent-Type: application/graphql\r\nContent-Length: 3\r\n\r\n{a}",
		"with a fault asked": "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nX-MockForge-Fault: error=200\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			u := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
				t.Errorf("the upstream saw %s %s", r.Method, r.RequestURI)
			})
			for _, harm := range []change{latency(0), errorsWith(200)} {
				g := serve(t, u.URL, harm)
				conn := dial(t, g.Addr)
				fmt.Fprint(conn, request+"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
				reader := bufio.NewReader(conn)
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				if response.StatusCode == http.StatusBadRequest {
					return // net/http does not take it for a request
				}
				if response.StatusCode != http.StatusNotImplemented || !response.Close {
					t.Errorf("got %s, closing %v", response.Status, response.Close)
				}
				if r := g.next(t); r.Method != "CONNECT" || r.ResponseStatus != http.StatusNotImplemented || !strings.Contains(r.Failure, "tunnel") || r.Injected() {
					t.Errorf("recorded %s %d %q %v", r.Method, r.ResponseStatus, r.Failure, r.Faults)
				}
			}
		})
	}
}

func TestTunnelsInHTTP2AreRefused(t *testing.T) {
	u := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the upstream saw %s %s", r.Method, r.RequestURI)
	})
	for name, fields := range map[string][]hpack.HeaderField{
		"plain":    {{Name: ":method", Value: "CONNECT"}, {Name: ":authority", Value: "evil.example:443"}},
		"extended": {{Name: ":method", Value: "CONNECT"}, {Name: ":protocol", Value: "websocket"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/a"}, {Name: ":authority", Value: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, u.URL)
			conn := dial(t, g.Addr)
			fmt.Fprint(conn, http2.ClientPreface)
			framer := http2.NewFramer(conn, conn)
			framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
			var block strings.Builder
			encoder := hpack.NewEncoder(&block)
			for _, f := range fields {
				if err := encoder.WriteField(f); err != nil {
					t.Fatal(err)
				}
			}
			if err := framer.WriteSettings(); err != nil {
				t.Fatal(err)
			}
			if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte(block.String()), EndHeaders: true}); err != nil {
				t.Fatal(err)
			}
			for {
				frame, err := framer.ReadFrame()
				if err != nil {
					t.Fatal(err)
				}
				switch f := frame.(type) {
				case *http2.MetaHeadersFrame:
					if status := f.PseudoValue("status"); status != "501" {
						t.Errorf("answered with %s", status)
					}
					if r := g.next(t); r.ResponseStatus != http.StatusNotImplemented {
						t.Errorf("recorded %d", r.ResponseStatus)
					}
					return
				case *http2.RSTStreamFrame, *http2.GoAwayFrame:
					return // not taken for a request
				}
			}
		})
	}
}
