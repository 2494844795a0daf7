package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	methodUnary  = "/mockforge.bench.Echo/Unary"
	methodServer = "/mockforge.bench.Echo/Server"
	methodBidi   = "/mockforge.bench.Echo/Bidi"
)

var (
	serverStream = grpc.StreamDesc{StreamName: "Server", ServerStreams: true, Handler: answerStream}
	bidiStream   = grpc.StreamDesc{StreamName: "Bidi", ServerStreams: true, ClientStreams: true, Handler: echoStream}
)

// echo is the service that the upstream offers: messages are of protobuf's BytesValue, and need no generated code.
var echo = grpc.ServiceDesc{
	ServiceName: "mockforge.bench.Echo", HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{MethodName: "Unary", Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		message := &wrapperspb.BytesValue{}
		return message, decode(message)
	}}},
	Streams: []grpc.StreamDesc{serverStream, bidiStream},
}

// answerStream sends the message that it was asked with so many times.
func answerStream(_ any, stream grpc.ServerStream) error {
	message := &wrapperspb.BytesValue{}
	if err := stream.RecvMsg(message); err != nil {
		return err
	}
	for range streamParts {
		if err := stream.SendMsg(message); err != nil {
			return err
		}
	}
	return nil
}

// echoStream sends each message back.
func echoStream(_ any, stream grpc.ServerStream) error {
	message := &wrapperspb.BytesValue{}
	for {
		if err := stream.RecvMsg(message); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		if err := stream.SendMsg(message); err != nil {
			return err
		}
	}
}

// grpcWay is a connection over which calls are made as call has it.
type grpcWay struct {
	conn *grpc.ClientConn
	call func(context.Context, *grpc.ClientConn) (int, error)
}

func (w *grpcWay) exchange(ctx context.Context) (int, error) { return w.call(ctx, w.conn) }
func (w *grpcWay) close()                                    { w.conn.Close() }

func dialGRPC(address string, call func(context.Context, *grpc.ClientConn) (int, error)) (*grpcWay, error) {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	return &grpcWay{conn, call}, nil
}

func messageOf(size int) *wrapperspb.BytesValue {
	return wrapperspb.Bytes(bytes.Repeat([]byte("x"), size))
}

func dialUnary(_ context.Context, address string) (way, error) {
	sent := messageOf(answerSize)
	return dialGRPC(address, func(ctx context.Context, conn *grpc.ClientConn) (int, error) {
		got := &wrapperspb.BytesValue{}
		if err := conn.Invoke(ctx, methodUnary, sent, got); err != nil {
			return 0, err
		}
		return 1, same(sent, got)
	})
}

func dialServerStream(_ context.Context, address string) (way, error) {
	sent := messageOf(messageSize)
	return dialGRPC(address, func(ctx context.Context, conn *grpc.ClientConn) (int, error) {
		stream, err := conn.NewStream(ctx, &serverStream, methodServer)
		if err != nil {
			return 0, err
		}
		if err := stream.SendMsg(sent); err != nil {
			return 0, err
		}
		if err := stream.CloseSend(); err != nil {
			return 0, err
		}
		got := &wrapperspb.BytesValue{}
		for n := 0; ; n++ {
			switch err := stream.RecvMsg(got); {
			case err == io.EOF && n == streamParts:
				return n, nil
			case err == io.EOF:
				return 0, fmt.Errorf("the stream had %d messages, want %d", n, streamParts)
			case err != nil:
				return 0, err
			}
			if err := same(sent, got); err != nil {
				return 0, err
			}
		}
	})
}

// dialBidi opens a stream, which all exchanges are on.
func dialBidi(ctx context.Context, address string) (way, error) {
	sent, got := messageOf(messageSize), &wrapperspb.BytesValue{}
	w, err := dialGRPC(address, nil)
	if err != nil {
		return nil, err
	}
	stream, err := w.conn.NewStream(ctx, &bidiStream, methodBidi)
	if err != nil {
		w.close()
		return nil, err
	}
	w.call = func(context.Context, *grpc.ClientConn) (int, error) {
		if err := stream.SendMsg(sent); err != nil {
			return 0, err
		}
		if err := stream.RecvMsg(got); err != nil {
			return 0, err
		}
		return 1, same(sent, got)
	}
	return w, nil
}

func same(sent, got *wrapperspb.BytesValue) error {
	if !bytes.Equal(sent.Value, got.Value) {
		return fmt.Errorf("sent %d bytes, got %d, or others", len(sent.Value), len(got.Value))
	}
	return nil
}
