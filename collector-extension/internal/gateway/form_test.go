package gateway_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// rawWire is a gateway with a client and an upstream whose every byte a test says.
type rawWire struct {
	*running
	// heads are the heads that the upstream got, answers what it says to them.
	heads   chan string
	answers chan string
}

func newWire(t testing.TB, changes ...change) *rawWire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme := "http://"
	if strings.Contains(t.Name(), "/TLS") {
		lender := httptest.NewTLSServer(nil)
		listener, scheme = tls.NewListener(listener, &tls.Config{Certificates: lender.TLS.Certificates}), "https://"
		lender.Close()
	}
	w := &rawWire{heads: make(chan string, 1), answers: make(chan string, 1)}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go w.serve(c)
		}
	}()
	changes = append([]change{func(o *gateway.Options, _ *confighttp.ServerConfig) { o.PreserveHost = true }}, changes...)
	w.running = serve(t, scheme+listener.Addr().String(), changes...)
	return w
}

// toBoth tests with upstreams without TLS and with it, which must not differ: newWire goes by the name of the test.
func toBoth(t *testing.T, test func(*testing.T)) {
	t.Run("clear", test)
	t.Run("TLS", test)
}

// serve answers the requests of a connection, until one switches to another protocol.
func (w *rawWire) serve(c net.Conn) {
	defer c.Close()
	reader := bufio.NewReader(c)
	for {
		head, err := readRawHead(reader)
		if err != nil {
			return
		}
		switch lower := strings.ToLower(head); {
		case strings.Contains(lower, "content-length: 2"):
			_, err = reader.Discard(len("ab"))
		case strings.Contains(lower, "chunked"):
			_, err = reader.Discard(len("0\r\n\r\n"))
		}
		if err != nil {
			return
		}
		w.heads <- head
		answer := <-w.answers
		if _, err := io.WriteString(c, answer); err != nil || strings.HasPrefix(answer, "HTTP/1.1 101") {
			return
		}
	}
}

// readRawHead reads up to the empty line, which is not part of what it gives.
func readRawHead(r *bufio.Reader) (string, error) {
	var head strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return head.String(), err
		}
		if line == "\r\n" {
			return head.String(), nil
		}
		head.WriteString(line)
	}
}

