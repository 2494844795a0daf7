package recording

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxEncodings is how many content encodings are removed from a body, one after the other. Senders use one, seldom two.
const maxEncodings = 5

// decode removes the content encodings of both bodies, of which the headers tell. With the messages they have room for maxDecoded bytes together; an
// eighth of what a request could fill is left to an answer that is compressed.
func (r *Redactor) decode(rec *Recording, request, answer string) {
	if request == "" && answer == "" {
		return
	}
	room := r.maxDecoded
	for i := range rec.Messages {
		room -= len(rec.Messages[i].Body.Content)
	}
	left := len(rec.ResponseBody.Content)
	if answer != "" {
		left = max(left, min(room, r.maxDecoded/8))
	}
	rec.Body.decode(request, room-left)
	rec.ResponseBody.decode(answer, room-len(rec.Body.Content))
}

// decode removes the content encodings (RFC 9110, section 8.4) of b, the last one first. It keeps at most limit bytes, and
// nothing where the body cannot be read.
func (b *Body) decode(contentEncoding string, limit int) {
	if len(b.Content) == 0 || b.Decoded || contentEncoding == "" {
		return
	}
	encodings := strings.Split(contentEncoding, ",")
	content, whole := b.Content, !b.Truncated
	decoded := 0
	for i := len(encodings) - 1; i >= 0; i-- {
		encoding := strings.ToLower(strings.TrimSpace(encodings[i]))
		if encoding == "" || encoding == "identity" {
			continue
		}
		complete := false
		if decoded++; decoded <= maxEncodings {
			content, complete = decompress(encoding, content, max(0, limit))
		} else {
			content = nil
		}
		if len(content) == 0 && !complete {
			b.Content, b.Truncated, b.Redacted = nil, true, true
			return
		}
		whole = whole && complete
	}
	if decoded > 0 {
		b.Content, b.Decoded, b.Truncated = content, true, !whole
	}
}

// maxWindow is how far back zstd may refer, in bytes: what senders of content encodings may use (RFC 9659, section 3).
const maxWindow = 8 << 20

// decompress returns at most limit bytes of the content, and whether that is all of it. No more than that is decompressed.
func decompress(encoding string, content []byte, limit int) ([]byte, bool) {
	var reader io.Reader
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		reader, err = gzip.NewReader(bytes.NewReader(content))
	case "deflate":
		// By its definition zlib; some senders leave that wrapping out.
		if reader, err = zlib.NewReader(bytes.NewReader(content)); err != nil {
			reader, err = flate.NewReader(bytes.NewReader(content)), nil
		}
	case "br":
		reader = brotli.NewReader(bytes.NewReader(content))
	case "zstd":
		var decoder *zstd.Decoder
		decoder, err = zstd.NewReader(bytes.NewReader(content), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err == nil {
			defer decoder.Close()
			reader = decoder
		}
	default:
		return nil, false
	}
	if err != nil {
		return nil, false
	}
	decoded, err := io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	if len(decoded) > limit {
		return decoded[:limit], false
	}
	return decoded, err == nil
}
