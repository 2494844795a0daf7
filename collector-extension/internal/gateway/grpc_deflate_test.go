package gateway_test

import (
	"compress/zlib"
	"io"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"
)

// deflateCompressor is the compression that gRPC calls deflate, which grpc-go does not bring.
type deflateCompressor struct{}

func (deflateCompressor) Name() string { return "deflate" }

func (deflateCompressor) Compress(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }

func (deflateCompressor) Decompress(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }

func init() { encoding.RegisterCompressor(deflateCompressor{}) }

func TestDeflatedGRPCMessagesAreRecordedReadable(t *testing.T) {
	server := grpc.NewServer()
	checks := health.NewServer()
	checks.SetServingStatus("shop", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, checks)
	u := upstream(t, server.ServeHTTP)
	t.Cleanup(server.Stop)
	g := serve(t, u.URL)
	if _, err := healthpb.NewHealthClient(connect(t, g.Addr)).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "shop"}, grpc.UseCompressor("deflate")); err != nil {
		t.Fatal(err)
	}
	r := g.next(t)
	var asked healthpb.HealthCheckRequest
	var answered healthpb.HealthCheckResponse
	if len(r.Messages) != 2 || proto.Unmarshal(r.Messages[0].Body.Content, &asked) != nil || proto.Unmarshal(r.Messages[1].Body.Content, &answered) != nil {
		t.Fatalf("recorded %+v", r.Messages)
	}
	if asked.Service != "shop" || answered.Status != healthpb.HealthCheckResponse_SERVING || !r.Messages[0].Body.Decoded || !r.Messages[1].Body.Decoded {
		t.Errorf("recorded %v and %v", &asked, &answered)
	}
}
