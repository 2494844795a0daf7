package gateway_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// rawSocket answers the handshake with an extension, or none, sends what it is told to, and tells what it was sent when that
// has ended.
func rawSocket(t *testing.T, extension, sends string) (url string, sent <-chan string) {
	got := make(chan string, 1)
	return upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		if extension != "" {
			extension = "Sec-WebSocket-Extensions: " + extension + "\r\n"
		}
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n"+extension+"\r\n"+sends)
		_ = buffered.Flush()
		got <- untilClosed(buffered, closedUpstream)
	}).URL, got
}

// untilClosed returns what comes up to a close frame, or the end.
func untilClosed(from io.Reader, frame string) string {
	var all []byte
	for buffer := make([]byte, 32<<10); !strings.HasSuffix(string(all[max(0, len(all)-len(frame)):]), frame); {
		n, err := from.Read(buffer)
		all = append(all, buffer[:n]...)
		if err != nil {
			break
		}
	}
	return string(all)
}

const rawHandshake = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n"

// shakeHands opens a WebSocket, up to the end of what its handshake is answered with.
func shakeHands(t *testing.T, conn net.Conn) {
	t.Helper()
	fmt.Fprint(conn, rawHandshake)
	answer := ""
	for c := make([]byte, 1); !strings.HasSuffix(answer, "\r\n\r\n"); answer += string(c) {
		if _, err := conn.Read(c); err != nil {
			t.Fatalf("%v behind %q", err, answer)
		}
	}
}

const (
	// What a client and an upstream are told: a close frame with 1002, that of the upstream masked with "Mock".
	closedClient   = "\x88\x02\x03\xea"
	closedUpstream = "\x88\x82Mock\x4e\x85"
)

// masked returns frames as a client sends them: with a mask that changes nothing.
func masked(frames ...string) string {
	var all strings.Builder
	for _, frame := range frames {
		header := 2
		switch frame[1] {
		case 126:
			header = 4
		case 127:
			header = 10
		}
		all.WriteString(frame[:1] + string([]byte{frame[1] | 0x80}) + frame[2:header])
		all.WriteString("\x00\x00\x00\x00" + frame[header:])
	}
	return all.String()
}

const deflateExtension = "permessage-deflate; client_no_context_takeover; server_no_context_takeover"

// protocolErrors are frames that break RFC 6455 or RFC 7692, behind frames that do not; extension is what was agreed on.
var protocolErrors = map[string]struct {
	extension string
	good, bad []string
	reason    string
}{
	"a message before the end of another":        {"", []string{"\x01\x01a"}, []string{"\x01\x01b"}, "a message before the end of another"},
	"a binary message within a text":             {"", []string{"\x01\x01a"}, []string{"\x82\x01b"}, "a message before the end of another"},
	"a continuation of no message":               {"", []string{"\x81\x01a"}, []string{"\x80\x01b"}, "a continuation of no message"},
	"compression that was not agreed on":         {"", []string{"\x81\x01a"}, []string{"\x41\x01b"}, "a reserved bit"},
	"compression of a continuation":              {deflateExtension, []string{"\x01\x01a"}, []string{"\xc0\x01b"}, "a reserved bit"},
	"compression of a control frame":             {deflateExtension, nil, []string{"\xc9\x00"}, "a reserved bit"},
	"the second reserved bit":                    {deflateExtension, nil, []string{"\xa1\x01b"}, "a reserved bit"},
	"the third reserved bit":                     {"", nil, []string{"\x91\x01b"}, "a reserved bit"},
	"an unknown opcode of data":                  {"", nil, []string{"\x83\x01b"}, "an unknown opcode"},
	"an unknown opcode of control":               {"", nil, []string{"\x8b\x00"}, "an unknown opcode"},
	"a ping in parts":                            {"", nil, []string{"\x09\x01b"}, "a control frame in parts"},
	"a long ping":                                {"", nil, []string{"\x89\x7e\x00\x7e" + strings.Repeat("x", 126)}, "a control frame that is too long"},
	"a long close":                               {"", nil, []string{"\x88\x7e\x00\x80\x03\xe8" + strings.Repeat("x", 126)}, "a control frame that is too long"},
	"a length of 16 bits that needs 7":           {"", nil, []string{"\x81\x7e\x00\x01b"}, "a length that is not in its shortest form"},
	"a length of 64 bits that needs 16":          {"", nil, []string{"\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x01b"}, "a length that is not in its shortest form"},
	"a length of 64 bits":                        {"", nil, []string{"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00b"}, "a length beyond 63 bits"},
	"a close with half a code":                   {"", nil, []string{"\x88\x01\x03"}, "a close code that there is not"},
	"a close code that is none":                  {"", nil, []string{"\x88\x02\x00\x01"}, "a close code that there is not"},
	"a close code that must not be sent":         {"", nil, []string{"\x88\x02\x03\xed"}, "a close code that there is not"},
	"a close code that is not registered":        {"", nil, []string{"\x88\x02\x07\xd0"}, "a close code that there is not"},
	"unfinished compressed messages (the issue)": {"permessage-deflate", []string{"\x41\x01\xf2"}, []string{"\x41\x01\xf2"}, "a message before the end of another"},
}

