package gateway

import (
	"errors"
	"io"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// What recordings say about streams that were ended for a message above the limit.
const (
	failureClientMessage   = "client's message larger than the gateway's limit"
	failureUpstreamMessage = "upstream's message larger than the gateway's limit"
)

var errMessageTooLarge = errors.New("the message is larger than the gateway allows")

// limitRequest bounds the messages of a gRPC client, and keeps them where its body does not.
func (x *exchange) limitRequest(r *http.Request) {
	if x.what.protocol != recording.GRPC || r.Body == nil || r.Body == http.NoBody {
		return
	}
	if record := x.handOverRecord(); record != nil {
		r.Body = withHandler(r.Body, new(stream.GRPC), record)
	}
	if limit := x.gateway.options.Limits.MaxMessageBytes; limit > 0 {
		r.Body = withHandler(r.Body, new(stream.GRPC), &stream.Limit{Max: int64(limit), Exceeded: func() error {
			x.tooLarge.Store(true)
			return errMessageTooLarge
		}})
	}
}

// limitResponse bounds the messages of the answer to a gRPC call. It also ends one that has begun before a message of its
// client was too large.
func (x *exchange) limitResponse(response *http.Response) {
	limit := x.gateway.options.Limits.MaxMessageBytes
	if limit == 0 || x.what.protocol != recording.GRPC || response.Body == nil || response.Body == http.NoBody {
		return
	}
	end := func(failure string) error {
		x.failure, x.ended = failure, http.Header{}
		grpcEndOf(messageTooLarge, "").set(x.ended)
		response.Trailer = x.ended
		x.stopRequest()
		return io.EOF
	}
	body := withHandler(response.Body, new(stream.GRPC), &stream.Limit{
		Max: int64(limit), Exceeded: func() error { return end(failureUpstreamMessage) },
	})
	body.Ended = func(err error) error {
		if !errors.Is(err, io.EOF) && x.tooLarge.Load() {
			return end(failureClientMessage)
		}
		return err
	}
	response.Body = body
}

// messageTooLarge is how gRPC servers and clients answer messages that they refuse for their size.
var messageTooLarge = fault.Answer{GRPCCode: "RESOURCE_EXHAUSTED", Message: errMessageTooLarge.Error()}
