package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"go.opentelemetry.io/collector/config/confighttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func maxMessage(size int) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Limits.MaxMessageBytes = size }
}

// flood sends each client one message that is within the limit and, asked for it, one that is not, and tells how its
// connection ended.
func flood(t *testing.T, mode websocket.CompressionMode, large []byte) (url string, closed <-chan error) {
	ended := make(chan error, 1)
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: mode})
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		conn.SetReadLimit(-1)
		_ = conn.Write(r.Context(), websocket.MessageText, []byte("small"))
		for {
			_, message, err := conn.Read(r.Context())
			if err != nil {
				ended <- err
				return
			}
			if string(message) == "large" {
				// It may be refused while it is sent.
				_ = conn.Write(r.Context(), websocket.MessageBinary, large)
			}
		}
	}).URL, ended
}

func TestWebSocketMessagesAboveTheLimitCloseBothSides(t *testing.T) {
	large := []byte(strings.Repeat("x", 1<<20))
	for name, changes := range map[string][]change{
		"passed on":            nil,
		"looked into":          {inForce(untouchedMessages)},
		"throttled":            {faulty(scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1 << 20))})},
		"without a recording":  {func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Capture = nil }},
		"with message latency": {inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Latency: &scenario.Latency{MinMS: 1, MaxMS: 1}})},
	} {
		for _, from := range []string{"client", "upstream"} {
			t.Run(name+", from the "+from, func(t *testing.T) {
				url, closed := flood(t, websocket.CompressionDisabled, large)
				g := serve(t, url, append(changes, maxMessage(1000))...)
				conn := dialWebSocket(t, g.URL, websocket.CompressionDisabled)
				if _, message, err := conn.Read(t.Context()); err != nil || string(message) != "small" {
					t.Fatalf("got %q (%v)", message, err)
				}
				message := []byte("large")
				if from == "client" {
					message = large
				}
				// It may be refused while it is sent.
				_ = conn.Write(t.Context(), websocket.MessageText, message)
				if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
					t.Errorf("the client was closed with %v", err)
				}
				if err := <-closed; websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
					t.Errorf("the upstream was closed with %v", err)
				}
				r := g.next(t)
				if r.Failure != from+"'s message larger than the gateway's limit" || r.WebSocketClose == nil || *r.WebSocketClose != 1009 || r.Injected() && changes == nil {
					t.Errorf("recorded failure %q, close code %v, faults %v", r.Failure, r.WebSocketClose, r.Faults)
				}
			})
		}
	}
}

func TestTheFramesOfAWebSocketMessageAreLimitedTogether(t *testing.T) {
	url, closed := flood(t, websocket.CompressionDisabled, nil)
	g := serve(t, url, maxMessage(5))
	conn := dial(t, g.Addr)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	// Two messages of five bytes, one of them around a ping; then one of six, whose last frame comes byte by byte.
	fmt.Fprint(conn, "\x01\x82\x00\x00\x00\x00he\x89\x86\x00\x00\x00\x00beyond\x80\x83\x00\x00\x00\x00llo"+"\x81\x85\x00\x00\x00\x00hello"+"\x01\x85\x00\x00\x00\x00hello")
	for _, c := range []byte("\x80\x81\x00\x00\x00\x00!") {
		if _, err := conn.Write([]byte{c}); err != nil {
			break
		}
	}
	if err := <-closed; websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("the upstream was closed with %v", err)
	}
	if r := g.next(t); r.Failure != "client's message larger than the gateway's limit" {
		t.Errorf("recorded %q", r.Failure)
	}
}

// An upstream that neither reads nor answers does not hold the connection of a client that is refused.
func TestARefusedWebSocketEndsAlsoWhereNobodyAnswers(t *testing.T) {
	release := make(chan struct{})
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		<-release
	})
	defer close(release)
	g := serve(t, u.URL, maxMessage(1<<20))
	conn := dial(t, g.Addr)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	fmt.Fprint(conn, "\x82\xff\x7f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	if r := g.next(t); r.Failure != "client's message larger than the gateway's limit" || *r.WebSocketClose != 1009 {
		t.Errorf("recorded %q, %d", r.Failure, *r.WebSocketClose)
	}
	if g.Active() != 0 {
		t.Errorf("%d connections are active", g.Active())
	}
}

// ample answers with as many bytes as it is asked for.
type ample struct {
	testpb.UnimplementedTestServiceServer
	ended chan error
}

