package middleware

import (
	"cmp"
	"context"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/grpcstatus"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// answer is one of ours instead of that of the pipeline or of the upstream.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// httpAnswer answers in the terms of OTLP/HTTP where the request is of its media types: a google.rpc.Status in the same
// encoding. Else it is a problem document (RFC 9457), unless the fault has a body of its own.
func (o *Options) httpAnswer(contentType string, of fault.Answer) answer {
	code := of.Status
	a := answer{status: code, header: http.Header{"Cache-Control": {"no-store"}}}
	if after, ok := o.retryAfter(of, code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable); ok {
		// RFC 9110 section 10.2.3 knows whole seconds only.
		a.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	}
	defer func() {
		for name, value := range of.Headers {
			a.header.Set(name, value)
		}
	}()
	if code == http.StatusNoContent || code == http.StatusNotModified {
		return a
	}
	media, _, _ := mime.ParseMediaType(contentType)
	var err error
	switch {
	case of.Body != nil:
		media, a.body = fault.ContentType(of.ContentType, *of.Body), []byte(*of.Body)
	case media == "application/x-protobuf":
		a.body, err = proto.Marshal(grpcStatus(of).Proto())
	case media == "application/json":
		a.body, err = protojson.Marshal(grpcStatus(of).Proto())
	default:
		media = "application/problem+json"
		a.body = of.Problem(fault.InjectedDetail)
	}
	if err != nil {
		a.body = nil // Not possible: strings and numbers only.
	}
	a.header.Set("Content-Type", media)
	a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	return a
}

// retryAfter returns what the fault tells clients to wait before they try again; where it tells nothing, what the
// configuration says, if the answer is one after which they do.
func (o *Options) retryAfter(of fault.Answer, retried bool) (after time.Duration, told bool) {
	if of.RetryAfterS != nil {
		return time.Duration(*of.RetryAfterS) * time.Second, true
	}
	return o.RetryAfter, retried && o.RetryAfter > 0
}

// grpcStatus returns the gRPC error that the fault names, or that means the same as its HTTP status.
func grpcStatus(of fault.Answer) *status.Status {
	code, named := scenario.GRPCCode(of.GRPCCode)
	if !named {
		code = grpcstatus.Code(of.Status)
	}
	if code == codes.OK {
		// What was decided is that the call fails.
		code = codes.Unknown
	}
	return status.New(code, cmp.Or(of.Message, http.StatusText(of.Status)+": "+fault.InjectedDetail))
}

// grpcAnswer returns the gRPC error of a fault, with when to try again (google.rpc.RetryInfo).
func (o *Options) grpcAnswer(of fault.Answer) *status.Status {
	s := grpcStatus(of)
	after, set := o.retryAfter(of, s.Code() == codes.Unavailable || s.Code() == codes.ResourceExhausted)
	if !set {
		return s
	}
	withRetry, err := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(after.Round(time.Millisecond))})
	if err != nil {
		return s
	}
	return withRetry
}

// gaveUp returns the gRPC error of a context that ended.
func gaveUp(ctx context.Context) error { return status.FromContextError(ctx.Err()).Err() }
