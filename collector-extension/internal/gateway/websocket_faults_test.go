package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	gorilla "github.com/gorilla/websocket"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// socket is a client of either library.
type socket interface {
	send(t *testing.T, text bool, message []byte)
	receive(t *testing.T) (text bool, message []byte, err error)
}

type coderSocket struct{ conn *websocket.Conn }

func (s coderSocket) send(t *testing.T, text bool, message []byte) {
	t.Helper()
	kind := websocket.MessageBinary
	if text {
		kind = websocket.MessageText
	}
	if err := s.conn.Write(t.Context(), kind, message); err != nil {
		t.Fatal(err)
	}
}

func (s coderSocket) receive(t *testing.T) (bool, []byte, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	kind, message, err := s.conn.Read(ctx)
	return kind == websocket.MessageText, message, err
}

type gorillaSocket struct{ conn *gorilla.Conn }

func (s gorillaSocket) send(t *testing.T, text bool, message []byte) {
	t.Helper()
	kind := gorilla.BinaryMessage
	if text {
		kind = gorilla.TextMessage
	}
	// In several frames, which a client of its own choice may do.
	w, err := s.conn.NextWriter(kind)
	if err != nil {
		t.Fatal(err)
	}
	for rest := message; len(rest) > 0; {
		n := min(len(rest), 10_000)
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func (s gorillaSocket) receive(t *testing.T) (bool, []byte, error) {
	t.Helper()
	if err := s.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	kind, message, err := s.conn.ReadMessage()
	return kind == gorilla.TextMessage, message, err
}

// oneTrace makes what is drawn with a seed the same in each run.
var oneTrace = http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}

// socketClient is a library with a way of compression.
type socketClient struct {
	name   string
	server websocket.CompressionMode
	dial   func(t *testing.T, url string) socket
}

// large returns the size of a large message: less where it is compressed, which takes long under the race detector.
func (c socketClient) large() int {
	if c.server == websocket.CompressionDisabled {
		return 10 << 20
	}
	return maxDuplicate + 1<<18
}

// maxDuplicate is up to what size a message is sent twice.
const maxDuplicate = 1 << 20

// socketClients are the libraries, with each way of compression that they know.
var socketClients = []socketClient{
	{"coder, plain", websocket.CompressionDisabled, dialCoder(websocket.CompressionDisabled)},
	{"coder, compressed", websocket.CompressionContextTakeover, dialCoder(websocket.CompressionContextTakeover)},
	{"coder, compressed one by one", websocket.CompressionNoContextTakeover, dialCoder(websocket.CompressionNoContextTakeover)},
	{"gorilla, plain", websocket.CompressionDisabled, dialGorilla(false)},
	{"gorilla, compressed one by one", websocket.CompressionNoContextTakeover, dialGorilla(true)},
}

func dialCoder(mode websocket.CompressionMode) func(*testing.T, string) socket {
	return func(t *testing.T, url string) socket {
		t.Helper()
		conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1, HTTPHeader: oneTrace})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetReadLimit(1 << 24)
		t.Cleanup(func() { _ = conn.CloseNow() })
		return coderSocket{conn}
	}
}

func dialGorilla(compressed bool) func(*testing.T, string) socket {
	return func(t *testing.T, url string) socket {
		t.Helper()
		dialer := gorilla.Dialer{EnableCompression: compressed}
		conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http"), oneTrace)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		t.Cleanup(func() { _ = conn.Close() })
		return gorillaSocket{conn}
	}
}

// echoLarge echoes messages of up to 16 MiB.
func echoLarge(t *testing.T, mode websocket.CompressionMode) string {
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: mode, CompressionThreshold: 1})
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		conn.SetReadLimit(1 << 24)
		for {
			kind, message, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, message) != nil {
				return
			}
		}
	}).URL
}

// listed returns a scenario of faults only.
func listed(faults ...scenario.Fault) scenario.Behavior {
	return scenario.Behavior{Mode: scenario.Chaos, Faults: faults}
}

