// Package failuretest has upstreams that fail in each of the ways that exchanges tell apart, for the tests of gateways and pipelines.
package failuretest

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Upstream fails in one way.
type Upstream struct {
	Name string
	// URL is its endpoint.
	URL string
	// By, Kind and Text are what recordings say of it; for DNS Text is how the text begins.
	By   recording.FailedBy
	Kind recording.FailureKind
	Text string
	// Status is what a gateway answers; 200 where the answer has begun.
	Status int
}

var quiet = log.New(io.Discard, "", 0)

// Timeout is how long an upstream that never answers may take in these tests.
const Timeout = 200 * time.Millisecond

// Patience returns how long an upstream may take that fails in that way: others have all the time that they need.
func Patience(kind recording.FailureKind) time.Duration {
	if kind == recording.FailureTimeout {
		return Timeout
	}
	return time.Minute
}

// Upstreams returns all of them; they are over with the test.
func Upstreams(t testing.TB) []Upstream {
	t.Helper()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	t.Cleanup(secure.Close)
	by, limit := recording.ByUpstream, recording.ByLimit
	begun := "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"
	return []Upstream{
		{"refuses connections", "http://" + Refusing(t), by, recording.FailureRefused, "upstream refused the connection", 502},
		{"has no address", "http://no-such-host.invalid", by, recording.FailureDNS, "upstream's host name", 502},
		{"has a certificate that nobody knows", secure.URL, by, recording.FailureTLS, "upstream's certificate is of an authority that is not trusted", 502},
		{"speaks no TLS", strings.Replace(Raw(t, Says("HTTP/1.1 400 Bad Request\r\n\r\n", Closes)), "http:", "https:", 1), by, recording.FailureTLS, "upstream does not speak TLS", 502},
		{"never answers", Raw(t, Says("", Waits)), by, recording.FailureTimeout, "upstream timed out", 504},
		{"stops within its head", Raw(t, Says("HTTP/1.1 200 OK\r\n", Waits)), by, recording.FailureTimeout, "upstream timed out", 504},
		{"resets before its answer", Raw(t, Says("", Resets)), by, recording.FailureReset, "upstream reset the connection before its answer", 502},
		{"closes before its answer", Raw(t, Says("", Closes)), by, recording.FailureClosed, "upstream closed the connection before its answer", 502},
		{"closes within its head", Raw(t, Says("HTTP/1.1 200 OK\r\n", Closes)), by, recording.FailureClosed, "upstream closed the connection before its answer", 502},
		{"speaks no HTTP", Raw(t, Says("SSH-2.0-OpenSSH_9.9 its secret greeting\r\n\r\n", Closes)), by, recording.FailureMalformed, "upstream's answer is malformed", 502},
		{"has two lengths", Raw(t, Says("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nparts", Closes)), by, recording.FailureMalformed, "upstream's answer is malformed", 502},
		{"has too many headers", Raw(t, Says("HTTP/1.1 200 OK\r\n"+strings.Repeat("X-Long: "+strings.Repeat("a", 1000)+"\r\n", 1100)+"\r\n", Closes)), limit, recording.FailureTooLarge, "upstream's headers larger than the gateway's limit", 502},
		{"closes within its body", Raw(t, Says(begun, Closes)), by, recording.FailureClosed, "upstream broke off", 200},
		{"closes between chunks", Raw(t, Says(chunked, Closes)), by, recording.FailureClosed, "upstream broke off", 200},
		{"resets within its body", Raw(t, Says(begun, ResetsLater)), by, recording.FailureReset, "upstream reset the connection within its answer", 200},
		{"has a chunk that is none", Raw(t, Says(chunked+"zz\r\npart\r\n", Closes)), by, recording.FailureMalformed, "upstream's answer is malformed", 200},
	}
}

// Refusing returns an address at which nobody listens.
func Refusing(t testing.TB) string {
	t.Helper()
	address, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// End is what an upstream does with a connection at the end; over ends with the test.
type End func(conn net.Conn, over <-chan struct{})

// Closes closes in good order.
func Closes(conn net.Conn, _ <-chan struct{}) { _ = conn.Close() }

// Waits does nothing.
func Waits(_ net.Conn, over <-chan struct{}) { <-over }

// Resets resets at once.
func Resets(conn net.Conn, _ <-chan struct{}) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// ResetsLater resets once what was sent had time to be read: a reset drops what is still on its way.
func ResetsLater(conn net.Conn, over <-chan struct{}) {
	timer := time.NewTimer(Timeout / 2)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-over:
	}
	Resets(conn, over)
}

// Says reads the head of a request, answers with text, and ends.
func Says(text string, end End) End {
	return func(conn net.Conn, over <-chan struct{}) {
		reader := bufio.NewReader(conn)
		for {
			line, err := reader.ReadString('\n')
			if err != nil || strings.TrimSpace(line) == "" {
				break
			}
			if strings.HasPrefix(line, "\x16\x03") {
				break // It is TLS.
			}
		}
		_, _ = conn.Write([]byte(text))
		end(conn, over)
	}
}

// Raw serves each connection by serve, and returns its URL.
func Raw(t testing.TB, serve End) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				go func() {
					<-over
					conn.Close()
				}()
				serve(conn, over)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		close(over)
		open.Wait()
	})
	return "http://" + listener.Addr().String()
}
