package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// speaking returns an upstream that reads one request of each connection up to its empty line, tells it, and sends answer.
func speaking(t *testing.T, answer string) (url string, requests <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heads := make(chan string, 100)
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			head, reader := "", bufio.NewReader(conn)
			for !strings.HasSuffix(head, "\r\n\r\n") {
				line, err := reader.ReadString('\n')
				if err != nil {
					break
				}
				head += line
			}
			heads <- head
			_, _ = io.WriteString(conn, answer)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-served
	})
	return "http://" + listener.Addr().String(), heads
}

// raw sends text to a gateway and gives what comes back, up to where it closes; the Date is left out.
func raw(t *testing.T, g *running, text string) string {
	t.Helper()
	conn := g.dial(t)
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatalf("behind %q: %v", all, err)
	}
	var kept strings.Builder
	for line := range strings.Lines(string(all)) {
		if !strings.HasPrefix(line, "Date: ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func TestAnswersAreAsTheUpstreamHasThem(t *testing.T) { inBoth(t, testAnswersAreAsTheUpstreamHasThem) }

func testAnswersAreAsTheUpstreamHasThem(t *testing.T, transport change) {
	const get = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	head := strings.Replace(get, "GET", "HEAD", 1)
	for name, test := range map[string]struct{ request, answer, want string }{
		"304 keeps its headers": {
			get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nContent-Type: text/x\r\nEtag: \"a\"\r\n\r\n",
			"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nContent-Type: text/x\r\nEtag: \"a\"\r\nConnection: close\r\n\r\n",
		},
		"no content type is made up": {
			get, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
			"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>",
		},
		"nor one of chunks": {
			get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n<html></html>\r\n0\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nd\r\n<html></html>\r\n0\r\n\r\n",
		},
		"reason phrases": {
			get, "HTTP/1.1 404 Gone fishing\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 404 Gone fishing\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		},
		"no reason phrase": {
			get, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		},
		"an unknown status": {
			get, "HTTP/1.1 299 Peculiar\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 299 Peculiar\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		},
		"205 has no content": {
			get, "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello",
			"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		},
		"205 in chunks": {
			get, "HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
			"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		},
		"204": {
			get, "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
			"HTTP/1.1 204 No Content\r\nX-A: b\r\nConnection: close\r\n\r\n",
		},
		"HEAD with a length": {
			head, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
		},
		"HEAD without one": {
			head, "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n",
			"HTTP/1.1 200 OK\r\nX-A: b\r\nConnection: close\r\n\r\n",
		},
		"informational ones": {
			get, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
			"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
		},
		"trailers": {
			get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n",
			"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\nX-More: 2\r\nX-Sum: 1\r\n\r\n",
		},
		"a body up to the end of the connection": {
			get, "HTTP/1.1 200 OK\r\n\r\nhello",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := speaking(t, test.answer)
			if got := raw(t, serve(t, url, transport), test.request); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// A fault that changes the status has the phrase of its own.
func TestAnInjectedErrorHasItsOwnReason(t *testing.T) {
	url, _ := speaking(t, "HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n")
	if got := raw(t, serve(t, url, errorsWith(503)), "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 503 Service Unavailable\r\n") {
		t.Errorf("got %q", got)
	}
}

func TestAnUpgradeToHTTP2IsNotForwarded(t *testing.T) {
	url, requests := speaking(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	got := raw(t, serve(t, url), "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n")
	if !strings.HasSuffix(got, "\r\n\r\nok") {
		t.Errorf("got %q", got)
	}
	for line := range strings.Lines(<-requests) {
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "upgrade", "connection", "http2-settings":
			t.Errorf("the upstream got %q", line)
		}
	}
}

// What is listed becomes a tunnel; WebSocket needs no listing, and what is not listed reaches the upstream as an ordinary request.
func TestUpgradesAreForwardedWhereTheyAreListed(t *testing.T) {
	for protocol, forwarded := range map[string]bool{
		"echo/1": true, "ECHO/1": true, "WebSocket": true, "echo": false, "echo/1, h2c": false, "h2c, websocket": false, "tls/1.2": false,
	} {
		answer := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
		if forwarded {
			answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\nSec-WebSocket-Accept: x\r\n\r\n\x88\x02\x03\xe8"
		}
		url, requests := speaking(t, answer)
		g := serve(t, url, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Upgrades = []string{"echo/1"} })
		conn := dial(t, g.Addr)
		fmt.Fprintf(conn, "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", protocol)
		status := make([]byte, len("HTTP/1.1 101"))
		if _, err := io.ReadFull(conn, status); err != nil || strings.HasSuffix(string(status), "101") != forwarded {
			t.Errorf("%s: answered %q (%v)", protocol, status, err)
		}
		if sent := strings.Contains(<-requests, "\r\nUpgrade: "+protocol+"\r\n"); sent != forwarded {
			t.Errorf("%s: the upstream was asked for it: %v", protocol, sent)
		}
		conn.Close()
	}
}

// What a client sends before it knows of the upgrade is not lost.
func TestAnUpgradedConnectionCarriesWhatWasSentEarly(t *testing.T) {
	inBoth(t, testAnUpgradedConnectionCarriesWhatWasSentEarly)
}

func testAnUpgradedConnectionCarriesWhatWasSentEarly(t *testing.T, transport change) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.CopyN(conn, buffered, int64(len("early late")))
	})
	conn := serve(t, u.URL, transport, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Upgrades = []string{"echo"} }).dial(t)
	fmt.Fprint(conn, "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly")
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	fmt.Fprint(conn, " late")
	if all, err := io.ReadAll(reader); string(all) != "early late" || response.StatusCode != 101 {
		t.Errorf("got %d, %q (%v)", response.StatusCode, all, err)
	}
}

func TestRequestsOneBehindTheOtherAreAnsweredInOrder(t *testing.T) {
	inBoth(t, testRequestsOneBehindTheOtherAreAnsweredInOrder)
}

func testRequestsOneBehindTheOtherAreAnsweredInOrder(t *testing.T, transport change) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.RequestURI, body)
	})
	conn := serve(t, u.URL, transport).dial(t)
	var requests strings.Builder
	for i := range 20 {
		fmt.Fprintf(&requests, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\nPOST /%d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", i, i)
	}
	if _, err := io.WriteString(conn, requests.String()); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	for i := range 40 {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		want := fmt.Sprintf("/%d ", i/2)
		if i%2 == 1 {
			want += "hello"
		}
		if string(body) != want {
			t.Errorf("answer %d is %q, want %q", i, body, want)
		}
	}
}

// Trailers of a request are forwarded, also those that it has not announced.
func TestTrailersOfRequestsAreForwarded(t *testing.T) { inBoth(t, testTrailersOfRequestsAreForwarded) }

func testTrailersOfRequestsAreForwarded(t *testing.T, transport change) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, r.Trailer)
	})
	g := serve(t, u.URL, transport)
	for announced, want := range map[string]string{"": "map[X-More:[2] X-Sum:[1]]", "Trailer: X-Sum\r\n": "map[X-More:[2] X-Sum:[1]]"} {
		got := raw(t, g, "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"+announced+"\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-more: 2\r\n\r\n")
		if !strings.HasSuffix(got, "\r\n\r\n"+want) {
			t.Errorf("%q: got %q", announced, got)
		}
	}
}