// drawnOnce returns what a seeded scenario draws for the first fault of exchanges of oneTrace.
func drawnOnce(t *testing.T, d scenario.Definition) scenario.Drawn {
	t.Helper()
	engine, err := scenario.Compile(scenario.Scenario{Definition: d})
	if err != nil {
		t.Fatal(err)
	}
	x := scenario.Exchange{TraceID: [16]byte{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c}}
	return engine.Decide(x).Faults[0]
}

// conversation returns messages that refer to each other where they are compressed, of text and not, small and large.
func conversation() (list [][]byte) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		message := fmt.Appendf(nil, "message %d: größer als 日本語, again and again; ", i)
		switch i % 8 {
		case 3:
			message = bytes.Repeat(message, 3000)
		case 5:
			message = nil
		case 6:
			message = make([]byte, 50_000)
			for i := range message {
				message[i] = byte(random.Uint32())
			}
		}
		list = append(list, message)
	}
	return list
}

// converse sends the conversation and returns what comes back, in order.
func converse(t *testing.T, s socket, messages [][]byte, back int) (got [][]byte) {
	t.Helper()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, message := range messages {
			s.send(t, utf8.Valid(message), message)
		}
	}()
	for range back {
		text, message, err := s.receive(t)
		if err != nil {
			t.Fatalf("%v after %d messages, want %d", err, len(got), back)
		}
		if len(message) > 0 && text != utf8.Valid(message) {
			t.Errorf("message %d: text is %v", len(got), text)
		}
		got = append(got, message)
	}
	<-sent
	return got
}

func TestMessagesOfAWebSocketAreDroppedAndDuplicated(t *testing.T) {
	messages := conversation()
	for _, c := range socketClients {
		for _, kind := range []scenario.FaultKind{scenario.FaultDrop, scenario.FaultDuplicate} {
			for _, at := range []scenario.Place{scenario.AtRequest, scenario.AtResponse} {
				t.Run(fmt.Sprintf("%s,%s at %s", c.name, kind, at), func(t *testing.T) {
					d := scenario.Definition{Behavior: listed(scenario.Fault{Kind: kind, At: at, Share: new(0.4)}), Seed: new(uint64(3))}
					drawn := drawnOnce(t, d)
					var want [][]byte
					hits := 0
					for i, message := range messages {
						hit := drawn.Hits(i)
						if hit {
							hits++
						}
						if !hit || kind == scenario.FaultDuplicate {
							want = append(want, message)
						}
						if hit && kind == scenario.FaultDuplicate {
							want = append(want, message)
						}
					}
					if hits < 5 || hits > 35 {
						t.Fatalf("%d of %d are hit", hits, len(messages))
					}
					g := serve(t, echoLarge(t, c.server), inForce(d))
					s := c.dial(t, g.URL)
					got := converse(t, s, messages, len(want))
					for i := range want {
						if !bytes.Equal(want[i], got[i]) {
							t.Fatalf("message %d that came back is %.40q of %d bytes, want %.40q of %d", i, got[i], len(got[i]), want[i], len(want[i]))
						}
					}
					closeSocket(s)
					r := g.next(t)
					if len(r.Faults) != 1 || r.Faults[0].Kind != string(kind) || r.Faults[0].Detail != fmt.Sprintf("%d messages", hits) {
						t.Errorf("recorded %v, want %d messages", r.Faults, hits)
					}
				})
			}
		}
	}
}

func closeSocket(s socket) {
	switch s := s.(type) {
	case coderSocket:
		_ = s.conn.CloseNow()
	case gorillaSocket:
		_ = s.conn.Close()
	}
}

