package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

func smugglingTrials() []trial {
	return []trial{
		{
			group: "Smuggling", name: "two ends", done: fmt.Sprintf("%d requests whose end two servers may see in different places, each with `GET /smuggled` behind it", len(smuggled)),
			promised: "each is answered with an error and reaches no upstream whole, or reaches it once; what is behind it never does, unless as a request that the gateway has counted as well",
			run:      smuggling,
		},
		{
			group: "Smuggling", name: "malformed chunks", done: fmt.Sprintf("%d chunked bodies that break the rules of RFC 9112 section 7.1", len(brokenChunks)),
			promised: "400, counted as the client's: no error of the upstream, no 502", run: chunks,
		},
	}
}

const (
	post = "POST /a HTTP/1.1\r\nHost: x\r\n"
	get  = "GET /a HTTP/1.1\r\nHost: x\r\n"
	te   = "Transfer-Encoding: chunked\r\n"
	body = "5\r\nhello\r\n0\r\n\r\n"
)

// smuggled are requests without a clear end, or of which a server may see another beginning.
var smuggled = map[string]string{
	"length, then chunks":            post + "Content-Length: 4\r\n" + te + "\r\n" + body,
	"chunks, then length":            post + te + "Content-Length: 4\r\n\r\n" + body,
	"length of the chunks":           post + fmt.Sprintf("Content-Length: %d\r\n", len(body)) + te + "\r\n" + body,
	"two lengths":                    post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
	"two lengths in a list":          post + "Content-Length: 5, 6\r\n\r\nhello",
	"a signed length":                post + "Content-Length: +5\r\n\r\nhello",
	"a negative length":              post + "Content-Length: -5\r\n\r\nhello",
	"a hexadecimal length":           post + "Content-Length: 0x5\r\n\r\nhello",
	"an empty length":                post + "Content-Length:\r\n\r\nhello",
	"a length beyond 64 bits":        post + "Content-Length: 18446744073709551621\r\n\r\nhello",
	"a length in words":              post + "Content-Length: 5 5\r\n\r\nhello",
	"chunks twice":                   post + te + te + "\r\n" + body,
	"chunks and identity":            post + "Transfer-Encoding: chunked, identity\r\n\r\n" + body,
	"identity":                       post + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
	"gzip and chunks":                post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + body,
	"another coding":                 post + "Transfer-Encoding: xchunked\r\n\r\n" + body,
	"a coding in quotes":             post + "Transfer-Encoding: \"chunked\"\r\n\r\n" + body,
	"a coding behind a vertical tab": post + "Transfer-Encoding: \x0bchunked\r\n\r\n" + body,
	"a space before the colon":       post + "Transfer-Encoding : chunked\r\n\r\n" + body,
	"a space before a name":          post + " Transfer-Encoding: chunked\r\n\r\n" + body,
	"a folded coding":                post + "Transfer-Encoding:\r\n chunked\r\n\r\n" + body,
	"a folded header":                get + "X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n",
	"a bare carriage return":         get + "X-A: b\rTransfer-Encoding: chunked\r\n\r\n",
	"bare line feeds":                "POST /a HTTP/1.1\nHost: x\nContent-Length: 5\n\nhello",
	"a bare line feed in headers":    post + "X-A: b\nTransfer-Encoding: chunked\r\n\r\n" + body,
	"NUL in a value":                 get + "X-A: b\x00c\r\n\r\n",
	"NUL in a name":                  get + "X-\x00A: b\r\n\r\n",
	"NUL in the target":              "GET /a\x00b HTTP/1.1\r\nHost: x\r\n\r\n",
	"a line without a colon":         get + "GET /b HTTP/1.1\r\n\r\n",
	"an empty name":                  get + ": b\r\n\r\n",
	"chunks in HTTP/1.0":             "POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n" + te + "\r\n" + body,
	"no host":                        "GET /a HTTP/1.1\r\n\r\n",
	"two hosts":                      get + "Host: y\r\n\r\n",
	"another host in the target":     "GET http://other.example/a HTTP/1.1\r\nHost: x\r\n\r\n",
	"a space in the target":          "GET /a /b HTTP/1.1\r\nHost: x\r\n\r\n",
	"a tab in the request line":      "GET\t/a HTTP/1.1\r\nHost: x\r\n\r\n",
	"no version":                     "GET /a\r\nHost: x\r\n\r\n",
	"an upgrade to HTTP/2":           get + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
	"a body of a GET":                get + "Content-Length: 5\r\n\r\nhello",
	"chunks of a GET":                get + te + "\r\n" + body,
	"a length in a trailer":          post + te + "Trailer: Content-Length\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n",
	"a coding in a trailer":          post + te + "\r\n5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
	"length named by Connection":     post + "Connection: Content-Length\r\nContent-Length: 5\r\n\r\nhello",
	"coding named by Connection":     post + "Connection: Transfer-Encoding\r\n" + te + "\r\n" + body,
	"an extension of a chunk":        post + te + "\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
	"a wait for 100":                 post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
}

