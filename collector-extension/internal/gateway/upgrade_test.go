package gateway_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/config/confighttp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func upgrading(protocols ...string) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Upgrades = protocols }
}

// switching returns an upstream that switches to whatever it is asked for, and says with each answer what that was.
func switching(t *testing.T, answer func(w *bufio.ReadWriter, asked string)) string {
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		asked := strings.Join(r.Header["Upgrade"], "|")
		w.Header().Set("X-Asked", fmt.Sprintf("%q %q %q", asked, r.Header["Connection"], r.Header["Http2-Settings"]))
		if asked == "" && answer == nil {
			body, _ := io.ReadAll(r.Body)
			_, _ = w.Write(body)
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		if answer != nil {
			answer(rw, asked)
		} else {
			fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", asked)
		}
		_ = rw.Flush()
		_, _ = io.Copy(conn, rw)
	}).URL
}

// speak sends text and reads the head of the answer.
func speak(t *testing.T, conn net.Conn, text string) (*http.Response, *bufio.Reader) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	return response, reader
}

func TestOnlyWebSocketAndWhatIsListedIsUpgraded(t *testing.T) {
	url := switching(t, nil)
	const none = `"" [] []`
	for name, test := range map[string]struct {
		version, headers string
		listed           []string
		// upgraded is the protocol that is switched to, empty where the request is served as plain HTTP.
		upgraded string
		protocol recording.Protocol
	}{
		"h2c":                     {"1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n", nil, "", "http"},
		"h2c, settings unlisted":  {"1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", nil, "", "http"},
		"h2c, others listed":      {"1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\n", []string{"foo"}, "", "http"},
		"H2C":                     {"1.1", "connection: upgrade\r\nupgrade: H2C\r\n", nil, "", "http"},
		"another":                 {"1.1", "Connection: Upgrade\r\nUpgrade: foo\r\n", nil, "", "http"},
		"TLS":                     {"1.1", "Connection: Upgrade\r\nUpgrade: TLS/1.3, HTTP/1.1\r\n", nil, "", "http"},
		"websocket":               {"1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", nil, "websocket", "websocket"},
		"WebSocket":               {"1.1", "Connection: keep-alive, UPGRADE\r\nUpgrade: WebSocket\r\n", nil, "WebSocket", "websocket"},
		"h2c, websocket":          {"1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c, websocket\r\nHTTP2-Settings: AAMAAABk\r\n", nil, "websocket", "websocket"},
		"on two lines":            {"1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n", nil, "websocket", "websocket"},
		"websocket, foo":          {"1.1", "Connection: Upgrade\r\nUpgrade: websocket, foo\r\n", []string{"foo"}, "websocket", "websocket"},
		"foo, websocket":          {"1.1", "Connection: Upgrade\r\nUpgrade: foo ,websocket\r\n", []string{"foo"}, "foo", "http"},
		"a version":               {"1.1", "Connection: Upgrade\r\nUpgrade: foo/2\r\n", []string{"foo"}, "foo/2", "http"},
		"that version":            {"1.1", "Connection: Upgrade\r\nUpgrade: foo/1, FOO/2\r\n", []string{"Foo/2"}, "FOO/2", "http"},
		"another version":         {"1.1", "Connection: Upgrade\r\nUpgrade: foo/1\r\n", []string{"foo/2"}, "", "http"},
		"no version":              {"1.1", "Connection: Upgrade\r\nUpgrade: foo\r\n", []string{"foo/2"}, "", "http"},
		"websocket in a version":  {"1.1", "Connection: Upgrade\r\nUpgrade: websocket/13\r\n", nil, "", "http"},
		"a longer name":           {"1.1", "Connection: Upgrade\r\nUpgrade: websockets\r\n", nil, "", "http"},
		"not between neighbours":  {"1.1", "Upgrade: websocket\r\n", nil, "", "http"},
		"bytes":                   {"1.1", "Connection: Upgrade\r\nUpgrade: \xff\xfe\r\n", nil, "", "http"},
		"empty":                   {"1.1", "Connection: Upgrade\r\nUpgrade: ,, \r\n", nil, "", "http"},
		"of gRPC":                 {"1.1", "Content-Type: application/grpc\r\nConnection: Upgrade\r\nUpgrade: foo\r\n", []string{"foo"}, "foo", "http"},
		"in HTTP/1.0":             {"1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n", nil, "", "http"},
		"nothing":                 {"1.1", "", nil, "", "http"},
		"settings and no upgrade": {"1.1", "HTTP2-Settings: AAMAAABk\r\n", nil, "", "http"},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, url, upgrading(test.listed...))
			conn := dial(t, g.Addr)
			response, reader := speak(t, conn, "GET /a HTTP/"+test.version+"\r\nHost: shop\r\n"+test.headers+"\r\n")
			if test.upgraded == "" {
				if asked := response.Header.Get("X-Asked"); response.StatusCode != 200 || asked != none {
					t.Errorf("got %s, the upstream was asked for %s", response.Status, asked)
				}
			} else if got := response.Header.Get("Upgrade"); response.StatusCode != 101 || got != test.upgraded {
				t.Errorf("got %s, upgraded to %q", response.Status, got)
			}
			if test.upgraded != "" && test.protocol == recording.HTTP {
				const text = "not HTTP\r\n"
				if _, err := io.WriteString(conn, text); err != nil {
					t.Fatal(err)
				}
				if got, err := reader.ReadString('\n'); got != text {
					t.Errorf("%q came back, %v", got, err)
				}
			}
			conn.Close()
			if r := g.next(t); r.Protocol != test.protocol {
				t.Errorf("recorded as %s", r.Protocol)
			}
		})
	}
}

