package gateway

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
)

// grpcMessages tells the messages of one direction of a gRPC call apart: each has a byte that says whether it is
// compressed, its length in four, and its content (gRPC over HTTP/2, Length-Prefixed-Message).
type grpcMessages struct {
	transcript *transcript
	direction  string
	// encoding is that of compressed messages (grpc-encoding).
	encoding string
	// compressed is whether any was.
	compressed bool

	prefix  [5]byte
	have    int
	left    int64
	current *message
}

// feed takes the next bytes of the direction.
func (g *grpcMessages) feed(p []byte) {
	for len(p) > 0 {
		if g.left == 0 {
			n := copy(g.prefix[g.have:], p)
			p = p[n:]
			if g.have += n; g.have < len(g.prefix) {
				return
			}
			g.begin()
			continue
		}
		n := int(min(g.left, int64(len(p))))
		g.transcript.write(g.current, p[:n])
		g.left -= int64(n)
		p = p[n:]
	}
}

func (g *grpcMessages) begin() {
	g.have, g.left = 0, int64(binary.BigEndian.Uint32(g.prefix[1:]))
	g.current = g.transcript.open(g.direction, "grpc", g.left)
	if g.prefix[0]&1 == 0 {
		return
	}
	g.compressed = true
	encoding := g.encoding
	g.transcript.change(g.current, func(m *message) {
		m.unpack = func(content []byte, limit int) ([]byte, error) { return unpackGRPC(encoding, content, limit) }
	})
}

var errUnknownEncoding = errors.New("unknown encoding")

// unpackGRPC decompresses a message to at most limit bytes.
func unpackGRPC(encoding string, content []byte, limit int) ([]byte, error) {
	if encoding != "gzip" {
		return nil, errUnknownEncoding
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return readAtMost(unpacked, limit)
}

// readAtMost reads r to its end; more than limit bytes are an error.
func readAtMost(r io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(content) > limit {
		err = errors.New("larger than the limit")
	}
	return content, err
}
