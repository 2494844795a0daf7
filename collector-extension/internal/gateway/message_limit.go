package gateway

import (
	"encoding/binary"
	"errors"
	"io"
	"net/http"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var errMessageTooLarge = errors.New("the message is larger than the gateway allows")

// limitedMessages passes a body of gRPC messages on, up to the first that is larger than limit, and holds no more of it back
// than the beginning of what says how long a message is.
type limitedMessages struct {
	io.ReadCloser
	limit int64
	// exceeded is called at the message that is too large, and returns what reading on then gives; ended, where it is not
	// nil, with the error that the body ends with otherwise, and returns the one to end with.
	exceeded func() error
	ended    func(error) error

	prefix [5]byte
	// have is how much of the prefix was read and is held back, left what is missing of the payload behind it, and out what
	// waits to be read of the prefix.
	have int
	left int64
	out  []byte
	err  error
}

func (b *limitedMessages) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if len(b.out) > 0 {
			n := copy(p, b.out)
			b.out = b.out[n:]
			return n, nil
		}
		if b.err != nil {
			return 0, b.err
		}
		if b.have > 0 {
			b.complete()
			continue
		}
		n, err := b.ReadCloser.Read(p)
		n = b.pass(p[:n])
		b.fail(err)
		if n > 0 {
			return n, nil
		}
	}
}

// complete reads on in a prefix of which a part is held back.
func (b *limitedMessages) complete() {
	n, err := b.ReadCloser.Read(b.prefix[b.have:])
	if b.have += n; b.have == len(b.prefix) {
		b.have = 0
		if b.begin(b.prefix[:]) {
			b.out = b.prefix[:]
		}
	}
	b.fail(err)
}

// pass is how much of p may be passed on.
func (b *limitedMessages) pass(p []byte) int {
	at := 0
	for at < len(p) {
		if b.left > 0 {
			n := min(b.left, int64(len(p)-at))
			b.left -= n
			at += int(n)
			continue
		}
		if len(p)-at < len(b.prefix) {
			b.have = copy(b.prefix[:], p[at:])
			return at
		}
		if !b.begin(p[at : at+len(b.prefix)]) {
			return at
		}
		at += len(b.prefix)
	}
	return at
}

// begin is called for each message, and returns whether it may pass.
func (b *limitedMessages) begin(prefix []byte) bool {
	b.left = int64(binary.BigEndian.Uint32(prefix[1:]))
	if b.left <= b.limit {
		return true
	}
	b.err = b.exceeded()
	return false
}

// fail ends the body, behind what is held back.
func (b *limitedMessages) fail(err error) {
	if err == nil || b.err != nil {
		return
	}
	if b.ended != nil {
		err = b.ended(err)
	}
	b.err, b.out, b.have = err, append(b.out, b.prefix[:b.have]...), 0
}

// limitRequest bounds the messages of a gRPC client.
func (x *exchange) limitRequest(r *http.Request) {
	limit := x.gateway.options.Limits.MaxMessageBytes
	if limit == 0 || x.what.protocol != recording.GRPC || r.Body == nil || r.Body == http.NoBody {
		return
	}
	r.Body = &limitedMessages{ReadCloser: r.Body, limit: int64(limit), exceeded: func() error {
		x.tooLarge.Store(true)
		return errMessageTooLarge
	}}
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
		x.ended = http.Header{}
		grpcEndOf(messageTooLarge, "").set(x.ended)
		response.Trailer = x.ended
		x.stopRequest()
		return io.EOF
	}
	response.Body = &limitedMessages{
		ReadCloser: response.Body, limit: int64(limit),
		exceeded: func() error { return end(core.UpstreamMessageTooLarge) },
		ended: func(err error) error {
			if !errors.Is(err, io.EOF) && x.tooLarge.Load() {
				return end(core.ClientMessageTooLarge)
			}
			return err
		},
	}
}

// messageTooLarge is how gRPC servers and clients answer messages that they refuse for their size.
var messageTooLarge = fault.Answer{GRPCCode: "RESOURCE_EXHAUSTED", Message: errMessageTooLarge.Error()}
