package gateway

import "encoding/binary"

// grpcSplitter tells gRPC messages apart (gRPC over HTTP/2, Length-Prefixed-Message).
type grpcSplitter struct {
	prefix [5]byte
	have   int
	left   int64
	// fresh is whether the payload has just begun.
	fresh bool
}

func (g *grpcSplitter) next(p []byte) messagePiece {
	if g.left > 0 {
		n := int(min(g.left, int64(len(p))))
		piece := messagePiece{size: n, inside: true, payload: true}
		if g.fresh {
			piece.length, g.fresh = g.left, false
		}
		g.left -= int64(n)
		piece.ends = g.left == 0
		return piece
	}
	n := copy(g.prefix[g.have:], p)
	piece := messagePiece{size: n, inside: true, begins: g.have == 0}
	if g.have += n; g.have == len(g.prefix) {
		g.have, g.left, g.fresh = 0, int64(binary.BigEndian.Uint32(g.prefix[1:])), true
		piece.ends = g.left == 0
	}
	return piece
}
