package gateway_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/interop"
	testpb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The cases of gRPC's own interoperability test, between its own client and server. Each ends the process where the
// client does not see what it must.
var interopCases = []struct {
	name string
	run  func(context.Context, testpb.TestServiceClient)
	// in and out are how many messages the client and the server send over all calls of the case; -1 is not to check.
	in, out int
}{
	{"empty_unary", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoEmptyUnaryCall(ctx, c) }, 1, 1},
	{"large_unary", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoLargeUnaryCall(ctx, c) }, 1, 1},
	{"client_streaming", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoClientStreaming(ctx, c) }, 4, 1},
	{"server_streaming", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoServerStreaming(ctx, c) }, 1, 4},
	{"ping_pong", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoPingPong(ctx, c) }, 4, 4},
	{"empty_stream", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoEmptyStream(ctx, c) }, 0, 0},
	{"timeout_on_sleeping_server", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoTimeoutOnSleepingServer(ctx, c) }, -1, -1},
	{"cancel_after_begin", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoCancelAfterBegin(ctx, c) }, -1, -1},
	{"cancel_after_first_response", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoCancelAfterFirstResponse(ctx, c) }, -1, -1},
	{"status_code_and_message", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoStatusCodeAndMessage(ctx, c) }, 2, 0},
	{"special_status_message", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoSpecialStatusMessage(ctx, c) }, 1, 0},
	{"custom_metadata", func(ctx context.Context, c testpb.TestServiceClient) { interop.DoCustomMetadata(ctx, c) }, 2, 2},
	{"unimplemented_method", func(ctx context.Context, c testpb.TestServiceClient) {
		interop.DoUnimplementedMethod(ctx, c.(*interopClient).connection)
	}, 1, 0},
}

// interopClient keeps the connection for the cases that need it.
type interopClient struct {
	testpb.TestServiceClient
	connection *grpc.ClientConn
}

func TestGRPCIsTheSameThroughTheGateway(t *testing.T) {
	server := grpc.NewServer()
	testpb.RegisterTestServiceServer(server, interop.NewTestServer())
	u := upstream(t, server.ServeHTTP)
	t.Cleanup(server.Stop)
	for _, test := range interopCases {
		t.Run(test.name, func(t *testing.T) {
			g := serve(t, u.URL)
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
