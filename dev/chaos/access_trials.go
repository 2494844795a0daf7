package main

import (
	"context"
	"fmt"
	"net/http"
)

func accessTrials() []trial {
	return []trial{
		{
			group: "Access", name: "DNS rebinding", done: "`Host: evil.example`, with a matching Origin and without, to the control API, `/ws/metrics` and `/metrics`",
			promised: "421 for each, and nothing changes; `localhost` and loopback addresses are answered", run: rebinding,
		},
		{
			group: "Access", name: "cross-site", done: "changes with `Sec-Fetch-Site: cross-site`, and with the Origin of another site",
			promised: "403, and nothing changes", run: crossSite,
		},
		{
			group: "Access", name: "CONNECT", done: "CONNECT to another host and to the upstream, through the gateway and to the control API",
			promised: "refused, and the upstream sees nothing", run: connect,
		},
	}
}

func rebinding(ctx context.Context, s *stage) {
	c := s.collector(ctx, options{})
	const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	set := "Content-Type: application/json\r\nContent-Length: 16\r\n\r\n" + `{"mode":"error"}`
	refused, asked := 0, 0
	for _, p := range []struct{ address, line, rest string }{
		{c.control, "GET /scenarios/mode", "\r\n"},
		{c.control, "GET /scenarios/history", "\r\n"},
		{c.control, "GET /openapi.yaml", "\r\n"},
		{c.control, "POST /scenarios/stop", "Content-Length: 0\r\n\r\n"},
		{c.control, "PUT /scenarios/mode", set},
		{c.control, "GET /ws/metrics", upgrade + "\r\n"},
		{c.control, "GET /nothing", "\r\n"},
		{c.metrics, "GET /metrics", "\r\n"},
	} {
		for _, host := range []string{"evil.example", "evil.example:4600", "127.0.0.1.evil.example", "localhost.evil.example", "169.254.169.254"} {
			for _, origin := range []string{"", "Origin: http://" + host + "\r\n"} {
				asked++
				codes := exchangeRaw(ctx, p.address, p.line+" HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n"+origin+p.rest)
				if len(codes) > 0 && codes[0] == http.StatusMisdirectedRequest {
					refused++
				} else if asked <= 200 && len(s.broken) < 5 {
					s.promise(false, "%s with Host: %s got %v", p.line, host, codes)
				}
			}
		}
	}
	s.promise(refused == asked, "%d of %d answered with 421", refused, asked)
	for _, host := range []string{"localhost", "localhost:4600", "127.0.0.1", "127.0.0.1:4600", "[::1]:4600", c.control} {
		codes := exchangeRaw(ctx, c.control, "GET /scenarios/mode HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
		if len(codes) == 0 || codes[0] != http.StatusOK {
			s.promise(false, "Host: %s got %v", host, codes)
		}
	}
	answered := status(ctx, c)
	s.promise(answered == http.StatusOK, "nothing was changed: a request gets %d", answered)
}

func crossSite(ctx context.Context, s *stage) {
	c := s.collector(ctx, options{})
	for _, mark := range []string{"Sec-Fetch-Site: cross-site\r\n", "Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: same-site\r\n"} {
		for _, line := range []string{"PUT /scenarios/mode", "POST /scenarios/stop", "POST /scenarios/presets/chaos", "POST /recordings/query"} {
			codes := exchangeRaw(ctx, c.control, line+" HTTP/1.1\r\nHost: "+c.control+"\r\nConnection: close\r\n"+mark+
				"Content-Type: text/plain\r\nContent-Length: 16\r\n\r\n"+`{"mode":"error"}`)
			if len(codes) == 0 || codes[0] != http.StatusForbidden {
				s.promise(false, "%s with %q got %v", line, mark, codes)
			}
		}
	}
	answered := status(ctx, c)
	s.promise(answered == http.StatusOK, "nothing was changed: a request gets %d", answered)
}

func connect(ctx context.Context, s *stage) {
	u := s.upstream(ctx)
	c := s.collector(ctx, options{upstream: u.address})
	before := u.begun.Load()
	for _, target := range []string{"evil.example:443", u.address, "127.0.0.1:22", "/path"} {
		for _, address := range []string{c.gateway, c.control} {
			codes := exchangeRaw(ctx, address, fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", target, target))
			if len(codes) == 0 || codes[0] < 400 {
				s.promise(false, "CONNECT %s got %v", target, codes)
			}
		}
	}
	reached := u.begun.Load() - before
	s.promise(reached == 0, "the upstream saw %d requests", reached)
	s.alive(ctx, c)
}
