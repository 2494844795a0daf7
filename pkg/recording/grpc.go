package recording

import "encoding/binary"

// GRPCPrefix is the length of what is before each message of a gRPC call, in bytes: whether it is compressed, and its
// length (gRPC over HTTP/2, Length-Prefixed-Message).
const GRPCPrefix = 5

// GRPCFrames returns the messages of one direction in the frames that they have on the wire, not compressed.
func GRPCFrames(messages []Message, direction string) []byte {
	var b []byte
	for _, m := range messages {
		if m.Direction == direction && m.Kind == "grpc" {
			b = append(b, 0)
			b = binary.BigEndian.AppendUint32(b, uint32(len(m.Body.Content)))
			b = append(b, m.Body.Content...)
		}
	}
	return b
}
