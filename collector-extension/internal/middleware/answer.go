package middleware

import (
	"context"
	"encoding/json"
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

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
)

const detail = "This answer was injected by MockForge."

// answer is one of ours instead of that of the pipeline or of the upstream.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// httpAnswer answers in the terms of OTLP/HTTP where the request is of its media types: a google.rpc.Status in the same
// encoding. Else it is a problem document (RFC 9457).
func (r *running) httpAnswer(contentType string, code int) answer {
	a := answer{status: code, header: http.Header{"Cache-Control": {"no-store"}}}
	if r.RetryAfter > 0 && (code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable) {
		// RFC 9110 section 10.2.3 knows whole seconds only.
		a.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(r.RetryAfter.Seconds()))))
	}
	if code == http.StatusNoContent || code == http.StatusNotModified {
		return a
	}
	message := http.StatusText(code) + ": " + detail
	media, _, _ := mime.ParseMediaType(contentType)
	var err error
	switch media {
	case "application/x-protobuf":
		a.body, err = proto.Marshal(status.New(gateway.GRPCCode(code), message).Proto())
	case "application/json":
		a.body, err = protojson.Marshal(status.New(gateway.GRPCCode(code), message).Proto())
	default:
		media = "application/problem+json"
		a.body, err = json.Marshal(struct {
			Type   string `json:"type"`
			Title  string `json:"title"`
			Status int    `json:"status"`
			Detail string `json:"detail"`
		}{"about:blank", http.StatusText(code), code, detail})
	}
	if err != nil {
		a.body = nil // Not possible: strings and numbers only.
	}
	a.header.Set("Content-Type", media)
	a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	return a
}

// grpcAnswer is the gRPC error that means the same as an HTTP status. Those after which clients of OTLP try again say
// when (google.rpc.RetryInfo).
func (r *running) grpcAnswer(code int) *status.Status {
	grpcCode := gateway.GRPCCode(code)
	if grpcCode == codes.OK {
		// What was decided is that the call fails.
		grpcCode = codes.Unknown
	}
	s := status.New(grpcCode, http.StatusText(code)+": "+detail)
	if r.RetryAfter <= 0 || grpcCode != codes.Unavailable && grpcCode != codes.ResourceExhausted {
		return s
	}
	withRetry, err := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(r.RetryAfter.Round(time.Millisecond))})
	if err != nil {
		return s
	}
	return withRetry
}

// gaveUp is the gRPC error of a context that ended.
func gaveUp(ctx context.Context) error { return status.FromContextError(ctx.Err()).Err() }