func TestMessagesOfAWebSocketAreCorruptedAndStayMessages(t *testing.T) {
	messages := conversation()
	for _, c := range socketClients {
		for _, changed := range []int{1, 5} {
			t.Run(fmt.Sprintf("%s,%d bytes", c.name, changed), func(t *testing.T) {
				g := serve(t, echoLarge(t, c.server), inForce(scenario.Definition{
					Behavior: listed(scenario.Fault{Kind: scenario.FaultCorrupt, At: scenario.AtMessage, BytesChanged: &changed}), Seed: new(uint64(3)),
				}))
				got := converse(t, c.dial(t, g.URL), messages, len(messages))
				for i := range messages {
					differ := 0
					for j := range min(len(got[i]), len(messages[i])) {
						if got[i][j] != messages[i][j] {
							differ++
						}
					}
					want := min(changed, len(messages[i]))
					if len(got[i]) != len(messages[i]) || differ != want {
						t.Errorf("message %d has %d bytes of %d and %d changed, want %d", i, len(got[i]), len(messages[i]), differ, want)
					}
					if utf8.Valid(messages[i]) && !utf8.Valid(got[i]) {
						t.Errorf("text %d is not UTF-8 any more", i)
					}
				}
			})
		}
	}
}

func TestTheFirstMessageOfAClientIsCorrupted(t *testing.T) {
	g := serve(t, echoLarge(t, websocket.CompressionDisabled), inForce(scenario.Definition{
		Behavior: listed(scenario.Fault{Kind: scenario.FaultCorrupt, At: scenario.AtRequest}),
	}))
	got := converse(t, dialGorilla(false)(t, g.URL), [][]byte{[]byte("hello"), []byte("hello")}, 2)
	if string(got[0]) == "hello" || string(got[1]) != "hello" {
		t.Errorf("got %q, want the first one changed", got)
	}
}

func TestLargeMessagesPassWhatIsDoneToThem(t *testing.T) {
	for _, c := range socketClients {
		t.Run(c.name, func(t *testing.T) {
			g := serve(t, echoLarge(t, c.server), inForce(scenario.Definition{Behavior: listed(
				scenario.Fault{Kind: scenario.FaultDuplicate, At: scenario.AtRequest}, scenario.Fault{Kind: scenario.FaultCorrupt, At: scenario.AtMessage},
			)}))
			large := make([]byte, c.large())
			for i := range large {
				large[i] = byte(i*i>>8 ^ i)
			}
			// Too large to be sent twice; the one after it is.
			got := converse(t, c.dial(t, g.URL), [][]byte{large, []byte("small")}, 3)
			if len(got[0]) != len(large) || len(got[1]) != 5 || len(got[2]) != 5 {
				t.Errorf("messages of %d, %d and %d bytes came back", len(got[0]), len(got[1]), len(got[2]))
			}
		})
	}
}

func TestAFaultBeginsAndEndsOnAnOpenCompressedWebSocket(t *testing.T) {
	for _, c := range socketClients {
		t.Run(c.name, func(t *testing.T) {
			change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
			g := serve(t, echoLarge(t, c.server), change)
			s := c.dial(t, g.URL)
			messages := conversation()
			ask := func(want string) {
				t.Helper()
				_, got, err := s.receive(t)
				if err != nil || string(got) != want {
					t.Fatalf("got %.40q (%v), want %.40q", got, err, want)
				}
			}
			for _, message := range messages {
				s.send(t, utf8.Valid(message), message)
				ask(string(message))
			}
			set(listed(scenario.Fault{Kind: scenario.FaultDuplicate}))
			s.send(t, true, []byte("twice"))
			ask("twice")
			ask("twice")
			set(listed(scenario.Fault{Kind: scenario.FaultDrop, At: scenario.AtRequest}, scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtMessage, DelayMS: new(1.0)}))
			s.send(t, true, []byte("message lost, again and again"))
			set(scenario.Behavior{Mode: scenario.Healthy})
			for _, message := range messages {
				s.send(t, utf8.Valid(message), message)
			}
			// Whether the lost one was met before the scenario changed again is a race.
			_, got, err := s.receive(t)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) == "message lost, again and again" {
				ask(string(messages[0]))
			}
			for _, message := range messages[1:] {
				ask(string(message))
			}
		})
	}
}

