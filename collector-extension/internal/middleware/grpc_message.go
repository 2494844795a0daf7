package middleware

import (
	"encoding/binary"

	"google.golang.org/grpc/encoding"
	// The codec of the name proto, which the Collector's own replaces where it is there.
	_ "google.golang.org/grpc/encoding/proto"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
)

// keepMessage notes a message in its frame (gRPC over HTTP/2, Length-Prefixed-Message), as it would be on the wire
// without compression. It must be called while the message is the caller's: the Collector uses them again.
func (x *exchange) keepMessage(body *capture.Body, message any) {
	if !x.Captured || message == nil {
		return
	}
	codec := encoding.GetCodecV2("proto")
	if codec == nil {
		return
	}
	encoded, err := codec.Marshal(message)
	if err != nil {
		// A message of another codec: nothing of it can be shown.
		return
	}
	defer encoded.Free()
	var prefix [5]byte
	binary.BigEndian.PutUint32(prefix[1:], uint32(encoded.Len()))
	body.Add(prefix[:])
	for _, part := range encoded {
		body.Add(part.ReadOnlyData())
	}
}
