package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// failing are what upstreams can do instead of an answer.
var failing = map[string]struct {
	do func(conn *net.TCPConn)
	// status is what the client gets, "" where that is less than an answer.
	status string
	by     recording.FailedBy
	kind   recording.FailureKind
}{
	"closes":    {func(*net.TCPConn) {}, "502", recording.ByUpstream, recording.FailureClosed},
	"resets":    {func(c *net.TCPConn) { _ = c.SetLinger(0) }, "502", recording.ByUpstream, recording.FailureReset},
	"no HTTP":   {func(c *net.TCPConn) { _, _ = io.WriteString(c, "220 mail.test ESMTP\r\n") }, "502", recording.ByUpstream, recording.FailureMalformed},
	"no header": {func(c *net.TCPConn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nno header\r\n\r\n") }, "502", recording.ByUpstream, recording.FailureMalformed},
	"two lengths": {func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")
	}, "502", recording.ByUpstream, recording.FailureMalformed},
	"half a status": {func(c *net.TCPConn) { _, _ = io.WriteString(c, "HTT") }, "502", recording.ByUpstream, recording.FailureClosed},
	"a greeting":    {func(c *net.TCPConn) { _, _ = io.WriteString(c, "SSH-2.0-x"); _, _ = io.Copy(io.Discard, c) }, "502", recording.ByUpstream, recording.FailureMalformed},
	"half a head":   {func(c *net.TCPConn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Half: ") }, "502", recording.ByUpstream, recording.FailureClosed},
	"a huge head": {func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 4<<20)+"\r\n\r\n")
	}, "502", recording.ByLimit, recording.FailureTooLarge},
	"half a body": {func(c *net.TCPConn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") }, "200", recording.ByUpstream, recording.FailureClosed},
	"half the chunks": {func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
	}, "200", recording.ByUpstream, recording.FailureClosed},
	"no chunks": {func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
	}, "200", recording.ByUpstream, recording.FailureMalformed},
	"101 without asking": {func(c *net.TCPConn) {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
	}, "502", recording.ByUpstream, recording.FailureMalformed},
}

func TestFailuresHaveTheirCauses(t *testing.T) {
	u := startReader(t, func(conn net.Conn, _ *rawUpstream) {
		head := make([]byte, 0, 4096)
		for !strings.HasSuffix(string(head), "\r\n\r\n") {
			part := make([]byte, 1)
			if _, err := conn.Read(part); err != nil {
				return
			}
			head = append(head, part...)
		}
		_, name, _ := strings.Cut(string(head), "X-Case: ")
		name, _, _ = strings.Cut(name, "\r\n")
		failing[name].do(conn.(*net.TCPConn))
	})
	never := startReader(t, func(conn net.Conn, _ *rawUpstream) { _, _ = io.Copy(io.Discard, conn) })
	unknown := httptest.NewUnstartedServer(nil)
	unknown.StartTLS()
	t.Cleanup(unknown.Close)
	old := httptest.NewUnstartedServer(nil)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS10}
	old.StartTLS()
	t.Cleanup(old.Close)
	plain := httptest.NewServer(nil)
	t.Cleanup(plain.Close)
	w := startWire(t, postgrestest.DSN(t), "", append(targetGateways(u)[:3],
		gatewayOf{name: "refused", upstream: "http://127.0.0.1:1"},
		gatewayOf{name: "nowhere", upstream: "http://nowhere.invalid"},
		gatewayOf{name: "untrusted", upstream: unknown.URL},
		gatewayOf{name: "old-tls", upstream: old.URL},
		gatewayOf{name: "no-tls", upstream: "https://" + plain.Listener.Addr().String()},
		gatewayOf{name: "late", upstream: "http://" + never.address, client: ", timeout: 50ms"},
		gatewayOf{name: "large", upstream: "http://" + never.address, server: ", max_request_body_size: 10"},
	)...)
	type cause struct {
		by   recording.FailedBy
		kind recording.FailureKind
	}
	causes := map[string]cause{} // by path
	one := func(gateway, name, status string, by recording.FailedBy, kind recording.FailureKind) {
		t.Helper()
		body := "X-Case: " + name + "\r\n\r\n"
		if kind == recording.FailureTooLarge && gateway == "large" {
			body = "Content-Length: 11\r\n\r\n12345678901"
		}
		path := "/" + gateway + "/" + strings.ReplaceAll(name, " ", "-")
		answer := w.talk(t, gateway, "POST "+path+" HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"+body)
		if !strings.HasPrefix(answer, "HTTP/1.1 "+status+" ") {
			t.Errorf("%s: got %.80q, want %s", path, answer, status)
		}
		causes[path] = cause{by, kind}
	}
	for _, gateway := range []string{"straight", "handlers", "plugins"} {
		for name, test := range failing {
			one(gateway, name, test.status, test.by, test.kind)
		}
	}
	one("refused", "", "502", recording.ByUpstream, recording.FailureRefused)
	one("nowhere", "", "502", recording.ByUpstream, recording.FailureDNS)
	one("untrusted", "", "502", recording.ByUpstream, recording.FailureTLS)
	one("old-tls", "", "502", recording.ByUpstream, recording.FailureTLS)
	one("no-tls", "", "502", recording.ByUpstream, recording.FailureTLS)
	one("late", "", "504", recording.ByUpstream, recording.FailureTimeout)
	before := w.organic(t)
	one("large", "", "413", recording.ByLimit, recording.FailureTooLarge)
	if now := w.organic(t); now != before {
		t.Errorf("what a limit has refused are %v organic errors", now-before)
	}
	if before == 0 {
		t.Error("no organic errors are counted at all")
	}
	texts := map[string]cause{}
	for _, r := range w.recorded(t, `{}`, len(causes)) {
		want := causes[r.Path]
		if got := (cause{r.FailedBy, r.FailureKind}); got != want || r.Failure == "" || r.Injected() {
			t.Errorf("%s: %+v, want %+v: %q (%v)", r.Path, got, want, r.Failure, r.Faults)
		}
		if other, known := texts[r.Failure]; known && other != want {
			t.Errorf("%q stands for %+v and %+v", r.Failure, other, want)
		}
		texts[r.Failure] = want
	}
}

