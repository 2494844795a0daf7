package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// echoServer answers every message with itself, and closes with 1008 when it is told "bye". closed gets how each
// connection ended.
func echoServer(t *testing.T, mode websocket.CompressionMode) (url string, closed <-chan error) {
	ended := make(chan error, 10)
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: mode})
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		conn.SetReadLimit(1 << 22)
		for {
			kind, message, err := conn.Read(r.Context())
			if err != nil {
				ended <- err
				return
			}
			if string(message) == "bye" {
				_ = conn.Close(websocket.StatusPolicyViolation, "so long")
				ended <- nil
				return
			}
			if err := conn.Write(r.Context(), kind, message); err != nil {
				ended <- err
				return
			}
		}
	}).URL, ended
}

func dialWebSocket(t *testing.T, url string, mode websocket.CompressionMode) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{CompressionMode: mode})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 22)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// talk sends a message and returns what comes back.
func talk(t *testing.T, conn *websocket.Conn, kind websocket.MessageType, message string) string {
	t.Helper()
	if err := conn.Write(t.Context(), kind, []byte(message)); err != nil {
		t.Fatal(err)
	}
	got, answer, err := conn.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got != kind {
		t.Errorf("kind is %v, want %v", got, kind)
	}
	return string(answer)
}

// said returns what a message of a recording shows.
func said(m recording.Message) string {
	return fmt.Sprintf("%s %s %s", m.Direction, m.Kind, m.Body.Content)
}

func TestMessagesOfWebSocketsAreRecorded(t *testing.T) {
	for name, mode := range map[string]websocket.CompressionMode{
		"plain": websocket.CompressionDisabled, "compressed": websocket.CompressionContextTakeover,
		"compressed one by one": websocket.CompressionNoContextTakeover,
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := echoServer(t, mode)
			g := serve(t, url)
			conn := dialWebSocket(t, g.URL, mode)
			long := strings.Repeat("all work and no play ", 5000)
			for _, message := range []string{"hello", long, long + "!", ""} {
				if got := talk(t, conn, websocket.MessageText, message); got != message {
					t.Errorf("%d bytes came back of %d", len(got), len(message))
				}
			}
			talk(t, conn, websocket.MessageBinary, "\x00\x01")
			if err := conn.Write(t.Context(), websocket.MessageText, []byte("bye")); err != nil {
				t.Fatal(err)
			}
			if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("closed with %v", err)
			}
			r := g.next(t)
			var in, out []string
			for _, m := range r.Messages {
				if m.Body.Truncated {
					t.Errorf("%s message is truncated", m.Kind)
				}
				if m.Direction == "in" {
					in = append(in, said(m))
				} else {
					out = append(out, said(m))
				}
			}
			sent := []string{"in text hello", "in text " + long, "in text " + long + "!", "in text ", "in binary \x00\x01", "in text bye", "in close \x03\xf0so long"}
			if diff := cmp.Diff(sent, in); diff != "" {
				t.Errorf("messages of the client (-want +got):\n%.2000s", diff)
			}
			answered := []string{"out text hello", "out text " + long, "out text " + long + "!", "out text ", "out binary \x00\x01", "out close \x03\xf0so long"}
			if diff := cmp.Diff(answered, out); diff != "" {
				t.Errorf("messages of the upstream (-want +got):\n%.2000s", diff)
			}
			if r.WebSocketClose == nil || *r.WebSocketClose != 1008 || r.Injected() {
				t.Errorf("recorded close code %v, faults %v", r.WebSocketClose, r.Faults)
			}
		})
	}
}

func TestMessagesAreCapped(t *testing.T) {
	url, _ := echoServer(t, websocket.CompressionDisabled)
	g := serve(t, url, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.MaxBody = 1000 })
	conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
	for range 400 {
		talk(t, conn, websocket.MessageText, "0123456789")
	}
	_ = conn.Close(websocket.StatusNormalClosure, "")
	r := g.next(t)
	kept := 0
	for _, m := range r.Messages {
		kept += len(m.Body.Content)
		if m.Kind == "text" && m.Body.Size != 10 {
			t.Errorf("size %d", m.Body.Size)
		}
	}
	if len(r.Messages) != 500 || kept != 1000 {
		t.Errorf("%d messages with %d bytes, want 500 and 1000", len(r.Messages), kept)
	}
}

