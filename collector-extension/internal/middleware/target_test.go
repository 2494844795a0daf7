package middleware_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTargetsAreRecordedAsTheyWereSent(t *testing.T) {
	e, extensions := newExtension()
	entry := receiver(t, extensions, echo)
	e.inForce(t, healthy())
	for _, target := range []string{"/v1/a%2Fb|c?b=2&a=1&flag", "/?x=%FF;y=100%", "//a/../b?%20+", "/caf\xe9?q=\xe9"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(entry, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", target)
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
		if r := e.next(t); string(r.Target) != target || r.Path != r.Target.EscapedPath() {
			t.Errorf("of a receiver %q is recorded as %q, with the path %q", target, r.Target, r.Path)
		}
	}
	var sent string
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.RequestURI }))
	defer backend.Close()
	client := exporter(t, extensions)
	for _, target := range []string{"/v1/a%2Fb?b=2&a=1&flag", "/?x=%FF;y=100%", "/a/../b?%20+", "//a"} {
		post(t, client, backend.URL+target, "")
		if r := e.next(t); string(r.Target) != sent || sent != target || r.Path != r.Target.EscapedPath() {
			t.Errorf("of an exporter %q is recorded as %q, and was sent as %q", target, r.Target, sent)
		}
	}
}