// organic is how many errors of upstreams are counted.
func (w *wire) organic(t *testing.T) (n float64) {
	t.Helper()
	return w.metric(t, `mockforge_errors_total\{[^}]*origin="organic"[^}]*\}`)
}

// A client that leaves while a fault holds its request is noticed at once, whatever it has still to send, and the upstream hears nothing.
func TestClientsThatLeaveDuringAWait(t *testing.T) {
	u := startUpstream(t, says(ok))
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	w.rules(t, `[{"name":"slow","target":{},"mode":"error","faults":[{"kind":"latency","delay_ms":30000}]}]`)
	big := strings.Repeat("x", 1<<20)
	requests := map[string]string{
		"none":        "GET /%s HTTP/1.1\r\nHost: shop\r\n\r\n",
		"small":       "POST /%s HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\nhi",
		"big":         "POST /%s HTTP/1.1\r\nHost: shop\r\nContent-Length: 1048576\r\n\r\n" + big,
		"part of big": "POST /%s HTTP/1.1\r\nHost: shop\r\nContent-Length: 10485760\r\n\r\n" + big,
		"chunks":      "POST /%s HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" + big + "\r\n",
		"expect":      "POST /%s HTTP/1.1\r\nHost: shop\r\nContent-Length: 1048576\r\nExpect: 100-continue\r\n\r\n",
		"pipelined":   "GET /%s HTTP/1.1\r\nHost: shop\r\n\r\nGET /second HTTP/1.1\r\nHost: shop\r\n\r\n",
	}
	for gateway := range w.gateways {
		for name, request := range requests {
			for _, how := range []string{"closes", "resets"} {
				path := strings.ReplaceAll(gateway+"/"+name+"/"+how, " ", "-")
				conn := dial(t, w.gateways[gateway])
				written := make(chan struct{})
				go func() { defer close(written); _, _ = fmt.Fprintf(conn, request, path) }()
				// It is held, once it is counted as under way.
				eventually(t, path+" is under way", func() bool { return w.metric(t, "mockforge_active_connections") >= 1 })
				_ = conn.SetWriteDeadline(time.Now())
				<-written
				if how == "resets" {
					_ = conn.SetLinger(0)
				}
				conn.Close()
				// It is over as soon as that is noticed.
				eventually(t, path+" is over", func() bool { return w.metric(t, "mockforge_active_connections") == 0 })
			}
		}
	}
	// Of one that resets its connection at once there may have been no request.
	for _, r := range w.recorded(t, `{"path":"/**/closes"}`, len(requests)*len(w.gateways)) {
		if r.FailedBy != recording.ByClient || r.ResponseStatus != 0 || r.ResponseTimeMS > 20_000 {
			t.Errorf("%s: %d after %v ms, failed by %q: %s", r.Path, r.ResponseStatus, r.ResponseTimeMS, r.FailedBy, r.Failure)
		}
	}
	u.none(t)
}
