package gateway

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// grpcMessages tells the messages of one direction of a gRPC call apart: each has a byte that says whether it is
// compressed, its length in four, and its content (gRPC over HTTP/2, Length-Prefixed-Message).
type grpcMessages struct {
	transcript *transcript
	direction  capture.Direction
	// encoding is that of compressed messages (grpc-encoding).
	encoding string
	// flags are those of all messages: whether any was compressed, and those that have no meaning yet.
	flags byte

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
	g.flags |= g.prefix[0]
	if g.prefix[0]&grpcCompressed == 0 {
		return
	}
	encoding := g.encoding
	g.transcript.change(g.current, func(m *message) {
		m.unpack = func(content []byte, limit int) ([]byte, error) { return unpackGRPC(encoding, content, limit) }
	})
}

// grpcCompressed is the flag of a message that is compressed.
const grpcCompressed = 1

// body is the direction as it was on the wire, of size bytes: made of its messages, where these were kept whole and there is
// room for it beside them; else it is nil. Nothing of a compressed one is: nobody could tell what is in it, and the messages
// are recorded decompressed.
func (g *grpcMessages) body(messages []recording.Message, size int64, from *capture.Room) []byte {
	if g == nil || g.flags != 0 || size == 0 {
		return nil
	}
	whole := int64(0)
	for i := range messages {
		if m := &messages[i]; m.Direction == string(g.direction) {
			whole += recording.GRPCPrefix + int64(len(m.Body.Content))
		}
	}
	if whole != size || !from.TakeAll(g.direction, int(size)) {
		return nil
	}
	return recording.GRPCFrames(messages, string(g.direction))
}

var errUnknownEncoding = errors.New("unknown encoding")

// gzipLeast is the least length of gzip, the last four bytes of which are the length of its content (RFC 1952 section 2.3).
const gzipLeast = 18

// gzips are used again: each reader has a window of its own.
var gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// unpackGRPC decompresses a message to at most limit bytes.
func unpackGRPC(encoding string, content []byte, limit int) ([]byte, error) {
	if encoding != "gzip" {
		return nil, errUnknownEncoding
	}
	if size := len(content); size >= gzipLeast && int64(binary.LittleEndian.Uint32(content[size-4:])) > int64(limit) {
		return nil, errTooLong // It says so itself.
	}
	unpacked := gzips.Get().(*gzip.Reader)
	defer gzips.Put(unpacked)
	if err := unpacked.Reset(bytes.NewReader(content)); err != nil {
		return nil, err
	}
	return readAtMost(unpacked, limit)
}

// readAtMost reads r to its end; more than limit bytes are an error.
func readAtMost(r io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(content) > limit {
		err = errTooLong
	}
	return content, err
}
