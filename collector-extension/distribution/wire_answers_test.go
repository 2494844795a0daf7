package main

import (
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// date is what the gateway adds where an upstream has sent none (RFC 9110 section 6.6.1), and connection what is between neighbours.
var date, connection = regexp.MustCompile(`Date: [^\r]*\r\n`), regexp.MustCompile(`Connection: [^\r]*\r\n`)

// wireAnswers are what upstreams send, and what clients get: the same, where that is empty.
var wireAnswers = map[string]struct {
	method, sent, want string
}{
	"nothing but a status":           {sent: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	"no content type":                {sent: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"},
	"no length":                      {sent: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html>", want: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<html>\r\n0\r\n\r\n"},
	"reason":                         {sent: "HTTP/1.1 200 Jos\xe9 says (yes): \"ok\"!\r\nContent-Length: 0\r\n\r\n"},
	"no reason":                      {sent: "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"},
	"unknown status":                 {sent: "HTTP/1.1 299 Odd\r\nContent-Length: 1\r\n\r\nx"},
	"status beyond":                  {sent: "HTTP/1.1 799 Very odd\r\nContent-Length: 1\r\n\r\nx"},
	"304 with all that it had":       {sent: "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 1234\r\nContent-Type: text/css\r\nLast-Modified: y\r\n\r\n"},
	"304 without":                    {sent: "HTTP/1.1 304 Not Modified\r\n\r\n"},
	"204":                            {sent: "HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n"},
	"205":                            {sent: "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"},
	"206":                            {sent: "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n{}"},
	"HEAD":                           {method: "HEAD", sent: "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nx-Y: z\r\n\r\n"},
	"HEAD without a length":          {method: "HEAD", sent: "HTTP/1.1 200 OK\r\nx-Y: z\r\n\r\n"},
	"HEAD of chunks":                 {method: "HEAD", sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", want: "HTTP/1.1 200 OK\r\n\r\n"},
	"names":                          {sent: "HTTP/1.1 200 OK\r\nx-lower: 1\r\nX-UPPER: 2\r\nETAG: \"x\"\r\nx-lower: 3\r\nContent-LENGTH: 0\r\nwww-AUTHENTICATE: Basic\r\n\r\n"},
	"a server and a date of its own": {sent: "HTTP/1.1 200 OK\r\nserver: x\r\ndate: never\r\nContent-Length: 0\r\n\r\n"},
	"compressed":                     {sent: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x00"},
	"a redirect":                     {sent: "HTTP/1.1 302 Found\r\nLocation: /a|b/../c?\xe9\r\nContent-Length: 0\r\n\r\n"},
	"chunks":                         {sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"},
	"chunks and trailers":            {sent: "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"},
	"an early hint":                  {sent: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nlink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	"processing":                     {sent: "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	"HTTP/1.0":                       {sent: "HTTP/1.0 200 Fine\r\nContent-Length: 2\r\n\r\nhi", want: "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nhi"},
	"several equal lengths":          {sent: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", want: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"},
}

func TestAnswersStayAsTheUpstreamSentThem(t *testing.T) {
	u := startUpstream(t, func(conn net.Conn, r *sent) bool {
		_, err := io.WriteString(conn, wireAnswers[r.field("X-Case")].sent)
		return err == nil && !strings.Contains(wireAnswers[r.field("X-Case")].sent, "Connection: close")
	})
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	for gateway := range w.gateways {
		for name, test := range wireAnswers {
			t.Run(gateway+"/"+name, func(t *testing.T) {
				method := "GET"
				if test.method != "" {
					method = test.method
				}
				got := w.talk(t, gateway, method+" / HTTP/1.1\r\nHost: shop\r\nX-Case: "+name+"\r\nConnection: close\r\n\r\n")
				got = connection.ReplaceAllString(date.ReplaceAllString(got, ""), "")
				got = strings.Replace(strings.Replace(got, "X-Stamp: here\r\n", "", 1), "Vary: Origin\r\n", "", 1)
				want := test.want
				if want == "" {
					want = test.sent
				}
				if got != want {
					t.Errorf("\n got %q\nwant %q", got, want)
				}
			})
		}
	}
}

// 205 has no content, ever: neither by a fault nor by an upstream; parts of something are not patched.
func TestFaultsKeepToWhatAStatusMeans(t *testing.T) {
	u := startUpstream(t, func(conn net.Conn, r *sent) bool {
		answer := "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-6/9\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
		if r.field("X-Case") == "205" {
			answer = "HTTP/1.1 205 Reset Content\r\nContent-Length: 3\r\n\r\nabc"
		}
		_, err := io.WriteString(conn, answer)
		return err == nil
	})
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:2]...)
	w.rules(t, `[
		{"name":"reset","target":{"path":"/reset"},"mode":"error","status_codes":[205]},
		{"name":"reset with","target":{"path":"/with"},"mode":"error","faults":[{"kind":"error","status_codes":[205],"body":"x"}]},
		{"name":"empty","target":{"path":"/empty"},"mode":"error","status_codes":[304]},
		{"name":"patch","target":{"path":"/patch"},"mode":"error","faults":[{"kind":"patch","patch":[{"op":"replace","path":"/a","value":2}]}]}]`)
	for gateway := range w.gateways {
		for path, want := range map[string]string{"/reset": "HTTP/1.1 205 ", "/with": "HTTP/1.1 205 ", "/empty": "HTTP/1.1 304 "} {
			head, body, _ := strings.Cut(w.talk(t, gateway, "GET "+path+" HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"), "\r\n\r\n")
			if !strings.HasPrefix(head, want) || body != "" {
				t.Errorf("%s by a fault: %q %q", path, head, body)
			}
		}
		if got := w.talk(t, gateway, "GET /patch HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 206 ") || !strings.HasSuffix(got, "\r\n\r\n{\"a\":1}") {
			t.Errorf("206 under patch: %q", got)
		}
		head, body, _ := strings.Cut(w.talk(t, gateway, "GET /up HTTP/1.1\r\nHost: shop\r\nX-Case: 205\r\nConnection: close\r\n\r\n"), "\r\n\r\n")
		if strings.HasPrefix(head, "HTTP/1.1 205 ") && body != "" {
			t.Errorf("205 of an upstream: %q %q", head, body)
		}
	}
	for _, r := range w.recorded(t, `{"path":"/patch"}`, 2) {
		if r.Injected() {
			t.Errorf("206 is recorded as harmed: %+v", r.Faults)
		}
	}
}
