package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// An upgrade to h2c is not forwarded: the request is served as HTTP/1.1, meets faults, is recorded and can be replayed.
func TestUpgradesToHTTP2PassNothingBy(t *testing.T) {
	u := startUpstream(t, says(ok))
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	for gateway := range w.gateways {
		for _, upgrade := range []string{"h2c", "H2C", "h2c, websocket-not", "foo/2, h2c", "TLS/1.0"} {
			request := "GET /" + gateway + " HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: " + upgrade + "\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n"
			if answer := w.talk(t, gateway, request); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
				t.Errorf("%s to %s: %.80q", gateway, upgrade, answer)
			}
			if got := u.next(t); got.field("Upgrade")+got.field("HTTP2-Settings")+got.field("Connection") != "" {
				t.Errorf("%s to %s: forwarded as %q", gateway, upgrade, got.fields)
			}
		}
		for _, r := range w.recorded(t, `{"path":"/`+gateway+`"}`, 5) {
			if replay, text := w.replay(t, r.ID.String(), `{}`); replay.Replayed.Failure != "" || replay.Replayed.Status != 200 {
				t.Errorf("%s: %s", gateway, text)
			}
			if got := u.next(t); got.field("Upgrade") != "" {
				t.Errorf("replayed as %q", got.fields)
			}
		}
	}
}

// An upstream that has seen enough answers before it has the whole body, and closes.
func TestAnEarlyAnswerReachesTheClient(t *testing.T) {
	const early = "HTTP/1.1 413 Too much\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!"
	u := startReader(t, func(conn net.Conn, u *rawUpstream) {
		r, err := readHead(bufio.NewReaderSize(conn, 16))
		if err != nil {
			return
		}
		u.got <- r
		_, _ = io.WriteString(conn, early)
		if strings.HasSuffix(r.line, "reset HTTP/1.1") {
			_ = conn.(*net.TCPConn).SetLinger(0) // the client gets the answer from those who read in time
		}
	})
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	for gateway := range w.gateways {
		for _, framing := range []string{"Content-Length: 16777216", "Transfer-Encoding: chunked", "Content-Length: 16777216\r\nExpect: 100-continue"} {
			conn := dial(t, w.gateways[gateway])
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: shop\r\n%s\r\n\r\n", framing)
			written := make(chan struct{})
			go func() {
				defer close(written)
				part := strings.Repeat("x", 1<<16)
				if strings.Contains(framing, "chunked") {
					part = "10000\r\n" + part + "\r\n"
				}
				for range 256 {
					if _, err := io.WriteString(conn, part); err != nil {
						return
					}
				}
			}()
			answer := make([]byte, len("HTTP/1.1 413 Too much\r\n"))
			if n, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 413 Too much\r\n" {
				t.Errorf("%s, %s: got %q %v", gateway, framing, answer[:n], err)
			}
			conn.Close()
			<-written
			u.next(t)
		}
	}
	for _, r := range w.recorded(t, `{}`, 9) {
		if r.ResponseStatus != 413 || r.FailedBy == "upstream" {
			t.Errorf("recorded %d, failed by %q: %s", r.ResponseStatus, r.FailedBy, r.Failure)
		}
	}
}

// An upstream closes after each answer without a word. What may have been acted on is never sent twice, and nothing fails.
func TestConnectionsThatTheUpstreamClosesFailNothing(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	u := startUpstream(t, func(conn net.Conn, r *sent) bool {
		mu.Lock()
		seen[r.body]++
		mu.Unlock()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
		return false
	})
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	for gateway := range w.gateways {
		var clients sync.WaitGroup
		for client := range 4 {
			clients.Go(func() {
				conn := dial(t, w.gateways[gateway])
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for i := range 50 {
					body := fmt.Sprintf("%s-%d-%d", gateway, client, i)
					fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
					answer, err := http.ReadResponse(reader, nil)
					if err != nil {
						t.Errorf("%s: %v", body, err)
						return
					}
					text, _ := io.ReadAll(answer.Body)
					if answer.StatusCode != 200 || string(text) != "hi" {
						t.Errorf("%s: %d %s", body, answer.StatusCode, text)
					}
				}
			})
		}
		clients.Wait()
	}
	for body, times := range seen {
		if times != 1 {
			t.Errorf("%s was sent %d times", body, times)
		}
	}
	if len(seen) != 600 {
		t.Errorf("the upstream got %d", len(seen))
	}
}

// An upstream of h2c is spoken to in HTTP/2 at once, whatever clients speak.
func TestAnUpstreamThatSpeaksOnlyHTTP2(t *testing.T) {
	u := &rawUpstream{got: make(chan *sent, 100)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		u.got <- &sent{line: r.Method + " " + r.RequestURI + " " + r.Proto, fields: []string{"Host: " + r.Host}, body: string(body)}
		_, _ = rw.Write(body)
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(server.Close)
	u.address = server.Listener.Addr().String()
	gateways := targetGateways(u)[:3]
	for i := range gateways {
		gateways[i].upstream = "h2c://" + u.address
	}
	w := startWire(t, postgrestest.DSN(t), "", gateways...)
	for gateway := range w.gateways {
		answer := w.talk(t, gateway, "POST /auth0|a%2Fb/../c?b=2&a=1;c&%zz HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
		if !strings.HasPrefix(answer, "HTTP/1.1 200 ") || !strings.HasSuffix(answer, "hi") {
			t.Fatalf("%s: %q", gateway, answer)
		}
		r := w.one(t, `{"gateways":["`+gateway+`"]}`)
		w.replay(t, r.ID.String(), `{}`)
		for range 2 {
			got := u.next(t)
			if got.line != "POST /auth0|a%2Fb/../c?b=2&a=1;c&%zz HTTP/2.0" || got.field("Host") != "shop.test" || got.body != "hi" {
				t.Errorf("%s: the upstream got %q %q %q", gateway, got.line, got.fields, got.body)
			}
		}
	}
}
