package main

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

const span = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"x"}]}]}]}`

// throughPipelines starts a Collector that exports to an upstream what it receives, with the extension on both sides.
func throughPipelines(t *testing.T, u *rawUpstream, path string) (w *wire, receiver string) {
	t.Helper()
	w = startPipes(t, postgrestest.DSN(t), "", func(listen func() string) string {
		receiver = listen()
		return fmt.Sprintf("receivers: { otlp: { protocols: { http: { endpoint: %q, middlewares: [ { id: mockforge } ] } } } }\n"+
			"exporters: { otlp_http: { traces_endpoint: %q, middlewares: [ { id: mockforge } ], compression: none, retry_on_failure: { enabled: false }, sending_queue: { enabled: false }, timeout: 1s } }\n",
			receiver, "http://"+u.address+path)
	})
	return w, receiver
}

// What a receiver is asked, and what an exporter asks, is recorded as it was sent, too.
func TestPipelinesRecordWhatWasSent(t *testing.T) {
	const path = "/v1%2Ftraces/x/../y?b=2&a=1&flag&x=%20+&p=%zz"
	u := startUpstream(t, says("HTTP/1.1 200 All right\r\nX-b: 1\r\nx-A: 2\r\nContent-Length: 2\r\n\r\n{}"))
	w, receiver := throughPipelines(t, u, path)
	targets := []string{"/v1/traces", "/v1/traces?b=2&a=1", "/v1/traces?flag", "/v1/traces?x=%20+%FF;y&pct=100%&=&&", "/v1/traces?", "/v1/traces?\xe9"}
	fields := []string{"hOST: shop.test", "x-Z: 1", "Content-TYPE: application/json", "X-Name: Jos\xe9", "x-z: 2", fmt.Sprintf("Content-Length: %d", len(span)), "connection: close"}
	for _, target := range targets {
		if answer := talk(t, receiver, "POST "+target+" HTTP/1.1\r\n"+strings.Join(fields, "\r\n")+"\r\n\r\n"+span); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
			t.Fatalf("%q: %q", target, answer)
		}
		if got := u.next(t).line; got != "POST "+path+" HTTP/1.1" {
			t.Errorf("the exporter asks %q", got)
		}
	}
	var got []string
	for _, r := range w.recorded(t, `{"gateways":["receivers"]}`, len(targets)) {
		got = append(got, string(r.Target))
		if r.Headers["X-Name"] == nil || r.Body.Size != int64(len(span)) || r.Host != "shop.test" || r.Path != "/v1/traces" {
			t.Errorf("recorded %+v", r)
		}
		// net/http gives receivers no order and no case, but bytes.
		if lines := asLines(r.HeaderLines()); !slices.Contains(lines, "X-Name: Jos\xe9") {
			t.Errorf("recorded %q", lines)
		}
	}
	same(t, targets, got)
	for _, r := range w.recorded(t, `{"gateways":["exporters"]}`, len(targets)) {
		if r.Target != path || r.Path != "/v1%2Ftraces/x/../y" || r.ResponseStatus != 200 {
			t.Errorf("recorded %q of %q, %d", r.Target, r.Path, r.ResponseStatus)
		}
	}
}

// otherwise are those of failing that net/http, by which exporters send, takes otherwise: it waits for the end of a line before it looks
// at it, takes ten megabytes of headers, and leaves an upgrade to who has asked.
var otherwise = []string{"a greeting", "half a status", "a huge head", "101 without asking"}

// Failures have the same causes in pipelines as in gateways.
func TestFailuresOfExportersHaveTheirCauses(t *testing.T) {
	var now atomic.Pointer[string]
	u := startReader(t, func(conn net.Conn, _ *rawUpstream) {
		if _, err := readRequest(bufio.NewReader(conn)); err == nil {
			failing[*now.Load()].do(conn.(*net.TCPConn))
		}
	})
	w, receiver := throughPipelines(t, u, "/v1/traces")
	var names []string
	for name := range failing {
		if slices.Contains(otherwise, name) {
			continue
		}
		names = append(names, name)
		now.Store(&name)
		talk(t, receiver, fmt.Sprintf("POST /v1/traces HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(span), span))
	}
	for i, r := range w.recorded(t, `{"gateways":["exporters"]}`, len(names)) {
		want := failing[names[i]]
		if r.FailedBy != want.by || r.FailureKind != want.kind || r.Failure == "" {
			t.Errorf("%s: failed by %q, %q: %q, want %q %q", names[i], r.FailedBy, r.FailureKind, r.Failure, want.by, want.kind)
		}
	}
}