func TestAWebSocketEndsAfterMessages(t *testing.T) {
	for name, test := range map[string]struct {
		fault  scenario.Fault
		want   func(error) bool
		record string
	}{
		"closed with a code": {
			scenario.Fault{Kind: scenario.FaultClose, AfterMessages: new(2), CloseCode: new(4001)},
			func(err error) bool { return gorilla.IsCloseError(err, 4001) }, "close 4001",
		},
		"closed for an error": {
			scenario.Fault{Kind: scenario.FaultError, AfterMessages: new(2), StatusCodes: []int{503}},
			func(err error) bool { return gorilla.IsCloseError(err, gorilla.CloseTryAgainLater) }, "error 503",
		},
		"reset": {
			scenario.Fault{Kind: scenario.FaultReset, AfterMessages: new(2)},
			func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }, "reset ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, echoLarge(t, websocket.CompressionDisabled), inForce(scenario.Definition{Behavior: listed(test.fault)}))
			s := dialGorilla(false)(t, g.URL)
			got := converse(t, s, [][]byte{[]byte("one"), []byte("two")}, 2)
			if diff := cmp.Diff([][]byte{[]byte("one"), []byte("two")}, got); diff != "" {
				t.Error(diff)
			}
			if _, message, err := s.receive(t); !test.want(err) {
				t.Errorf("got %q and ended with %v", message, err)
			}
			closeSocket(s)
			r := g.next(t)
			if len(r.Faults) != 1 || r.Faults[0].Kind+" "+r.Faults[0].Detail != test.record {
				t.Errorf("recorded %v, want %s", r.Faults, test.record)
			}
		})
	}
}

// Compressed messages that refer to others can be harmed only where those were read from the first one on. Where nothing asked
// for that, they pass, and nothing is recorded as harmed; messages that stand by themselves are harmed all the same.
func TestMessagesThatReferToUnknownOnesAreSpared(t *testing.T) {
	for name, test := range map[string]struct {
		mode   websocket.CompressionMode
		harmed bool
	}{
		"referring to each other": {websocket.CompressionContextTakeover, false},
		"one by one":              {websocket.CompressionNoContextTakeover, true},
		"plain":                   {websocket.CompressionDisabled, true},
	} {
		for _, kind := range []scenario.FaultKind{scenario.FaultDrop, scenario.FaultDuplicate, scenario.FaultCorrupt} {
			t.Run(fmt.Sprintf("%s, %s", name, kind), func(t *testing.T) {
				change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
				g := serve(t, echoLarge(t, test.mode), change, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Capture = nil })
				s := dialCoder(test.mode)(t, g.URL)
				before, after := []byte(strings.Repeat("before ", 100)), []byte(strings.Repeat("after ", 100))
				converse(t, s, [][]byte{before, before}, 2)
				set(listed(scenario.Fault{Kind: kind}))
				s.send(t, true, after)
				if kind != scenario.FaultDrop || !test.harmed {
					_, got, err := s.receive(t)
					if err != nil || !test.harmed && !bytes.Equal(got, after) {
						t.Errorf("got %.20q (%v)", got, err)
					}
				}
				_ = s.(coderSocket).conn.Close(websocket.StatusNormalClosure, "")
				if r := g.next(t); r.Injected() != test.harmed || r.Injected() && r.Faults[0].Kind != string(kind) {
					t.Errorf("recorded %v", r.Faults)
				}
			})
		}
	}
}

