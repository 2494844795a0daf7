package gateway

import (
	"errors"
	"io"
	"net/http"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
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
	end := func(failure core.Failure) error {
		x.Fail(failure)
		x.endTrailer = http.Header{}
		grpcEndOf(messageTooLarge, "").set(x.endTrailer)
		response.Trailer = x.endTrailer
		x.stopRequest()
		return io.EOF
	}
	body := withHandler(response.Body, new(stream.GRPC), &stream.Limit{
		Max: int64(limit), Exceeded: func() error { return end(core.UpstreamMessageTooLarge) },
	})
	body.Ended = func(err error) error {
		if !errors.Is(err, io.EOF) && x.tooLarge.Load() {
			return end(core.ClientMessageTooLarge)
		}
		return err
	}
	response.Body = body
}

// messageTooLarge is how gRPC servers and clients answer messages that they refuse for their size.
var messageTooLarge = fault.Answer{GRPCCode: "RESOURCE_EXHAUSTED", Message: errMessageTooLarge.Error()}