// switched serves with a scenario that can be changed.
func switched(initial scenario.Behavior) (change, func(scenario.Behavior)) {
	change, set := switchedTo(scenario.Definition{Behavior: initial})
	return change, func(b scenario.Behavior) { set(scenario.Definition{Behavior: b}) }
}

func switchedTo(initial scenario.Definition) (change, func(scenario.Definition)) {
	version := int64(1)
	live, err := scenario.NewLive(scenario.Scenario{Version: version, Definition: initial}, nil)
	if err != nil {
		panic(err)
	}
	set := func(d scenario.Definition) {
		version++
		if err := live.Store(scenario.Scenario{Version: version, Definition: d}); err != nil {
			panic(err)
		}
	}
	return func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Engine = live.Load }, set
}

func TestAnOpenWebSocketIsClosedWhenTheScenarioTurnsToErrors(t *testing.T) {
	for status, want := range map[int]websocket.StatusCode{
		503: websocket.StatusTryAgainLater, 500: websocket.StatusInternalError, 403: websocket.StatusPolicyViolation,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			url, upstreamSaw := echoServer(t, websocket.CompressionDisabled)
			change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
			g := serve(t, url, change)
			conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
			talk(t, conn, websocket.MessageText, "hello")
			set(scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{status}})
			// Nothing is sent: the connection is closed all the same.
			if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != want {
				t.Errorf("closed with %v, want %v", err, want)
			}
			if err := <-upstreamSaw; websocket.CloseStatus(err) != want {
				t.Errorf("the upstream saw %v, want the client's answer to the close", err)
			}
			r := g.next(t)
			if r.WebSocketClose == nil || *r.WebSocketClose != int(want) || r.ScenarioMode != "error" || r.ScenarioVersion != 2 || r.ResponseStatus != 101 {
				t.Errorf("recorded close code %v, mode %s, version %d, status %d", r.WebSocketClose, r.ScenarioMode, r.ScenarioVersion, r.ResponseStatus)
			}
			if diff := cmp.Diff([]recording.Fault{{Kind: "error", Detail: fmt.Sprint(status)}}, r.Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if g.Active() != 0 {
				t.Errorf("%d connections are active", g.Active())
			}
		})
	}
}

func TestACloseWaitsForTheEndOfAFrame(t *testing.T) {
	half, release := make(chan struct{}), make(chan struct{})
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n\x81\x05he")
		_ = buffered.Flush()
		close(half)
		<-release
		fmt.Fprint(buffered, "llo\x81\x05never")
		_ = buffered.Flush()
		_, _ = io.Copy(io.Discard, conn)
	})
	change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
	g := serve(t, u.URL, change)
	conn := dial(t, g.Addr)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n")
	<-half
	read := func(until string) (text string) {
		t.Helper()
		for buffer := make([]byte, 1); !strings.HasSuffix(text, until); text += string(buffer) {
			if _, err := conn.Read(buffer); err != nil {
				t.Fatalf("%v after %q", err, text)
			}
		}
		return text
	}
	read("\x81\x05he")
	set(scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{503}})
	eventually(t, func() bool { return g.Closing() == 1 })
	close(release)
	if got := read("\x03\xf5"); got != "llo\x88\x02\x03\xf5" {
		t.Errorf("got %q, want the rest of the frame and a close frame", got)
	}
	_ = conn.Close()
	g.next(t)
}