// What asks for h2c is HTTP as any other: its body is forwarded, it is harmed and recorded, and the connection goes on.
func TestARequestForH2CIsServedAsHTTP(t *testing.T) {
	url := switching(t, nil)
	const h2c = "POST /a HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 5\r\n\r\nhello"
	g := serve(t, url)
	response, _ := speak(t, dial(t, g.Addr), h2c)
	if body, err := io.ReadAll(response.Body); response.StatusCode != 200 || string(body) != "hello" || err != nil {
		t.Errorf("got %s %q, %v", response.Status, body, err)
	}
	r := g.next(t)
	if r.Protocol != recording.HTTP || string(r.Body.Content) != "hello" || string(r.ResponseBody.Content) != "hello" || r.ResponseStatus != 200 || r.Failure != "" {
		t.Errorf("recorded %+v", r)
	}
	// The recording has what was sent.
	if diff := cmp.Diff([]string{"h2c"}, r.Headers["Upgrade"]); diff != "" {
		t.Error(diff)
	}
	harmed := serve(t, url, errorsWith(503))
	if response, _ := speak(t, dial(t, harmed.Addr), h2c); response.StatusCode != 503 {
		t.Errorf("got %s in error mode", response.Status)
	}
}

func TestAnUpstreamThatSwitchesUnaskedHasFailed(t *testing.T) {
	for name, answer := range map[string]string{
		"to another":            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n",
		"to what was taken off": "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
		"to nothing":            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
	} {
		for asked, headers := range map[string]string{
			"nothing": "", "websocket": "Connection: Upgrade\r\nUpgrade: websocket\r\n", "h2c": "Connection: Upgrade\r\nUpgrade: h2c\r\n", "a listed one": "Connection: Upgrade\r\nUpgrade: bar\r\n",
		} {
			t.Run(name+", asked for "+asked, func(t *testing.T) {
				g := serve(t, switching(t, func(w *bufio.ReadWriter, _ string) { _, _ = w.WriteString(answer) }), upgrading("bar"))
				response, _ := speak(t, dial(t, g.Addr), "GET /a HTTP/1.1\r\nHost: shop\r\n"+headers+"\r\n")
				if r := g.next(t); response.StatusCode != 502 || r.ResponseStatus != 502 || r.Failure == "" {
					t.Errorf("got %s, recorded %d, failure %q", response.Status, r.ResponseStatus, r.Failure)
				}
			})
		}
	}
}

// HTTP/2 has no 101 (RFC 9113 section 8.6): whatever comes of it, no client is told that its connection has become another.
func TestAnUpstreamOfHTTP2SwitchesNothing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { listener.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { defer conn.Close(); switchOverHTTP2(conn) })
		}
	})
	g := serve(t, "http://"+listener.Addr().String())
	r := request(t, "POST", g.URL+"/shop.Shop/Get", "")
	r.Header.Set("Content-Type", "application/grpc")
	got := do(t, client(t, true), r)
	if got.Status != 200 || got.Header.Get("Grpc-Status") != "0" {
		t.Errorf("got %d, %v", got.Status, got.Header)
	}
	if rec := g.next(t); rec.ResponseStatus != 200 {
		t.Errorf("recorded %d, failure %q", rec.ResponseStatus, rec.Failure)
	}
}

// switchOverHTTP2 answers each request with 101, and then with 200.
func switchOverHTTP2(conn net.Conn) {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	framer := http2.NewFramer(conn, conn)
	_ = framer.WriteSettings()
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = framer.WriteSettingsAck()
			}
		case *http2.HeadersFrame:
			var block bytes.Buffer
			encoder := hpack.NewEncoder(&block)
			for _, fields := range [][]hpack.HeaderField{
				{{Name: ":status", Value: "101"}},
				{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}, {Name: "grpc-status", Value: "0"}},
			} {
				block.Reset()
				for _, f := range fields {
					_ = encoder.WriteField(f)
				}
				_ = framer.WriteHeaders(http2.HeadersFrameParam{
					StreamID: frame.StreamID, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: fields[0].Value == "200",
				})
			}
		}
	}
}