// exchange sends a request, has the upstream answer it, and gives the heads as the other sides got them: those of informational answers
// are before the final one.
func (w *rawWire) exchange(t testing.TB, request, answer string) (forwarded, answered string) {
	t.Helper()
	c, err := net.Dial("tcp", w.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	_ = c.(*net.TCPConn).SetLinger(0) // Else fuzzing would soon have used all ports.
	w.answers <- answer
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	select {
	case forwarded = <-w.heads:
	case <-time.After(patience):
		t.Fatalf("%q did not reach the upstream", request)
	}
	reader := bufio.NewReader(c)
	for {
		head, err := readRawHead(reader)
		if err != nil {
			t.Fatalf("the answer %q came as %q: %v", answer, answered+head, err)
		}
		answered += head
		if !strings.HasPrefix(head, "HTTP/1.1 1") || strings.HasPrefix(head, "HTTP/1.1 101") {
			break
		}
	}
	_ = c.Close()
	w.next(t)
	return forwarded, answered
}

// plainly has nothing looked at, so that exchanges are made in the memory of others.
func plainly(o *gateway.Options, _ *confighttp.ServerConfig) { o.Capture = nil }

const aHead = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"

func TestRequestsReachTheUpstreamInTheFormInWhichTheyWereSent(t *testing.T) {
	toBoth(t, testRequestsReachTheUpstreamInTheFormInWhichTheyWereSent)
}

func testRequestsReachTheUpstreamInTheFormInWhichTheyWereSent(t *testing.T) {
	for mode, changes := range map[string][]change{"recorded": nil, "plain": {plainly}} {
		w := newWire(t, changes...)
		for name, test := range map[string]struct{ sent, want string }{
			"case and order":              {"x-b: 1\r\nhOST: shop\r\nACCEPT: a\r\nX-A: 2\r\n", ""},
			"names that are repeated":     {"Host: shop\r\nX-A: 1\r\nx-b: 2\r\nx-a: 3\r\nX-B: 4\r\nx-A: 5\r\n", ""},
			"bytes that are not UTF-8":    {"Host: shop\r\nX-Name: Jos\xe9\r\n\x58-Other: \xff\xfe\r\n", ""},
			"empty values":                {"Host: shop\r\nX-Empty:\r\nuser-agent:\r\nX-B: \r\n", "Host: shop\r\nX-Empty: \r\nuser-agent: \r\nX-B: \r\n"},
			"white space around values":   {"Host:shop\r\nX-A:\t a b \t\r\n", "Host: shop\r\nX-A: a b\r\n"},
			"names of unusual characters": {"Host: shop\r\nx_a: 1\r\n!#$%&'*+-.^_`|~: 2\r\nX-1: 3\r\n", ""},
			"what is for the gateway alone": {
				"Host: shop\r\nX-A: 1\r\nconnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: 3\r\nproxy-authorization: x\r\nx-z: 2\r\n",
				"Host: shop\r\nX-A: 1\r\nx-z: 2\r\n",
			},
			"trailers that are understood": {"TE: gzip, trailers\r\nHost: shop\r\n", "TE: trailers\r\nHost: shop\r\n"},
			"fields of proxies before": {
				"x-forwarded-proto: https\r\nHost: shop\r\nFORWARDED: for=a\r\nx-forwarded-for: 1.2.3.4\r\nX-Forwarded-Host: outside\r\nX-A: 1\r\n",
				"x-forwarded-proto: https\r\nHost: shop\r\nFORWARDED: for=a\r\nx-forwarded-for: 1.2.3.4, 127.0.0.1\r\nX-Forwarded-Host: outside\r\nX-A: 1\r\n",
			},
			"a length": {"content-length: 2\r\nHost: shop\r\nx-a: 1\r\n", ""},
			"chunks":   {"x-a: 1\r\ntransfer-encoding: chunked\r\nHost: shop\r\n", ""},
		} {
			t.Run(mode+", "+name, func(t *testing.T) {
				body := ""
				switch {
				case strings.Contains(test.sent, "content-length"):
					body = "ab"
				case strings.Contains(test.sent, "chunked"):
					body = "0\r\n\r\n"
				}
				got, _ := w.exchange(t, "GET /x HTTP/1.1\r\n"+test.sent+"\r\n"+body, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
				want := "GET /x HTTP/1.1\r\n" + test.sent
				if test.want != "" {
					want = "GET /x HTTP/1.1\r\n" + test.want
				}
				if rest, ok := strings.CutPrefix(got, want); !ok || !onlyAdded(rest) {
					t.Errorf("the upstream got %q,\nwant %q and what is added", got, want)
				}
			})
		}
	}
}

// Plain requests need no header of their own, and have what is added beside it.
func TestPlainRequestsAreForwardedAsAllOthers(t *testing.T) {
	recorded, plain := newWire(t), newWire(t, plainly)
	const answer = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
	traceID := regexp.MustCompile("(?i)(traceparent: 00)-.*")
	for _, fields := range []string{
		"Host: shop\r\n",
		"Host: shop\r\nX-A: 1\r\nVia: 1.1 a\r\nUser-Agent: b\r\n",
		"X-Forwarded-For: 1.2.3.4\r\nHost: shop\r\n",
		"x-forwarded-host: a\r\nHost: shop\r\n",
		"Host: shop\r\nx-forwarded-proto: https\r\nVia: a\r\n",
		"Host: shop\r\nForwarded: for=a\r\n",
		"Host: shop\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
		"Host: shop\r\nTraceparent: none\r\nX-A: 1\r\n",
		"Host: shop\r\nConnection: x-a, traceparent, x-forwarded-for\r\nX-A: 1\r\n",
		"Host: shop\r\nTE: trailers\r\nUpgrade: other\r\nConnection: upgrade\r\nHTTP2-Settings: a\r\n",
		"Host: shop\r\nkeep-alive: 1\r\nproxy-connection: close\r\nTrailer: x\r\n",
	} {
		request := "GET /x?y HTTP/1.1\r\n" + fields + "\r\n"
		want, _ := recorded.exchange(t, request, answer)
		got, _ := plain.exchange(t, request, answer)
		if diff := cmp.Diff(traceID.ReplaceAllString(want, "$1"), traceID.ReplaceAllString(got, "$1")); diff != "" {
			t.Errorf("%q (-recorded +plain):\n%s", fields, diff)
		}
	}
}

// onlyAdded reports whether field lines are those that a gateway adds.
func onlyAdded(lines string) bool {
	for line := range strings.Lines(lines) {
		name, _, _ := strings.Cut(line, ":")
		if !strings.HasPrefix(name, "X-Forwarded-") && name != "Traceparent" {
			return false
		}
	}
	return true
}

func TestAnswersReachTheClientInTheFormInWhichTheyWereSent(t *testing.T) {
	toBoth(t, testAnswersReachTheClientInTheFormInWhichTheyWereSent)
}

func testAnswersReachTheClientInTheFormInWhichTheyWereSent(t *testing.T) {
	for mode, changes := range map[string][]change{"recorded": nil, "plain": {plainly}} {
		w := newWire(t, changes...)
		for name, test := range map[string]struct{ sent, want string }{
			"case and order":           {"HTTP/1.1 200 Fine, thanks\r\nx-b: 1\r\ndate: today\r\ncontent-LENGTH: 0\r\nServer: a\r\nX-A: 2\r\n", ""},
			"names that are repeated":  {"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nDate: d\r\nvary: x\r\nset-cookie: b\r\nVary: y\r\nContent-Length: 0\r\n", ""},
			"bytes that are not UTF-8": {"HTTP/1.1 404 Jos\xe9\r\nX-Name: \xff\r\nDate: d\r\nContent-Length: 0\r\n", ""},
			"empty values and reason":  {"HTTP/1.1 200 \r\nX-Empty: \r\nDate: d\r\nx-b: \r\nContent-Length: 0\r\n", ""},
			"no date and bare ends of lines": {
				"HTTP/1.1 200 OK\nx-b: 1\nContent-Length: 0\n", "HTTP/1.1 200 OK\r\nx-b: 1\r\nContent-Length: 0\r\nDate: ",
			},
			"what is not modified": {"HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\nDate: d\r\ncontent-length: 5\r\nX-A: 1\r\n", ""},
			"what is for the gateway alone": {
				"HTTP/1.1 200 OK\r\nx-b: 1\r\nConnection: x-hop\r\nX-Hop: 2\r\nKeep-Alive: 1\r\nDate: d\r\nContent-Length: 0\r\n",
				"HTTP/1.1 200 OK\r\nx-b: 1\r\nDate: d\r\nContent-Length: 0\r\n",
			},
			"informational answers": {
				"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nX-A: 1\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nx-b: 1\r\nDate: d\r\nContent-Length: 0\r\n",
				"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nX-A: 1\r\nLink: </b>\r\nHTTP/1.1 200 OK\r\nx-b: 1\r\nDate: d\r\nContent-Length: 0\r\n",
			},
		} {
			t.Run(mode+", "+name, func(t *testing.T) {
				end := "\r\n"
				if !strings.Contains(test.sent, "\r\n") {
					end = "\n"
				}
				_, got := w.exchange(t, aHead, test.sent+end)
				if want := test.want; want == "" && got != test.sent || !strings.HasPrefix(got, want) {
					t.Errorf("the client got %q,\nwant %q", got, test.sent+want)
				}
			})
		}
	}
}

func TestASwitchOfProtocolsKeepsItsForm(t *testing.T) { toBoth(t, testASwitchOfProtocolsKeepsItsForm) }

func testASwitchOfProtocolsKeepsItsForm(t *testing.T) {
	const handshake = "upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nHost: shop\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
	const answer = "HTTP/1.1 101 Switching\r\nconnection: Upgrade\r\nX-a: 1\r\nupgrade: websocket\r\nSEC-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	w := newWire(t)
	forwarded, answered := w.exchange(t, "GET /x HTTP/1.1\r\n"+handshake+"\r\n", answer+"\r\n")
	want := "GET /x HTTP/1.1\r\n" + strings.Replace(handshake, "keep-alive, Upgrade", "Upgrade", 1)
	if rest, ok := strings.CutPrefix(forwarded, want); !ok || !onlyAdded(rest) {
		t.Errorf("the upstream got %q,\nwant %q", forwarded, want)
	}
	if answered != answer {
		t.Errorf("the client got %q,\nwant %q", answered, answer)
	}
}

// What a fault changes stands where it was sent, and what it adds is behind.
func TestWhatFaultsChangeStandsWhereItWasSent(t *testing.T) {
	toBoth(t, testWhatFaultsChangeStandsWhereItWasSent)
}

func testWhatFaultsChangeStandsWhereItWasSent(t *testing.T) {
	w := newWire(t, faulty(scenario.Fault{
		Kind: scenario.FaultHeaders, SetHeaders: map[string]string{"X-B": "changed", "A-New": "added"}, RemoveHeaders: []string{"X-A"},
	}))
	_, got := w.exchange(t, aHead, "HTTP/1.1 200 OK\r\nx-b: 1\r\nDATE: d\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n")
	const want = "HTTP/1.1 200 OK\r\nx-b: changed\r\nDATE: d\r\nContent-Length: 0\r\nA-New: added\r\nX-Mockforge-Fault: headers\r\n"
	if got != want {
		t.Errorf("the client got %q,\nwant %q", got, want)
	}
}

// FuzzForm sends fields both ways, and has them come as they were sent.
func FuzzForm(f *testing.F) {
	w := newWire(f, plainly)
	f.Add("x-b: 1\r\nACCEPT: a\r\nX-B: 2\r\n")
	f.Add("A:\r\nb: \xe9\r\nA: 1\r\na: 2\r\n")
	f.Fuzz(func(t *testing.T, block string) {
		lines, err := field.Lines(block, false)
		if err != nil || len(block) > 1000 || strings.Contains(block, "\n ") || strings.Contains(block, "\n\t") {
			return
		}
		for _, line := range lines {
			switch key := textproto.CanonicalMIMEHeaderKey(line.Name); {
			case slices.Contains([]string{
				"Host", "Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length",
				"Expect", "Http2-Settings", "Date", "Traceparent", "Forwarded", "Content-Type", "Accept", "Baggage",
			}, key), strings.HasPrefix(key, "Proxy-Auth"), strings.HasPrefix(key, "X-"), http.TrailerPrefix == key+":":
				return // Others speak of these.
			}
		}
		forwarded, answered := w.exchange(t, "GET / HTTP/1.1\r\nHost: shop\r\n"+block+"\r\n", "HTTP/1.1 200 OK\r\nDate: d\r\n"+block+"Content-Length: 0\r\n\r\n")
		want := append([]field.Line{{Name: "Host", Value: "shop"}}, lines...)
		got := linesOf(t, forwarded)
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("the upstream got (-want +got):\n%s", cmp.Diff(want, got))
		}
		want = append([]field.Line{{Name: "Date", Value: "d"}}, lines...)
		want = append(want, field.Line{Name: "Content-Length", Value: "0"})
		if diff := cmp.Diff(want, linesOf(t, answered)); diff != "" {
			t.Errorf("the client got (-want +got):\n%s", diff)
		}
	})
}

func linesOf(t *testing.T, head string) []field.Line {
	t.Helper()
	_, block, _ := strings.Cut(head, "\r\n")
	lines, err := field.Lines(block, false)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