func TestAnOpenWebSocketEndsAtOnceWhenAFaultSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		fault scenario.Fault
		want  func(error) bool
	}{
		"close": {scenario.Fault{Kind: scenario.FaultClose, CloseCode: new(4001)}, func(err error) bool { return gorilla.IsCloseError(err, 4001) }},
		"error": {scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{429}}, func(err error) bool { return gorilla.IsCloseError(err, 1013) }},
		"reset": {scenario.Fault{Kind: scenario.FaultReset}, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
	} {
		t.Run(name, func(t *testing.T) {
			change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
			g := serve(t, echoLarge(t, websocket.CompressionDisabled), change)
			s := dialGorilla(false)(t, g.URL)
			converse(t, s, [][]byte{[]byte("one")}, 1)
			set(listed(test.fault))
			if _, message, err := s.receive(t); !test.want(err) {
				t.Errorf("got %q and ended with %v", message, err)
			}
			closeSocket(s)
			if r := g.next(t); len(r.Faults) != 1 || r.Faults[0].Kind != string(test.fault.Kind) || r.ScenarioVersion != 2 {
				t.Errorf("recorded %v of version %d", r.Faults, r.ScenarioVersion)
			}
		})
	}
}

func TestTheKillSwitchEndsWaitsOfMessages(t *testing.T) {
	for name, fault := range map[string]scenario.Fault{
		"latency":             {Kind: scenario.FaultLatency, At: scenario.AtMessage, DelayMS: new(60_000.0)},
		"throttle to client":  {Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(10))},
		"throttle to servers": {Kind: scenario.FaultThrottle, At: scenario.AtRequest, BytesPerSecond: new(int64(10))},
	} {
		t.Run(name, func(t *testing.T) {
			up := echoLarge(t, websocket.CompressionDisabled)
			// Nothing tells when a message has begun to wait: where it had not, there is another try.
			for wait := 50 * time.Millisecond; ; wait *= 2 {
				change, set := switched(listed(fault))
				g := serve(t, up, change)
				s := dialGorilla(false)(t, g.URL)
				message := bytes.Repeat([]byte("x"), 10_000)
				s.send(t, true, message)
				time.AfterFunc(wait, func() { set(scenario.Behavior{Mode: scenario.Healthy}) })
				if _, got, err := s.receive(t); !bytes.Equal(got, message) {
					t.Fatalf("got %d bytes (%v)", len(got), err)
				}
				closeSocket(s)
				r := g.next(t)
				if len(r.Faults) == 1 && r.Faults[0].Kind == string(fault.Kind) {
					return
				}
				if len(r.Faults) > 0 || wait > patience {
					t.Fatalf("recorded %v", r.Faults)
				}
			}
		})
	}
}

// Control frames may stand between the frames of a message; they pass also where the message does not.
func TestControlFramesPassBetweenTheFramesOfADroppedMessage(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
		fmt.Fprint(buffered, "\x01\x03abc\x89\x04ping\x00\x01d\x8a\x00\x80\x02ef\x88\x02\x03\xe8")
		_ = buffered.Flush()
	})
	for name, test := range map[string]struct {
		fault scenario.Fault
		want  string
	}{
		"dropped":    {scenario.Fault{Kind: scenario.FaultDrop}, "\x89\x04ping\x8a\x00\x88\x02\x03\xe8"},
		"duplicated": {scenario.Fault{Kind: scenario.FaultDuplicate}, "\x01\x03abc\x89\x04ping\x00\x01d\x8a\x00\x80\x02ef\x01\x03abc\x00\x01d\x80\x02ef\x88\x02\x03\xe8"},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, u.URL, inForce(scenario.Definition{Behavior: listed(test.fault)}), func(o *gateway.Options, _ *confighttp.ServerConfig) { o.MaxBody = 100 })
			conn := dial(t, g.Addr)
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n")
			var all bytes.Buffer
			_, _ = all.ReadFrom(conn)
			_, frames, _ := strings.Cut(all.String(), "\r\n\r\n")
			if frames != test.want {
				t.Errorf("got %q, want %q", frames, test.want)
			}
		})
	}
}

// untouchedMessages has a fault at messages that hits none.
var untouchedMessages = scenario.Definition{Behavior: listed(
	scenario.Fault{Kind: scenario.FaultDrop, Share: new(0.0)}, scenario.Fault{Kind: scenario.FaultDuplicate, At: scenario.AtRequest, Share: new(0.0)},
)}