func (ample) UnaryCall(_ context.Context, r *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
	return &testpb.SimpleResponse{Payload: &testpb.Payload{Body: make([]byte, r.ResponseSize)}}, nil
}

func (a ample) FullDuplexCall(stream testpb.TestService_FullDuplexCallServer) error {
	for {
		r, err := stream.Recv()
		if err != nil {
			a.ended <- err
			return err
		}
		answer := &testpb.StreamingOutputCallResponse{Payload: &testpb.Payload{Body: make([]byte, r.ResponseParameters[0].Size)}}
		if err := stream.Send(answer); err != nil {
			a.ended <- err
			return err
		}
	}
}

func TestGRPCMessagesAboveTheLimitEndTheCall(t *testing.T) {
	server, own := grpc.NewServer(), grpc.NewServer()
	a := ample{ended: make(chan error, 10)}
	for _, s := range []*grpc.Server{server, own} {
		testpb.RegisterTestServiceServer(s, a)
		t.Cleanup(s.Stop)
	}
	large := &testpb.Payload{Body: make([]byte, 100_000)}
	for name, url := range map[string]string{"behind net/http": upstream(t, server.ServeHTTP).URL, "by itself": serveGRPC(t, own)} {
		for harm, changes := range map[string][]change{"healthy": nil, "with messages looked into": {inForce(untouchedMessages)}} {
			t.Run(name+", "+harm, func(t *testing.T) {
				g := serve(t, url, append(changes, maxMessage(50_000))...)
				client := testpb.NewTestServiceClient(connect(t, g.Addr))
				recorded := func(failure string) {
					t.Helper()
					r := g.next(t)
					switch {
					case r.Failure != failure:
						t.Errorf("recorded %q, want %q", r.Failure, failure)
					case failure != "" && (r.GRPCStatus == nil || *r.GRPCStatus != int(codes.ResourceExhausted)):
						t.Errorf("recorded gRPC status %v", r.GRPCStatus)
					}
				}
				if _, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{ResponseSize: 49_000}); err != nil {
					t.Errorf("within the limit: %v", err)
				}
				recorded("")
				if _, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{Payload: large}); status.Code(err) != codes.ResourceExhausted {
					t.Errorf("a request above the limit: %v", err)
				}
				recorded("client's message larger than the gateway's limit")
				if _, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{ResponseSize: 100_000}); status.Code(err) != codes.ResourceExhausted {
					t.Errorf("an answer above the limit: %v", err)
				}
				recorded("upstream's message larger than the gateway's limit")

				for from, request := range map[string]*testpb.StreamingOutputCallRequest{
					"client":   {Payload: large, ResponseParameters: []*testpb.ResponseParameters{{Size: 1}}},
					"upstream": {ResponseParameters: []*testpb.ResponseParameters{{Size: 100_000}}},
				} {
					stream, err := client.FullDuplexCall(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if err := stream.Send(&testpb.StreamingOutputCallRequest{ResponseParameters: []*testpb.ResponseParameters{{Size: 1}}}); err != nil {
						t.Fatal(err)
					}
					if _, err := stream.Recv(); err != nil {
						t.Fatalf("within the limit: %v", err)
					}
					_ = stream.Send(request) // It may be refused while it is sent.
					if _, err := stream.Recv(); status.Code(err) != codes.ResourceExhausted {
						t.Errorf("a stream with a message above the limit, from the %s: %v", from, err)
					}
					recorded(from + "'s message larger than the gateway's limit")
					<-a.ended
				}
			})
		}
	}
}

// A compressed message counts as it is sent.
func TestCompressedWebSocketMessagesAreLimitedAsTheyAreSent(t *testing.T) {
	large := []byte(strings.Repeat("x", 100_000))
	url, _ := echoServer(t, websocket.CompressionContextTakeover)
	g := serve(t, url, maxMessage(1000))
	conn := dialWebSocket(t, g.URL, websocket.CompressionContextTakeover)
	if got := talk(t, conn, websocket.MessageText, string(large)); got != string(large) {
		t.Errorf("%d bytes came back", len(got))
	}
	_ = conn.Close(websocket.StatusNormalClosure, "")
	if r := g.next(t); r.Failure != "" || r.Protocol != recording.WebSocket {
		t.Errorf("recorded %q", r.Failure)
	}
}
