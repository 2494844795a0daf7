package gateway_test

import (
	"io"
	"net"
	"net/http"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"
	"google.golang.org/grpc"
	testpb "google.golang.org/grpc/interop/grpc_testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
)

// benchmarked are gateways for benchmarks: one that keeps nothing, one that keeps the start of what passes, and one that looks into
// messages.
var benchmarked = map[string][]change{
	"passed on": {func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Capture = nil }},
	"recorded":  nil,
	"read":      {inForce(untouchedMessages), func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Capture = nil }},
}

// BenchmarkWebSocketMessages sends a hundred messages at once to a client and waits for its answer.
func BenchmarkWebSocketMessages(b *testing.B) {
	for name, changes := range benchmarked {
		for size, frame := range map[string][]byte{"128 B": append([]byte{0x82, 126, 0, 128}, make([]byte, 128)...), "16 KiB": append([]byte{0x82, 126, 0x40, 0}, make([]byte, 16<<10)...)} {
			b.Run(name+"/"+size, func(b *testing.B) {
				const messages = 100
				conns := make(chan net.Conn, 1)
				up := upstream(b, func(w http.ResponseWriter, _ *http.Request) {
					conn, buffered, err := w.(http.Hijacker).Hijack()
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.WriteString(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n")
					_ = buffered.Flush()
					conns <- conn
				}).URL
				g := serve(b, up, changes...)
				conn, err := net.Dial("tcp", g.Addr)
				if err != nil {
					b.Fatal(err)
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, rawHandshake)
				other := <-conns
				defer other.Close()
				for c, seen := make([]byte, 1), ""; len(seen) < 4 || seen[len(seen)-4:] != "\r\n\r\n"; seen += string(c) {
					if _, err := conn.Read(c); err != nil {
						b.Fatal(err)
					}
				}
				var all []byte
				for range messages {
					all = append(all, frame...)
				}
				got := make([]byte, len(all))
				b.SetBytes(int64(len(all)))
				b.ReportAllocs()
				for b.Loop() {
					go func() { _, _ = other.Write(all) }()
					if _, err := io.ReadFull(conn, got); err != nil {
						b.Fatal(err)
					}
					if _, err := io.WriteString(conn, "\x82\x80abcd"); err != nil {
						b.Fatal(err)
					}
					if _, err := io.ReadFull(other, got[:6]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkGRPCMessages exchanges messages of a kilobyte on one stream.
func BenchmarkGRPCMessages(b *testing.B) {
	for name, changes := range benchmarked {
		b.Run(name, func(b *testing.B) {
			server := grpc.NewServer()
			testpb.RegisterTestServiceServer(server, ample{ended: make(chan error, 1)})
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			go func() { _ = server.Serve(listener) }()
			b.Cleanup(server.Stop)
			g := serve(b, "http://"+listener.Addr().String(), append(changes, maxMessage(1<<20))...)
			client := testpb.NewTestServiceClient(connect(b, g.Addr))
			stream, err := client.FullDuplexCall(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			request := &testpb.StreamingOutputCallRequest{
				Payload: &testpb.Payload{Body: make([]byte, 1024)}, ResponseParameters: []*testpb.ResponseParameters{{Size: 1024}},
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := stream.Send(request); err != nil {
					b.Fatal(err)
				}
				if _, err := stream.Recv(); err != nil {
					b.Fatal(err)
				}
			}
			_ = stream.CloseSend()
		})
	}
}