// brokenChunks are bodies of which no server can tell the end.
var brokenChunks = map[string]string{
	"longer than it says":                "2\r\nhello\r\n0\r\n\r\n",
	"shorter than it says":               "9\r\nhello\r\n0\r\n\r\n",
	"a signed size":                      "+5\r\nhello\r\n0\r\n\r\n",
	"a negative size":                    "-5\r\nhello\r\n0\r\n\r\n",
	"a size with a prefix":               "0x5\r\nhello\r\n0\r\n\r\n",
	"a size with a line":                 "5_0\r\nhello\r\n0\r\n\r\n",
	"no size":                            "\r\nhello\r\n0\r\n\r\n",
	"a size beyond 64 bits":              "10000000000000005\r\nhello\r\n0\r\n\r\n",
	"a size that is none":                "xyz\r\nhello\r\n0\r\n\r\n",
	"a bare line feed behind the size":   "5;a=b\nhello\r\n0\r\n\r\n",
	"a bare carriage return in the size": "5\rhello\r\n0\r\n\r\n",
	"no line end behind the content":     "5\r\nhelloxx0\r\n\r\n",
	"an endless extension":               "5;" + strings.Repeat("a", 100_000) + "\r\nhello\r\n0\r\n\r\n",
	"NUL in an extension":                "5;a=\x00\r\nhello\x00\r\n0\r\n\r\n",
}

// exchangeRaw writes bytes on a connection of its own, and returns the status codes of what is answered within a while.
func exchangeRaw(ctx context.Context, address, request string) []int {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(conn, request) }()
	reader := bufio.NewReader(conn)
	var codes []int
	for len(codes) < 5 {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			break
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode >= 200 {
			codes = append(codes, response.StatusCode)
		}
		// The next one, if any, is on its way: what was pipelined is answered without a pause.
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	}
	return codes
}

func smuggling(ctx context.Context, s *stage) {
	u := s.upstream(ctx)
	c := s.collector(ctx, options{upstream: u.address})
	refused, forwarded := 0, 0
	for _, name := range slices.Sorted(maps.Keys(smuggled)) {
		request := smuggled[name]
		before, counted := u.whole.Load(), s.counted(ctx, c)
		seen := len(u.seen())
		codes := exchangeRaw(ctx, c.gateway, request+"GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		var ok, bad int64
		for _, code := range codes {
			if code == http.StatusOK {
				ok++
			} else {
				bad++
			}
		}
		// What is counted is counted when the exchange is over, a moment behind its answer.
		_ = probe.Until(ctx, 2*time.Second, func() bool { return s.counted(ctx, c)-counted >= ok })
		whole := u.whole.Load() - before
		counted = s.counted(ctx, c) - counted
		targets := u.seen()[seen:]
		behind := int64(0)
		for _, target := range targets {
			if strings.Contains(target, "smuggled") {
				behind++
			}
		}
		switch {
		case whole != counted || whole != ok:
			s.promise(false, "%s: the upstream saw %d requests (%q), the gateway counted %d, the client got %v", name, whole, targets, counted, codes)
		case len(codes) == 0:
			s.promise(false, "%s: no answer", name)
		case whole-behind > 1:
			s.promise(false, "%s: the upstream saw %q", name, targets)
		case whole == 0 && bad > 0:
			refused++
		default:
			forwarded++
		}
	}
	s.saw("%d refused, %d forwarded once, what was behind them only as a request of its own", refused, forwarded)
	s.alive(ctx, c)
}

// counted returns how many requests the gateway says that were answered with 200.
func (s *stage) counted(ctx context.Context, c *collector) int64 {
	n, err := probe.Metric(ctx, c.metrics, "mockforge_http_requests_total", `status="200"`)
	s.must(err)
	return int64(n)
}

func chunks(ctx context.Context, s *stage) {
	u := s.upstream(ctx)
	c := s.collector(ctx, options{upstream: u.address})
	refused := 0
	for _, name := range slices.Sorted(maps.Keys(brokenChunks)) {
		before := u.whole.Load()
		codes := exchangeRaw(ctx, c.gateway, post+te+"\r\n"+brokenChunks[name]+strings.Repeat("x", 8192))
		if len(codes) > 0 && codes[0] == http.StatusBadRequest {
			refused++
		} else {
			s.promise(false, "%s got %v", name, codes)
		}
		if whole := u.whole.Load() - before; whole > 0 {
			s.promise(false, "%s: the upstream got it as a whole request", name)
		}
	}
	s.promise(refused == len(brokenChunks), "%d of %d answered with 400", refused, len(brokenChunks))
	upstreams, err := probe.Metric(ctx, c.metrics, "mockforge_errors_total", `kind="upstream"`, `origin="organic"`)
	s.must(err)
	gateways, err := probe.Metric(ctx, c.metrics, "mockforge_http_requests_total", `status="502"`)
	s.must(err)
	// What is counted is counted when the exchange is over, a moment behind its answer.
	clients := 0.0
	_ = probe.Until(ctx, progressLimit/10, func() bool {
		clients, err = probe.Metric(ctx, c.metrics, "mockforge_http_requests_total", `status="400"`)
		return err == nil && int(clients) >= len(brokenChunks)
	})
	s.promise(int(clients) == len(brokenChunks), "%.0f counted as 400", clients)
	s.promise(upstreams == 0 && gateways == 0, "%.0f counted as errors of the upstream, %.0f as 502", upstreams, gateways)
	s.alive(ctx, c)
}