func TestAProtocolErrorClosesBothSides(t *testing.T) {
	for name, test := range protocolErrors {
		for how, changes := range map[string][]change{"": nil, ", looked into": {inForce(untouchedMessages)}} {
			t.Run("of a client"+how+": "+name, func(t *testing.T) {
				url, sent := rawSocket(t, test.extension, "")
				g := serve(t, url, changes...)
				conn := dial(t, g.Addr)
				good := masked(test.good...)
				fmt.Fprint(conn, rawHandshake+good+masked(test.bad...)+masked("\x81\x05never"))
				if _, frames, _ := strings.Cut(untilClosed(conn, closedClient), "\r\n\r\n"); frames != closedClient {
					t.Errorf("the client got %q", frames)
				}
				_ = conn.Close()
				if got := <-sent; got != good+closedUpstream {
					t.Errorf("the upstream got %q, want %q", got, good+closedUpstream)
				}
				r := g.next(t)
				if r.Failure != "client broke the WebSocket protocol: "+test.reason || r.WebSocketClose == nil || *r.WebSocketClose != 1002 || len(r.Messages) > len(test.good)+1 {
					t.Errorf("recorded %q, close code %d, %d messages", r.Failure, *r.WebSocketClose, len(r.Messages))
				}
			})
			t.Run("of an upstream"+how+": "+name, func(t *testing.T) {
				good := strings.Join(test.good, "")
				url, sent := rawSocket(t, test.extension, good+strings.Join(test.bad, "")+"\x81\x05never")
				g := serve(t, url, changes...)
				conn := dial(t, g.Addr)
				fmt.Fprint(conn, rawHandshake)
				if _, frames, _ := strings.Cut(untilClosed(conn, closedClient), "\r\n\r\n"); frames != good+closedClient {
					t.Errorf("the client got %q", frames)
				}
				_ = conn.Close()
				if got := <-sent; got != closedUpstream {
					t.Errorf("the upstream got %q", got)
				}
				if r := g.next(t); r.Failure != "upstream broke the WebSocket protocol: "+test.reason || r.WebSocketClose == nil || *r.WebSocketClose != 1002 {
					t.Errorf("recorded %q, close code %d", r.Failure, *r.WebSocketClose)
				}
			})
		}
	}
}

func TestAMaskOnTheWrongSideIsAProtocolError(t *testing.T) {
	t.Run("of a client", func(t *testing.T) {
		url, sent := rawSocket(t, "", "")
		g := serve(t, url)
		conn := dial(t, g.Addr)
		fmt.Fprint(conn, rawHandshake+"\x81\x05hello")
		all, _ := io.ReadAll(conn)
		if !strings.HasSuffix(string(all), "\r\n\r\n"+closedClient) || <-sent != closedUpstream {
			t.Errorf("the client got %q", all)
		}
		if r := g.next(t); r.Failure != "client broke the WebSocket protocol: a frame without a mask" {
			t.Errorf("recorded %q", r.Failure)
		}
	})
	t.Run("of an upstream", func(t *testing.T) {
		url, sent := rawSocket(t, "", masked("\x81\x05hello"))
		g := serve(t, url)
		conn := dial(t, g.Addr)
		fmt.Fprint(conn, rawHandshake)
		all, _ := io.ReadAll(conn)
		_ = conn.Close()
		if !strings.HasSuffix(string(all), "\r\n\r\n"+closedClient) || <-sent != closedUpstream {
			t.Errorf("the client got %q", all)
		}
		if r := g.next(t); r.Failure != "upstream broke the WebSocket protocol: a masked frame" {
			t.Errorf("recorded %q", r.Failure)
		}
	})
}

// What an extension that the gateway does not know may mean is for the two who have agreed on it.
func TestFramesOfUnknownExtensionsPass(t *testing.T) {
	frames := masked("\xb3\x01a", "\x61\x01b", "\xf0\x01c", "\x8b\x01d", "\x88\x02\x03\xe8")
	for _, extension := range []string{"x-mine", "permessage-deflate, x-mine"} {
		url, sent := rawSocket(t, extension, "")
		g := serve(t, url)
		conn := dial(t, g.Addr)
		shakeHands(t, conn)
		fmt.Fprint(conn, frames)
		_ = conn.(interface{ CloseWrite() error }).CloseWrite()
		if got := <-sent; got != frames {
			t.Errorf("%s: the upstream got %q, want %q", extension, got, frames)
		}
		_ = conn.Close()
		if r := g.next(t); r.Failure != "" || *r.WebSocketClose != 1000 {
			t.Errorf("recorded %q, close code %d", r.Failure, *r.WebSocketClose)
		}
	}
}

// What calls itself a WebSocket and is none is passed on as it is, as ever.
func TestWhatIsNoWebSocketPassesAsItIs(t *testing.T) {
	got := make(chan string, 1)
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nA\x01B\x01C")
		_ = buffered.Flush()
		all, _ := io.ReadAll(buffered)
		got <- string(all)
	})
	g := serve(t, u.URL, inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}))
	conn := dial(t, g.Addr)
	sends := strings.Repeat("A\x81abcdx", 1000)
	shakeHands(t, conn)
	fmt.Fprint(conn, sends)
	_ = conn.(interface{ CloseWrite() error }).CloseWrite()
	all, _ := io.ReadAll(conn)
	if sent := <-got; sent != sends || string(all) != "A\x01B\x01C" {
		t.Errorf("the upstream got %d bytes of %d, the client %q", len(sent), len(sends), all)
	}
	g.next(t)
}
