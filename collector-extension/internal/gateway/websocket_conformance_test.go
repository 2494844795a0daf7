package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// paired returns an upstream that hands over each connection that it has upgraded, as it is.
func paired(t *testing.T) (url string, upgraded <-chan net.Conn) {
	conns := make(chan net.Conn, 1)
	return upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
		_ = buffered.Flush()
		conns <- conn
	}).URL, conns
}

// ways are how the gateway may look at the messages of a connection.
var ways = map[string][]change{
	"passed on": {func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Capture = nil }},
	"recorded":  nil,
	"read":      {inForce(untouchedMessages)},
}

// reads reads as many bytes as want has, and fails where they are others.
func reads(t *testing.T, what string, from io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(from, got)
	if err != nil || string(got) != want {
		t.Fatalf("%s got %.60q of %d bytes (%v), want %.60q of %d", what, got[:n], n, err, want, len(want))
	}
}

// What the test suite of Autobahn has cases for, as far as it concerns who passes frames on: each arrives as it was sent, both ways, in
// whatever pieces it comes.
func TestFramesArriveAsTheyWereSent(t *testing.T) {
	payload := func(n int) string { return strings.Repeat("0123456789abcdef", n/16+1)[:n] }
	length16 := func(n int) string { return string([]byte{126, byte(n >> 8), byte(n)}) }
	length64 := func(n int) string {
		return string([]byte{127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	for name, frames := range map[string][]string{
		"1 empty text, empty binary":          {"\x81\x00", "\x82\x00"},
		"1 text of 125":                       {"\x81\x7d" + payload(125)},
		"1 text of 126":                       {"\x81" + length16(126) + payload(126)},
		"1 text of 65535":                     {"\x81" + length16(65535) + payload(65535)},
		"1 text of 65536":                     {"\x81" + length64(65536) + payload(65536)},
		"1 binary of a megabyte":              {"\x82" + length64(1<<20) + payload(1<<20)},
		"2 ping, empty and of 125":            {"\x89\x00", "\x89\x7d" + payload(125)},
		"2 pong that nobody asked for":        {"\x8a\x00", "\x8a\x05hello"},
		"2 ten pings":                         {strings.Repeat("\x89\x01x", 10)},
		"5 text in two, empty in parts":       {"\x01\x02he", "\x80\x03llo", "\x01\x00", "\x00\x00", "\x80\x00"},
		"5 ping between parts":                {"\x01\x02he", "\x89\x04ping", "\x00\x01l", "\x8a\x00", "\x80\x02lo"},
		"5 pings between many parts":          {"\x02\x01a", strings.Repeat("\x89\x01x\x00\x01b", 100), "\x80\x00"},
		"6 not UTF-8":                         {"\x81\x02\xc3\x28"},
		"6 a character in two frames":         {"\x01\x01\xc3", "\x80\x01\xa4"},
		"9 many parts of a large message":     {"\x02\x00", strings.Repeat("\x00"+length16(1000)+payload(1000), 500), "\x80\x00"},
		"10 one message behind another":       {strings.Repeat("\x81\x05hello", 1000)},
		"7 close without a code":              {"\x88\x00"},
		"7 close with a reason":               {"\x81\x02hi", "\x88\x07\x03\xe8hello"},
		"7 close with a code of applications": {"\x88\x02\x0b\xb8"},
		"7 ping and data behind a close":      {"\x88\x02\x03\xe8", "\x89\x01x", "\x81\x02hi"},
		"7 close between parts":               {"\x01\x02he", "\x88\x02\x03\xe8"},
		"7 two closes":                        {"\x88\x02\x03\xe8", "\x88\x02\x03\xe9"},
	} {
		for way, changes := range ways {
			t.Run(name+", "+way, func(t *testing.T) {
				url, upgraded := paired(t)
				g := serve(t, url, changes...)
				conn := dial(t, g.Addr)
				shakeHands(t, conn)
				other := <-upgraded
				defer other.Close()
				sent, answered := masked(split(frames)...), strings.Join(frames, "")
				go func() {
					_, _ = io.WriteString(conn, sent)
					_, _ = io.WriteString(other, answered)
				}()
				reads(t, "the upstream", other, sent)
				reads(t, "the client", conn, answered)
			})
		}
	}
}

// split returns the single frames of those that are not masked.
func split(frames []string) (list []string) {
	for rest := strings.Join(frames, ""); rest != ""; {
		size, length := 2, int(rest[1])
		switch rest[1] {
		case 126:
			size, length = 4, int(rest[2])<<8|int(rest[3])
		case 127:
			size, length = 10, int(rest[6])<<24|int(rest[7])<<16|int(rest[8])<<8|int(rest[9])
		}
		list, rest = append(list, rest[:size+length]), rest[size+length:]
	}
	return list
}

// Control frames do not wait for the end of a message whose rest is long in coming, nor do its parts for each other.
func TestPartsOfAMessageAreNotHeldBack(t *testing.T) {
	for way, changes := range ways {
		t.Run(way, func(t *testing.T) {
			url, upgraded := paired(t)
			g := serve(t, url, changes...)
			conn := dial(t, g.Addr)
			shakeHands(t, conn)
			other := <-upgraded
			defer other.Close()
			for _, piece := range []string{"\x01\x02he", "\x89\x01x", "\x00\x03l", "lo", "\x80\x00"} {
				_, _ = io.WriteString(other, piece)
				reads(t, "the client", conn, piece)
			}
			for _, piece := range []string{masked("\x01\x02he"), masked("\x89\x01x"), "\x00\x83\x00\x00\x00\x00l", "lo", masked("\x80\x00")} {
				_, _ = io.WriteString(conn, piece)
				reads(t, "the upstream", other, piece)
			}
		})
	}
}

// Either side may begin to close, both answers pass, and the connection ends when both have; also where one only stops sending.
func TestClosingPassesBothWays(t *testing.T) {
	for way, changes := range ways {
		for _, first := range []string{"client", "upstream"} {
			t.Run("by the "+first+", "+way, func(t *testing.T) {
				url, upgraded := paired(t)
				g := serve(t, url, changes...)
				conn := dial(t, g.Addr)
				shakeHands(t, conn)
				other := <-upgraded
				begin := func() {
					_, _ = io.WriteString(conn, masked("\x88\x02\x03\xe9"))
					reads(t, "the upstream", other, masked("\x88\x02\x03\xe9"))
				}
				answer := func() {
					_, _ = io.WriteString(other, "\x88\x02\x03\xe9")
					reads(t, "the client", conn, "\x88\x02\x03\xe9")
				}
				if first == "client" {
					begin()
					answer()
				} else {
					answer()
					begin()
				}
				other.Close()
				if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
					t.Errorf("the client got %q (%v)", rest, err)
				}
				_ = conn.Close()
				if r := g.next(t); *r.WebSocketClose != 1001 || r.Failure != "" {
					t.Errorf("recorded code %d, failure %q", *r.WebSocketClose, r.Failure)
				}
			})
			t.Run("half by the "+first+", "+way, func(t *testing.T) {
				url, upgraded := paired(t)
				g := serve(t, url, changes...)
				conn := dial(t, g.Addr)
				shakeHands(t, conn)
				other := <-upgraded
				defer other.Close()
				// Also the beginning of a frame arrives.
				if first == "client" {
					_, _ = io.WriteString(conn, masked("\x81\x02hi")+"\x81")
					_ = conn.(*net.TCPConn).CloseWrite()
					reads(t, "the upstream", other, masked("\x81\x02hi")+"\x81")
					if n, err := other.Read(make([]byte, 1)); n != 0 || err != io.EOF {
						t.Errorf("the upstream got %d bytes (%v), want an end", n, err)
					}
					_, _ = io.WriteString(other, "\x81\x05hello")
					reads(t, "the client", conn, "\x81\x05hello")
				} else {
					_, _ = io.WriteString(other, "\x81\x02hi\x81\x7e\x01")
					_ = other.(*net.TCPConn).CloseWrite()
					reads(t, "the client", conn, "\x81\x02hi\x81\x7e\x01")
					if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
						t.Errorf("the client got %d bytes (%v), want an end", n, err)
					}
					_, _ = io.WriteString(conn, masked("\x81\x05hello"))
					reads(t, "the upstream", other, masked("\x81\x05hello"))
				}
			})
		}
	}
}

// A connection that one side has begun to close is not sent a second close frame by a fault.
func TestNothingOfOursFollowsAClose(t *testing.T) {
	url, upgraded := paired(t)
	change, set := switchedTo(untouchedMessages)
	g := serve(t, url, change)
	conn := dial(t, g.Addr)
	shakeHands(t, conn)
	other := <-upgraded
	defer other.Close()
	_, _ = io.WriteString(other, "\x88\x02\x03\xe9")
	reads(t, "the client", conn, "\x88\x02\x03\xe9")
	set(inErrors(503))
	eventually(t, func() bool { return g.Closing() == 1 })
	_, _ = io.WriteString(conn, masked("\x88\x02\x03\xe9"))
	reads(t, "the upstream", other, masked("\x88\x02\x03\xe9"))
	if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
		t.Errorf("the client got %q (%v)", rest, err)
	}
	g.next(t)
}

