package middleware

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// beginGRPC decides about a call.
func (r *running) beginGRPC(ctx context.Context, gateway, fullMethod, address string, md metadata.MD) *exchange {
	header := make(http.Header, len(md))
	for name, values := range md {
		header[http.CanonicalHeaderKey(name)] = values
	}
	x := r.begin(ctx, incoming{
		gateway: gateway, protocol: recording.GRPC, method: http.MethodPost, path: fullMethod, operation: strings.TrimPrefix(fullMethod, "/"),
		header: header, consumer: r.consumer(header, address),
	})
	x.rec.HTTPVersion = "HTTP/2.0"
	return x
}

// injectGRPC harms a call before it is passed on; the error is what it is answered with instead.
func (x *exchange) injectGRPC(ctx context.Context) error {
	code, err := x.inject(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		// A fault broke the call off.
		return status.Error(codes.Unavailable, err.Error())
	case err != nil:
		return gaveUp(ctx)
	case code != 0:
		return x.run.grpcAnswer(code).Err()
	}
	return nil
}

// faultMetadata says what was injected; nil where nothing was.
func (x *exchange) faultMetadata() metadata.MD {
	if value := fault.Header(x.Injected()); value != "" && x.run.FaultHeader {
		return metadata.Pairs(faultHeader, value)
	}
	return nil
}

// finishGRPC completes a call that ended with err.
func (x *exchange) finishGRPC(ctx context.Context, err error) {
	if errors.Is(err, io.EOF) {
		err = nil
	}
	x.mu.Lock()
	if !x.over {
		code := int(status.Code(err))
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			code = int(status.FromContextError(err).Code())
		}
		x.rec.GRPCStatus = &code
		x.rec.ResponseStatus = http.StatusOK
		if code == int(codes.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
			x.rec.ResponseStatus, x.rec.Failure = 0, failureClient
		}
	}
	x.mu.Unlock()
	x.finish(ctx)
}

// watchedStream is what server and client streams have in common.
type watchedStream interface {
	Context() context.Context
	SendMsg(m any) error
	RecvMsg(m any) error
}

// send notes a message and sends it; recv the other way.
func (x *exchange) send(s watchedStream, body *captured, m any) error {
	x.keepMessage(body, m)
	return s.SendMsg(m)
}

func (x *exchange) recv(s watchedStream, body *captured, m any) error {
	err := s.RecvMsg(m)
	if err == nil {
		x.keepMessage(body, m)
	}
	return err
}
