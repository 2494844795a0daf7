// Package shop is the upstream of the demo: a small shop that answers over HTTP, gRPC, WebSocket and GraphQL on one
// port, with latencies like those of a real service and a few failures of its own.
package shop

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shoppb"
)

// DefaultErrorRate is the share of requests that fail by themselves in the demo.
const DefaultErrorRate = 0.01

// Options are the settings of the API.
type Options struct {
	// ErrorRate is the share of requests that fail organically, 0 to 1.
	ErrorRate float64
	// LatencyScale multiplies every latency; 0 answers at once.
	LatencyScale float64
	// Logger gets failures of the server; nil discards them.
	Logger *slog.Logger
}

func (o Options) validate() error {
	if !(o.ErrorRate >= 0 && o.ErrorRate <= 1) {
		return fmt.Errorf("error rate must be between 0 and 1, is %v", o.ErrorRate)
	}
	if !(o.LatencyScale >= 0 && o.LatencyScale <= 100) {
		return fmt.Errorf("latency scale must be between 0 and 100, is %v", o.LatencyScale)
	}
	return nil
}

// NewHandler returns the API as one handler. Its server must speak unencrypted HTTP/2 too, else gRPC is out of reach.
func NewHandler(options Options) (http.Handler, error) {
	if err := options.validate(); err != nil {
		return nil, err
	}
	catalog := newCatalog()
	behaviour := weather{errorRate: options.ErrorRate, latencyScale: options.LatencyScale}

	rpc := grpc.NewServer(grpc.MaxRecvMsgSize(4 << 20))
	shoppb.RegisterShopServer(rpc, &grpcShop{catalog: catalog, weather: behaviour})
	healthpb.RegisterHealthServer(rpc, health.NewServer())
	reflection.Register(rpc)

	mux := http.NewServeMux()
	(&httpShop{catalog: catalog, weather: behaviour}).register(mux)
	mux.Handle("GET /ws", &webSocket{weather: behaviour})
	mux.Handle("POST /graphql", newGraphQL(catalog, behaviour))

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			rpc.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// Server is the API on a listener.
type Server struct {
	listener net.Listener
	http     *http.Server
	end      context.CancelFunc
	served   chan struct{}
	failed   chan error
}

// Start listens on address ("127.0.0.1:0" for a free port) and serves. Streams end when ctx does.
func Start(ctx context.Context, address string, options Options) (*Server, error) {
	handler, err := NewHandler(options)
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the demo API cannot listen: %w", err)
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	// Requests hang on this context, so that streams without an end do not hold Shutdown up.
	streams, end := context.WithCancel(ctx)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &Server{
		listener: listener,
		end:      end,
		served:   make(chan struct{}),
		failed:   make(chan error, 1),
		http: &http.Server{
			Handler:           handler,
			Protocols:         protocols,
			ReadHeaderTimeout: 10 * time.Second,
			BaseContext:       func(net.Listener) context.Context { return streams },
			ErrorLog:          slog.NewLogLogger(options.Logger.Handler(), slog.LevelWarn),
		},
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(listener); err != nil && err != http.ErrServerClosed {
			s.failed <- err
		}
	}()
	options.Logger.Info("the demo API is up", "address", s.Address())
	return s, nil
}

// Address returns host:port of the listener.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Failed delivers the error that ended serving before Shutdown was called.
func (s *Server) Failed() <-chan error { return s.failed }

// Shutdown ends the streams, lets other requests finish until ctx ends, and waits for the server's goroutine.
func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.served
	return err
}
