package stream

import "encoding/binary"

// GRPC tells gRPC messages apart: each has a byte that says whether it is compressed, its length in four, and its content
// (gRPC over HTTP/2, Length-Prefixed-Message). A body ends cut off where the last one is not whole.
type GRPC struct {
	left int64
	// fresh reports whether the payload has just begun.
	fresh bool
}

const (
	grpcPrefix = 5
	// grpcCompressed is the flag of a message that is compressed.
	grpcCompressed = 1
)

// Next returns the first piece of p.
func (g *GRPC) Next(p []byte) (Piece, bool) {
	if g.left > 0 {
		n := int(min(g.left, int64(len(p))))
		piece := Piece{Size: n, Inside: true, Payload: true}
		if g.fresh {
			piece.Part, g.fresh = g.left, false
		}
		g.left -= int64(n)
		piece.Ends = g.left == 0
		return piece, false
	}
	if len(p) < grpcPrefix {
		return Piece{}, true
	}
	g.left, g.fresh = int64(binary.BigEndian.Uint32(p[1:])), true
	return Piece{
		Size: grpcPrefix, Inside: true, Begins: true, Sure: true, Ends: g.left == 0, Form: true, Length: g.left,
		Compressed: p[0]&grpcCompressed != 0, Flags: p[0],
	}, false
}

// End reports false: messages say how long they are.
func (*GRPC) End() bool { return false }
