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

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// beginGRPC decides about a call.
func (s *side) beginGRPC(ctx context.Context, fullMethod, address string, md metadata.MD) *exchange {
	header := headerOf(md)
	x := s.begin(ctx, scenario.Exchange{
		Protocol: string(recording.GRPC), Method: http.MethodPost, Path: fullMethod, Operation: strings.TrimPrefix(fullMethod, "/"),
		Header: header, Consumer: s.Consumer(header, address),
	})
	x.Update(func(rec *recording.Recording) {
		rec.HTTPVersion = "HTTP/2.0"
		if x.Captured {
			rec.Target = recording.Target(fullMethod) // is what :path has, as it is
		}
	})
	return x
}

// injectGRPC harms a call before it is passed on; the error is what it is answered with instead.
func (x *exchange) injectGRPC(ctx context.Context) error {
	instead, err := x.inject(ctx)
	if broken := fault.BrokenError(""); errors.As(err, &broken) {
		// What clients of gRPC are told where a connection breaks.
		x.Fail(core.OfFault(broken))
		return status.Error(codes.Unavailable, broken.Error())
	}
	switch {
	case err != nil:
		return gaveUp(ctx)
	case instead != nil:
		x.fields = instead.Headers
		return x.run.options.grpcAnswer(*instead).Err()
	}
	return nil
}

// faultMetadata says what was injected, with what the fault tells besides; nil where nothing was.
func (x *exchange) faultMetadata() metadata.MD {
	md := metadata.New(x.fields)
	if value := x.FaultHeaderValue(); value != "" {
		md.Set(core.FaultHeader, value)
	}
	if len(md) == 0 {
		return nil
	}
	return md
}

// finishGRPC completes a call that ended with err.
func (x *exchange) finishGRPC(ctx context.Context, err error) {
	if errors.Is(err, io.EOF) {
		err = nil
	}
	code := int(status.Code(err))
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		code = int(status.FromContextError(err).Code())
	}
	answered := http.StatusOK
	if code == int(codes.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
		answered = 0
		x.Fail(core.ClientAborted)
	}
	x.Update(func(rec *recording.Recording) { rec.GRPCStatus, rec.ResponseStatus = &code, answered })
	x.finish(ctx)
}

// watchedStream is what server and client streams have in common.
type watchedStream interface {
	Context() context.Context
	SendMsg(m any) error
	RecvMsg(m any) error
}

// send notes a message and sends it; recv the other way.
func (x *exchange) send(s watchedStream, body *capture.Body, m any) error {
	x.keepMessage(body, m)
	return s.SendMsg(m)
}

func (x *exchange) recv(s watchedStream, body *capture.Body, m any) error {
	err := s.RecvMsg(m)
	if err == nil {
		x.keepMessage(body, m)
	}
	return err
}
