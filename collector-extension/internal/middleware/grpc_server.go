package middleware

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// unaryServer returns before the handlers of a receiver.
func (m *Middleware) unaryServer(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (response any, err error) {
	run := m.running.Load()
	if run == nil {
		return next(ctx, request)
	}
	x := run.beginIncoming(ctx, info.FullMethod)
	defer func() { x.finishGRPC(ctx, err) }()
	x.keepMessage(&x.In, request)
	x.In.End()
	if err := x.injectGRPC(ctx); err != nil {
		_ = grpc.SetTrailer(ctx, x.faultMetadata())
		return nil, err
	}
	if response, err = next(x.changedIncoming(ctx), request); err == nil {
		x.keepMessage(&x.Out, response)
	}
	if waiting := x.firstByte(ctx); waiting != nil {
		return nil, gaveUp(ctx)
	}
	x.Answered()
	if added := x.responseMetadata(ctx); added != nil {
		_ = grpc.SetHeader(ctx, added)
	}
	_ = grpc.SetTrailer(ctx, x.faultMetadata())
	return response, err
}

// streamServer returns before the streaming handlers of a receiver.
func (m *Middleware) streamServer(service any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	run := m.running.Load()
	if run == nil {
		return next(service, stream)
	}
	ctx := stream.Context()
	x := run.beginIncoming(ctx, info.FullMethod)
	defer func() { x.finishGRPC(ctx, err) }()
	err = x.injectGRPC(ctx)
	if err == nil {
		if added := x.responseMetadata(ctx); added != nil {
			_ = stream.SetHeader(added)
		}
		err = next(service, &serverStream{stream, x, x.changedIncoming(ctx)})
	}
	stream.SetTrailer(x.faultMetadata())
	return err
}

func (r *running) beginIncoming(ctx context.Context, fullMethod string) *exchange {
	md, _ := metadata.FromIncomingContext(ctx)
	address := ""
	if p, ok := peer.FromContext(ctx); ok && p.Addr != nil {
		address = p.Addr.String()
	}
	x := r.receivers.beginGRPC(ctx, fullMethod, address, md)
	x.Update(func(rec *recording.Recording) {
		rec.ClientIP = core.Host(address)
		if authority := md.Get(":authority"); len(authority) > 0 {
			rec.Host = authority[0]
		}
	})
	return x
}

// changedIncoming returns ctx with the metadata that the receiver is to see.
func (x *exchange) changedIncoming(ctx context.Context) context.Context {
	md, _ := metadata.FromIncomingContext(ctx)
	if md, changed := x.requestMetadata(ctx, md); changed {
		return metadata.NewIncomingContext(ctx, md)
	}
	return ctx
}

// serverStream notes the messages of a stream.
type serverStream struct {
	grpc.ServerStream
	exchange *exchange
	// ctx has the metadata that the receiver is to see.
	ctx context.Context
}

func (s *serverStream) Context() context.Context { return s.ctx }

func (s *serverStream) RecvMsg(m any) error {
	return s.exchange.recv(s.ServerStream, &s.exchange.In, m)
}

func (s *serverStream) SendMsg(m any) error {
	if err := s.exchange.firstByte(s.Context()); err != nil {
		return gaveUp(s.Context())
	}
	s.exchange.Answered()
	return s.exchange.send(s.ServerStream, &s.exchange.Out, m)
}
