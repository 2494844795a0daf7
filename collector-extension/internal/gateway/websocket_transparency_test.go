package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	gorilla "github.com/gorilla/websocket"
)

// Each client meets the same directly and through the gateway, healthy and with a fault that hits nothing, for which messages are looked into.
func TestAWebSocketIsTheSameThroughTheGateway(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 10<<20)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for _, c := range socketClients {
		messages := append(conversation(), noise[:c.large()], bytes.Repeat([]byte("0123456789abcdef"), c.large()/16), nil, []byte("last"))
		direct := echoLarge(t, c.server)
		for name, url := range map[string]string{"directly": direct, "through the gateway": serve(t, direct).URL, "read": serve(t, direct, inForce(untouchedMessages)).URL} {
			t.Run(c.name+", "+name, func(t *testing.T) {
				got := converse(t, c.dial(t, url), messages, len(messages))
				for i := range messages {
					if !bytes.Equal(messages[i], got[i]) {
						t.Errorf("message %d came back as %d bytes, want %d", i, len(got[i]), len(messages[i]))
					}
				}
			})
		}
	}
}

// corners returns gorilla's server, which says what it met.
func corners(t *testing.T) string {
	upgrader := gorilla.Upgrader{EnableCompression: true, Subprotocols: []string{"corner"}}
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetPingHandler(func(data string) error {
			return conn.WriteControl(gorilla.PongMessage, []byte(data), time.Now().Add(patience))
		})
		for {
			kind, message, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if _, err := fmt.Sscanf(string(message), "close %d", new(int)); err == nil {
				var code int
				_, _ = fmt.Sscanf(string(message), "close %d", &code)
				_ = conn.WriteControl(gorilla.CloseMessage, gorilla.FormatCloseMessage(code, "as you wish"), time.Now().Add(patience))
				continue
			}
			_ = conn.WriteMessage(kind, message)
		}
	}).URL
}

func TestTheCornersOfWebSocketsPass(t *testing.T) {
	direct := corners(t)
	for name, url := range map[string]string{"directly": direct, "through the gateway": serve(t, direct).URL, "read": serve(t, direct, inForce(untouchedMessages)).URL} {
		t.Run(name+", raw frames", func(t *testing.T) {
			for sent, want := range map[string]string{
				// A ping between the frames of a message, and empty frames.
				"\x01\x80abcd\x89\x82\x00\x00\x00\x00hi\x00\x82\x00\x00\x00\x00ab\x00\x80abcd\x80\x81\x00\x00\x00\x00c": "\x8a\x02hi\x81\x03abc",
				"\x81\x80abcd": "\x81\x00",
				"\x82\xfe\x00\x7e\x00\x00\x00\x00" + strings.Repeat("x", 126): "\x82\x7e\x00\x7e" + strings.Repeat("x", 126),
				// A client that closes without a code, and with one.
				"\x88\x80abcd":                          "\x88\x00",
				"\x88\x82\x00\x00\x00\x00\x03\xe8":      "\x88\x02\x03\xe8",
				"\x8a\x80abcd\x81\x81\x00\x00\x00\x00x": "\x81\x01x",
			} {
				conn := dial(t, strings.TrimPrefix(url, "http://"))
				fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"+sent)
				got := make([]byte, 0, 1000)
				for buffer := make([]byte, 1000); !strings.HasSuffix(string(got), want); {
					n, err := conn.Read(buffer)
					got = append(got, buffer[:n]...)
					if err != nil {
						break
					}
				}
				_, frames, _ := strings.Cut(string(got), "\r\n\r\n")
				if frames != want {
					t.Errorf("to %q: got %q, want %q", sent, frames, want)
				}
				_ = conn.Close()
			}
		})
		t.Run(name+", close codes", func(t *testing.T) {
			for _, code := range []int{1000, 1001, 1003, 1008, 1011, 1013, 3000, 4999} {
				s := dialGorilla(true)(t, url)
				s.send(t, true, fmt.Appendf(nil, "close %d", code))
				if _, _, err := s.receive(t); !gorilla.IsCloseError(err, code) || !strings.Contains(err.Error(), "as you wish") {
					t.Errorf("closed with %v, want %d", err, code)
				}
				closeSocket(s)
			}
		})
		t.Run(name+", half close", func(t *testing.T) {
			conn := dial(t, strings.TrimPrefix(url, "http://"))
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
			for handshake := ""; !strings.HasSuffix(handshake, "\r\n\r\n"); {
				var c [1]byte
				if _, err := conn.Read(c[:]); err != nil {
					t.Fatal(err)
				}
				handshake += string(c[:])
			}
			fmt.Fprint(conn, "\x81\x82\x00\x00\x00\x00hi")
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(conn)
			if !bytes.HasSuffix(all, []byte("\x81\x02hi")) {
				t.Errorf("got %q (%v), want the answer to what was sent before", all, err)
			}
		})
	}
}
