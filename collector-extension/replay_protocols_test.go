package mockforgeextension

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	demoapi "github.com/mockforge/mockforge-observability-app/dev/demoapi/shop"
	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shoppb"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// stage is a gateway in front of an upstream whose exchanges it records, and what replays them.
type stage struct {
	address  string
	replayer *replay.Replayer
	recorded chan recording.Recording
	options  gateway.Options
}

func newStage(t *testing.T, upstream string, changes ...func(*gateway.Options)) *stage {
	t.Helper()
	target, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := gateway.NewTransport(t.Context(), defaultGateway().Upstream, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	healthy, err := scenario.Compile(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{recorded: make(chan recording.Recording, 100)}
	o := gateway.Options{
		Name: "shop", Upstream: target, Transport: transport, Route: func(_, path string) string { return path }, Logger: slog.New(slog.DiscardHandler),
		Engine: func() *scenario.Engine { return healthy }, Capture: func(string) bool { return true }, MaxBody: 1 << 20,
		Observe: func(r *recording.Recording, _ bool) { s.recorded <- *r },
	}
	for _, change := range changes {
		change(&o)
	}
	s.options = o
	g, err := gateway.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.Serve(&http.Server{Handler: g, ReadHeaderTimeout: time.Minute}, listener, func(err error) { t.Error(err) })
	t.Cleanup(func() { _ = g.Shutdown(context.Background()) })
	s.address = listener.Addr().String()
	m := &mockforge{targets: map[string]map[string]replay.Target{"shop": {"": under(replayTarget(target, transport, nil), o)}}}
	if s.replayer, err = replay.New(replay.TargetsFunc(m.replayTarget), replay.Options{Timeout: patience}); err != nil {
		t.Fatal(err)
	}
	return s
}

// next returns the next exchange that is over.
func (s *stage) next(t *testing.T) recording.Recording {
	t.Helper()
	select {
	case r := <-s.recorded:
		r.ID = uuid.Must(uuid.NewV7())
		return r
	case <-time.After(patience):
		t.Fatal("nothing was recorded")
		panic("unreachable")
	}
}

func (s *stage) replay(t *testing.T, r recording.Recording, request replay.Request) replay.Comparison {
	t.Helper()
	c, err := s.replayer.Run(t.Context(), r, request)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExchangesOfAllProtocolsAreReplayed(t *testing.T) {
	api, err := demoapi.Start(t.Context(), "127.0.0.1:0", demoapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Shutdown(context.Background()) })
	s := newStage(t, "http://"+api.Address())
	speak(t, s.address)
	seen := map[recording.Protocol]bool{}
	for range 4 {
		r := s.next(t)
		seen[r.Protocol] = true
		if r.Target.Path() != r.Path {
			t.Errorf("%s: the target of %s is %q", r.Protocol, r.Path, r.Target)
		}
		c := s.replay(t, r, replay.Request{})
		if !c.Diff.Equal || c.Replayed.Failure != "" {
			t.Errorf("%s: %+v\n%+v", r.Protocol, c.Diff, c.Replayed)
		}
		result := replay.ResultOf(s.replay(t, r, replay.Request{Scenario: definition(t, `{"mode":"error","error_rate":1,"status_codes":[503]}`)}))
		part := map[recording.Protocol]string{recording.GRPC: "grpc_status", recording.GraphQL: "body"}[r.Protocol]
		if part == "" {
			part = "status"
		}
		found := false
		for _, d := range result.Differences {
			found = found || d.Part == part
		}
		if result.Outcome == replay.Same || !found {
			t.Errorf("%s under errors: %+v", r.Protocol, result)
		}
	}
	if len(seen) != 4 {
		t.Errorf("replayed %v", seen)
	}
}

func TestStreamsOfGRPCAreReplayedMessageByMessage(t *testing.T) {
	var mu sync.Mutex
	price := int64(3)
	server := grpc.NewServer()
	shoppb.RegisterShopServer(server, chatty{price: func() int64 { mu.Lock(); defer mu.Unlock(); return price }})
	t.Cleanup(server.Stop)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	s := newStage(t, "http://"+listener.Addr().String())
	connection, err := grpc.NewClient(s.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	stream, err := shoppb.NewShopClient(connection).Chat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two", "three"} {
		if err := stream.Send(&shoppb.ChatMessage{Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = stream.Recv()
	}
	r := s.next(t)
	if c := s.replay(t, r, replay.Request{}); !c.Diff.Equal || len(c.Replayed.Messages) != 3 || c.Replayed.GRPCStatus == nil || *c.Replayed.GRPCStatus != 0 {
		t.Errorf("%+v %+v", c.Diff, c.Replayed)
	}
	mu.Lock()
	price = 4
	mu.Unlock()
	c := s.replay(t, r, replay.Request{})
	if c.Diff.Equal || c.Diff.Messages == nil || len(c.Diff.Messages.Different) != 3 || c.Diff.GRPCStatus != nil {
		t.Errorf("%+v", c.Diff)
	}
	if d := replay.ResultOf(c).Differences; len(d) != 3 || d[0].Part != "message" || !strings.HasPrefix(d[0].Path, "message 1 ") {
		t.Errorf("%+v", d)
	}
}

// chatty answers each message of a chat with a price.
type chatty struct {
	shoppb.UnimplementedShopServer
	price func() int64
}

func (c chatty) Chat(stream grpc.BidiStreamingServer[shoppb.ChatMessage, shoppb.ChatMessage]) error {
	for {
		in, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&shoppb.ChatMessage{Text: strings.Repeat(in.GetText(), int(c.price()))}); err != nil {
			return err
		}
	}
}

func TestConversationsOnWebSocketsAreHadAgain(t *testing.T) {
	var mu sync.Mutex
	greeting, code := "welcome", websocket.StatusCode(4001)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		greeting, code := greeting, code
		mu.Unlock()
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"shop.v1"}})
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(1 << 20)
		_ = c.Write(r.Context(), websocket.MessageText, []byte(`{"say":"`+greeting+`"}`))
		for {
			kind, content, err := c.Read(r.Context())
			if err != nil {
				return
			}
			if string(content) == "enough" {
				_ = c.Close(code, "")
				return
			}
			_ = c.Write(r.Context(), kind, append([]byte("re: "), content...))
		}
	}))
	t.Cleanup(upstream.Close)
	s := newStage(t, upstream.URL)
	converse := func(end func(*websocket.Conn)) recording.Recording {
		c, _, err := websocket.Dial(t.Context(), "ws://"+s.address+"/ws", &websocket.DialOptions{Subprotocols: []string{"shop.v1"}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseNow()
		c.SetReadLimit(1 << 20)
		hear := func() {
			if _, _, err := c.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		hear()
		for _, m := range []string{"a", strings.Repeat("b", 70_000), "c"} {
			if err := c.Write(t.Context(), websocket.MessageBinary, []byte(m)); err != nil {
				t.Fatal(err)
			}
			hear()
		}
		end(c)
		return s.next(t)
	}
	byUpstream := converse(func(c *websocket.Conn) {
		_ = c.Write(t.Context(), websocket.MessageText, []byte("enough"))
		_, _, _ = c.Read(t.Context())
	})
	byClient := converse(func(c *websocket.Conn) { _ = c.Close(websocket.StatusNormalClosure, "") })
	for name, r := range map[string]recording.Recording{"closed by the upstream": byUpstream, "closed by the client": byClient} {
		c := s.replay(t, r, replay.Request{})
		if !c.Diff.Equal || c.Replayed.Status != 101 || len(c.Replayed.Messages) != 4 || c.Replayed.WebSocketClose == nil || *c.Replayed.WebSocketClose != *r.WebSocketClose {
			t.Errorf("%s: %+v\n%d messages, %v", name, c.Diff, len(c.Replayed.Messages), c.Replayed.WebSocketClose)
		}
	}
	mu.Lock()
	greeting, code = "go away", 4002
	mu.Unlock()
	c := s.replay(t, byUpstream, replay.Request{})
	if c.Diff.Equal || c.Diff.WebSocketClose == nil || c.Diff.WebSocketClose.After != 4002 || len(c.Diff.Messages.Different) != 1 || c.Diff.Messages.Different[0].Body.Changes[0].Path != "$.say" {
		t.Errorf("%+v", c.Diff)
	}
}
