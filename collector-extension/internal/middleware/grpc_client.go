package middleware

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// unaryClient returns before the connection of an exporter.
func (m *Middleware) unaryClient(ctx context.Context, method string, request, response any, conn *grpc.ClientConn, next grpc.UnaryInvoker, options ...grpc.CallOption) (err error) {
	run := m.running.Load()
	if run == nil {
		return next(ctx, method, request, response, conn, options...)
	}
	x := run.beginOutgoing(ctx, method, conn)
	defer func() { x.finishCall(ctx, err) }()
	x.keepMessage(&x.In, request)
	x.In.End()
	if err := x.injectGRPC(ctx); err != nil {
		return err
	}
	if err = next(x.changedOutgoing(ctx), method, request, response, conn, options...); err == nil {
		x.keepMessage(&x.Out, response)
	}
	if waiting := x.firstByte(ctx); waiting != nil {
		return gaveUp(ctx)
	}
	x.Answered()
	return err
}

// streamClient returns before the streams of an exporter.
func (m *Middleware) streamClient(ctx context.Context, description *grpc.StreamDesc, conn *grpc.ClientConn, method string, next grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	run := m.running.Load()
	if run == nil {
		return next(ctx, description, conn, method, options...)
	}
	x := run.beginOutgoing(ctx, method, conn)
	err := x.injectGRPC(ctx)
	var stream grpc.ClientStream
	if err == nil {
		stream, err = next(x.changedOutgoing(ctx), description, conn, method, options...)
	}
	if err != nil {
		x.finishCall(ctx, err)
		return nil, err
	}
	watched := &clientStream{ClientStream: stream, ctx: ctx, exchange: x, single: !description.ServerStreams}
	// Callers may give a stream up without reading it to its end.
	watched.unwatch = context.AfterFunc(ctx, func() { x.finishCall(ctx, ctx.Err()) })
	return watched, nil
}

func (r *running) beginOutgoing(ctx context.Context, fullMethod string, conn *grpc.ClientConn) *exchange {
	md, _ := metadata.FromOutgoingContext(ctx)
	x := r.exporters.beginGRPC(ctx, fullMethod, "", md)
	x.Update(func(rec *recording.Recording) { rec.Host = conn.Target() })
	return x
}

// finishCall completes a call to a backend that ended with err.
func (x *exchange) finishCall(ctx context.Context, err error) {
	if errors.Is(err, io.EOF) {
		err = nil
	}
	// What a fault has answered with is an answer.
	if failure := ofCall(ctx, err); failure != (core.Failure{}) && !x.Forwarded().IsZero() {
		x.Fail(failure)
	}
	x.finishGRPC(ctx, err)
}

// changedOutgoing returns ctx with the metadata that the backend is to see.
func (x *exchange) changedOutgoing(ctx context.Context) context.Context {
	md, _ := metadata.FromOutgoingContext(ctx)
	if md, changed := x.requestMetadata(ctx, md); changed {
		return metadata.NewOutgoingContext(ctx, md)
	}
	return ctx
}

// clientStream notes the messages of a stream.
type clientStream struct {
	grpc.ClientStream
	// ctx is the context of the caller. The stream's own ends with the stream.
	ctx      context.Context
	exchange *exchange
	// single reports whether there is one answer at most.
	single  bool
	first   sync.Once
	unwatch func() bool
}

func (s *clientStream) SendMsg(m any) error {
	return s.exchange.send(s.ClientStream, &s.exchange.In, m)
}

func (s *clientStream) RecvMsg(m any) error {
	err := s.exchange.recv(s.ClientStream, &s.exchange.Out, m)
	s.first.Do(func() {
		if waiting := s.exchange.firstByte(s.Context()); waiting != nil {
			err = gaveUp(s.Context())
		}
		s.exchange.Answered()
	})
	if err != nil || s.single {
		s.unwatch()
		s.exchange.finishCall(s.ctx, err)
	}
	return err
}
