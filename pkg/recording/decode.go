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

// maxCodings is how many content codings one body may have; of more nothing is kept. Each is another pass over the body,
// and a header has room for thousands.
const maxCodings = 4

// maxWindow is what a decoder of Zstandard holds at most, in bytes (RFC 9659, section 3).
const maxWindow = 8 << 20

// decode removes the content encodings (RFC 9110, section 8.4) of a body, the last one first. It keeps at most
// maxDecoded bytes, and nothing where the body cannot be read.
func (r *Redactor) decode(b *Body, contentEncoding string) {
	encodings := strings.Split(contentEncoding, ",")
	content, whole := b.Content, !b.Truncated
	decoded, codings := false, 0
	for i := len(encodings) - 1; i >= 0; i-- {
		encoding := strings.ToLower(strings.TrimSpace(encodings[i]))
		if encoding == "" || encoding == "identity" {
			continue
		}
		var complete bool
		if codings++; codings > maxCodings {
			b.Content, b.Truncated, b.Redacted = nil, true, true
			return
		}
		content, complete = decompress(encoding, content, r.maxDecoded)
		if len(content) == 0 && !complete {
			b.Content, b.Truncated, b.Redacted = nil, true, true
			return
		}
		decoded, whole = true, whole && complete
	}
	if decoded {
		b.Content, b.Decoded, b.Truncated = content, true, !whole
	}
}

// decompress is at most limit bytes of the content, and whether that is all of it.
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