// Text that is masked is recorded as it is, wherever its frames and its reads are cut.
func TestMaskedMessagesAreRecordedUnmasked(t *testing.T) {
	url, upgraded := paired(t)
	g := serve(t, url)
	conn := dial(t, g.Addr)
	shakeHands(t, conn)
	other := <-upgraded
	var sent bytes.Buffer
	key := []byte{0x12, 0x34, 0x56, 0x78}
	text := "größer als 日本語, and long enough for words of eight bytes"
	for at := 0; at < len(text); at += 13 {
		part := text[at:min(at+13, len(text))]
		first := []byte{0x00}
		if at == 0 {
			first[0] = 0x01
		}
		if at+13 >= len(text) {
			first[0] |= 0x80
		}
		sent.Write(append(append(first, 0x80|byte(len(part))), key...))
		for i := range len(part) {
			sent.WriteByte(part[i] ^ key[i%4])
		}
	}
	all := sent.String()
	for _, piece := range []string{all[:9], all[9:20], all[20:21], all[21:]} {
		_, _ = io.WriteString(conn, piece)
	}
	reads(t, "the upstream", other, all)
	other.Close()
	_ = conn.Close()
	if r := g.next(t); len(r.Messages) != 1 || string(r.Messages[0].Body.Content) != text {
		t.Errorf("recorded %+v", r.Messages)
	}
}

// inErrors answers with status.
func inErrors(status int) scenario.Definition {
	return scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{status}}}
}
