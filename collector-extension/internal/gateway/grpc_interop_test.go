package gateway_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/interop"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The cases of gRPC's own interoperability test, between its own client and server. Each ends the process where the
// client does not see what it must. Without cancel_after_begin, whose client may see the answer first where the machine is
// busy.
var interopCases = []struct {
	name string
	run  func(context.Context, testpb.TestServiceClient)
	// in and out are how many messages the client and the server send over all calls of the case; -1 is not to check: a
	// server refuses what it does not know before the message of the client was forwarded, or after.
	in, out int
}{
	{"empty_unary", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoEmptyUnaryCall(ctx, c) }, 1, 1},
	{"large_unary", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoLargeUnaryCall(ctx, c) }, 1, 1},
	{"client_streaming", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoClientStreaming(ctx, c) }, 4, 1},
	{"server_streaming", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoServerStreaming(ctx, c) }, 1, 4},
	{"ping_pong", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoPingPong(ctx, c) }, 4, 4},
	{"empty_stream", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoEmptyStream(ctx, c) }, 0, 0},
	{"timeout_on_sleeping_server", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoTimeoutOnSleepingServer(ctx, c) }, -1, -1},
	{"cancel_after_first_response", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoCancelAfterFirstResponse(ctx, c) }, -1, -1},
	{"status_code_and_message", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoStatusCodeAndMessage(ctx, c) }, 2, 0},
	{"special_status_message", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoSpecialStatusMessage(ctx, c) }, 1, 0},
	{"custom_metadata", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoCustomMetadata(ctx, c) }, 2, 2},
	{"unimplemented_method", func(ctx context.Context, c testpb.TestServiceClient) {
		interop.DoUnimplementedMethod(ctx, c.(*interopClient).connection)
	}, -1, 0},
	{"unimplemented_service", func(ctx context.Context, c testpb.TestServiceClient) {
		interop.DoUnimplementedService(ctx, testpb.NewUnimplementedServiceClient(c.(*interopClient).connection))
	}, -1, 0},
}

// interopClient keeps the connection for the cases that need it.
type interopClient struct {
	testpb.TestServiceClient
	connection *grpc.ClientConn
}

func TestGRPCIsTheSameThroughTheGateway(t *testing.T) {
	for name, url := range interopServers(t) {
		t.Run(name, func(t *testing.T) { testInterop(t, url) })
	}
}

// interopServers returns gRPC's test server, behind net/http, and as it serves by itself.
func interopServers(t *testing.T) map[string]string {
	server, own := grpc.NewServer(), grpc.NewServer()
	for _, s := range []*grpc.Server{server, own} {
		testpb.RegisterTestServiceServer(s, interop.NewTestServer())
		t.Cleanup(s.Stop)
	}
	return map[string]string{"net http": upstream(t, server.ServeHTTP).URL, "its own": serveGRPC(t, own)}
}

// serveGRPC serves s without net/http.
func serveGRPC(t *testing.T, s *grpc.Server) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(listener) })
	t.Cleanup(func() {
		s.Stop()
		serving.Wait()
	})
	return "http://" + listener.Addr().String()
}

func testInterop(t *testing.T, url string) {
	for _, test := range interopCases {
		t.Run(test.name, func(t *testing.T) {
			direct := connect(t, strings.TrimPrefix(url, "http://"))
			test.run(t.Context(), &interopClient{testpb.NewTestServiceClient(direct), direct})
			g := serve(t, url)
			connection := connect(t, g.Addr)
			test.run(t.Context(), &interopClient{testpb.NewTestServiceClient(connection), connection})
			if err := connection.Close(); err != nil {
				t.Error(err)
			}
			if err := g.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			close(g.recordings)
			in, out := 0, 0
			for r := range g.recordings {
				if r.Protocol != recording.GRPC || r.Operation == "" || r.HTTPVersion != "HTTP/2.0" {
					t.Errorf("recorded %s %q over %s", r.Protocol, r.Operation, r.HTTPVersion)
				}
				for _, m := range r.Messages {
					if m.Kind != "grpc" || m.Body.Truncated != (int64(len(m.Body.Content)) < m.Body.Size) {
						t.Errorf("message %s of %d bytes, %d kept", m.Kind, m.Body.Size, len(m.Body.Content))
					}
					if m.Direction == "in" {
						in++
					} else {
						out++
					}
				}
			}
			if test.in >= 0 && (in != test.in || out != test.out) {
				t.Errorf("recorded %d messages of the client and %d of the server, want %d and %d", in, out, test.in, test.out)
			}
		})
	}
}

func TestADeadlineEndsAGRPCCallThatIsHeld(t *testing.T) {
	g := serve(t, untouched(t), held)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := testpb.NewTestServiceClient(connect(t, g.Addr)).EmptyCall(ctx, &testpb.Empty{})
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	if r := g.next(t); len(r.Faults) != 1 || r.Faults[0].Kind != "timeout" || r.Failure != "client aborted" {
		t.Errorf("recorded faults %v, failure %q", r.Faults, r.Failure)
	}
}

func TestAPluginThatPanicsFailsAGRPCCallInItsOwnTerms(t *testing.T) {
	var ran executions
	g := serve(t, untouched(t), plugins(&ran, plugin("frail", func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no luck") })
	})))
	_, err := testpb.NewTestServiceClient(connect(t, g.Addr)).EmptyCall(t.Context(), &testpb.Empty{})
	if status.Code(err) != codes.Internal {
		t.Errorf("got %v, want Internal", err)
	}
	if r := g.next(t); r.GRPCStatus == nil || *r.GRPCStatus != int(codes.Internal) || r.Failure != "plugin frail failed" {
		t.Errorf("recorded gRPC status %v, failure %q", r.GRPCStatus, r.Failure)
	}
}

func TestACallThatIsCancelledIsCancelledUpstream(t *testing.T) {
	cancelled := make(chan struct{})
	server := grpc.NewServer()
	testpb.RegisterTestServiceServer(server, waiting{cancelled: cancelled})
	u := upstream(t, server.ServeHTTP)
	t.Cleanup(server.Stop)
	g := serve(t, u.URL)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := testpb.NewTestServiceClient(connect(t, g.Addr)).FullDuplexCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
		t.Errorf("got %v, want Canceled", err)
	}
	<-cancelled
	if r := g.next(t); r.Failure != "client aborted" || r.Injected() {
		t.Errorf("recorded failure %q", r.Failure)
	}
}

// waiting sends one message, and waits for the end of the call.
type waiting struct {
	testpb.UnimplementedTestServiceServer
	cancelled chan struct{}
}

func (w waiting) FullDuplexCall(stream testpb.TestService_FullDuplexCallServer) error {
	if err := stream.Send(&testpb.StreamingOutputCallResponse{}); err != nil {
		return err
	}
	<-stream.Context().Done()
	close(w.cancelled)
	return stream.Context().Err()
}