// A client that leaves during an injected wait is noticed, whatever of its request is still to be read, and the upstream is not asked.
func TestAClientThatLeavesDuringAWaitIsNoticedWhateverItsBody(t *testing.T) {
	inBoth(t, testAClientThatLeavesDuringAWaitIsNoticedWhateverItsBody)
}

func testAClientThatLeavesDuringAWaitIsNoticedWhateverItsBody(t *testing.T, transport change) {
	waits := inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Latency: &scenario.Latency{MinMS: 3_600_000, MaxMS: 3_600_000}})
	for name, request := range map[string]string{
		"none":             "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"1 MiB":            "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n" + strings.Repeat("x", 1<<20),
		"half of 1 MiB":    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n" + strings.Repeat("x", 1<<19),
		"1 MiB in chunks":  "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" + strings.Repeat("x", 1<<20) + "\r\n0\r\n\r\n",
		"not sent":         "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
		"sent all at once": "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\nExpect: 100-continue\r\n\r\n" + strings.Repeat("x", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			// What is waited for is that the exchange has been decided about.
			began := make(chan struct{}, 1)
			g := serve(t, untouched(t), transport, waits, func(o *gateway.Options, _ *confighttp.ServerConfig) {
				engine := o.Engine
				decided := 0
				o.Engine = func() *scenario.Engine {
					if decided++; decided == 2 { // The first is of the connection.
						began <- struct{}{}
					}
					return engine()
				}
			})
			conn := g.dial(t)
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			<-began
			conn.Close()
			if r := g.next(t); r.Failure != "client aborted" || r.ResponseStatus != 0 {
				t.Errorf("recorded %d, %q", r.ResponseStatus, r.Failure)
			}
		})
	}
}

func TestBareLineFeedsAndTunnelsAreRefused(t *testing.T) {
	inBoth(t, testBareLineFeedsAndTunnelsAreRefused)
}

func testBareLineFeedsAndTunnelsAreRefused(t *testing.T, transport change) {
	g := serve(t, untouched(t), transport)
	for request, status := range map[string]string{
		"GET /a HTTP/1.1\nHost: x\n\n":                                                                    "400",
		"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n":                                                       "501",
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n":                "400",
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n": "400",
	} {
		if got := raw(t, g, request); !strings.HasPrefix(got, "HTTP/1.1 "+status+" ") || !strings.Contains(got, "\r\nConnection: close\r\n") {
			t.Errorf("%q is answered with %q", request, got)
		}
	}
}