func TestMessagesOfAnOpenWebSocketAreDelayed(t *testing.T) {
	url, _ := echoServer(t, websocket.CompressionDisabled)
	change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
	g := serve(t, url, change)
	conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
	talk(t, conn, websocket.MessageText, "quick")
	set(scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(0.0), TimeoutRate: new(0.0), SpikeProbability: new(1.0), LatencyMinMS: new(60), LatencyMaxMS: new(60)})
	talk(t, conn, websocket.MessageText, "slow")
	talk(t, conn, websocket.MessageText, "slow")
	_ = conn.Close(websocket.StatusNormalClosure, "")
	r := g.next(t)
	if r.InjectedDelayMS < 120 || len(r.Faults) != 1 || r.Faults[0].Kind != "latency" || !strings.HasPrefix(r.Faults[0].Detail, "2 messages, ") {
		t.Errorf("recorded %v ms, %v", r.InjectedDelayMS, r.Faults)
	}
}

func TestAnOpenWebSocketStallsAndThenCloses(t *testing.T) {
	url, _ := echoServer(t, websocket.CompressionDisabled)
	change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
	g := serve(t, url, change)
	conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
	talk(t, conn, websocket.MessageText, "hello")
	set(scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(0.0), TimeoutRate: new(1.0), TimeoutMS: new(400), RandomSlowdowns: new(false)})
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("anyone?")); err != nil {
		t.Fatal(err)
	}
	if _, message, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusInternalError {
		t.Errorf("got %q (%v), want nothing, and a close with 1011", message, err)
	}
	if r := g.next(t); len(r.Faults) != 1 || r.Faults[0].Kind != "timeout" {
		t.Errorf("recorded %v", r.Faults)
	}
}

func TestTheKillSwitchFreesAStalledWebSocket(t *testing.T) {
	url, _ := echoServer(t, websocket.CompressionDisabled)
	change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
	g := serve(t, url, change)
	conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
	talk(t, conn, websocket.MessageText, "hello")
	set(scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(0.0), TimeoutRate: new(1.0), TimeoutMS: new(60_000), RandomSlowdowns: new(false)})
	eventually(t, func() bool { return g.Stalled() == 1 })
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("anyone?")); err != nil {
		t.Fatal(err)
	}
	set(scenario.Behavior{Mode: scenario.Healthy})
	if _, message, err := conn.Read(t.Context()); string(message) != "anyone?" {
		t.Errorf("got %q (%v)", message, err)
	}
}

func TestAWebSocketThatEndsWithoutACloseIsAbnormal(t *testing.T) {
	url, _ := echoServer(t, websocket.CompressionDisabled)
	g := serve(t, url)
	conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
	talk(t, conn, websocket.MessageText, "hello")
	_ = conn.CloseNow()
	if r := g.next(t); r.WebSocketClose == nil || *r.WebSocketClose != 1006 {
		t.Errorf("recorded close code %v, want 1006", r.WebSocketClose)
	}
}

func TestShutdownTellsWebSocketsThatItGoesAway(t *testing.T) {
	url, _ := echoServer(t, websocket.CompressionDisabled)
	g := serve(t, url)
	conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
	talk(t, conn, websocket.MessageText, "hello")
	read := make(chan error, 1)
	go func() {
		_, _, err := conn.Read(context.Background())
		read <- err
	}()
	if err := g.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-read; websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("ended with %v, want close code 1001", err)
	}
}

func TestAClientThatDoesNotReadIsClosedAllTheSame(t *testing.T) {
	flooded := make(chan struct{})
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		defer close(flooded)
		for message := make([]byte, 1<<16); conn.Write(r.Context(), websocket.MessageBinary, message) == nil; {
		}
	})
	change, set := switched(scenario.Behavior{Mode: scenario.Healthy})
	g := serve(t, u.URL, change)
	dialWebSocket(t, g.URL, websocket.CompressionDisabled)
	set(scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{503}})
	<-flooded
	if r := g.next(t); len(r.Faults) != 1 || r.Faults[0].Kind != "error" {
		t.Errorf("recorded %v", r.Faults)
	}
	if g.Active() != 0 {
		t.Errorf("%d connections are active", g.Active())
	}
}
