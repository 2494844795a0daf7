package recording

import (
	"bytes"
	"strings"
	"testing"
)

func TestBothBodiesAreDecompressedToOneLimit(t *testing.T) {
	const limit = 64 << 10
	r := redactor(t, Redaction{MaxDecodedBytes: limit})
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd"} {
		bomb := compress(t, encoding, make([]byte, 8<<20))
		for name, rec := range map[string]*Recording{
			"both": {
				Headers: Values{"Content-Encoding": {encoding}}, Body: Body{Content: bomb},
				ResponseHeaders: Values{"Content-Encoding": {encoding}}, ResponseBody: Body{Content: bomb},
			},
			"with messages": {
				ResponseHeaders: Values{"Content-Encoding": {encoding}}, ResponseBody: Body{Content: bomb},
				Messages: []Message{{Body: Body{Content: make([]byte, limit/2), Size: limit / 2}}},
			},
			"beside another that is not compressed": {
				Headers: Values{"Content-Encoding": {encoding}}, Body: Body{Content: bomb},
				ResponseBody: Body{Content: make([]byte, limit/2), Size: limit / 2},
			},
		} {
			t.Run(encoding+", "+name, func(t *testing.T) {
				r.Redact(rec)
				kept := len(rec.Body.Content) + len(rec.ResponseBody.Content)
				for _, m := range rec.Messages {
					kept += len(m.Body.Content)
				}
				if kept != limit {
					t.Errorf("%d bytes are kept, want %d", kept, limit)
				}
				if name == "both" && (len(rec.ResponseBody.Content) != limit/8 || !rec.Body.Truncated || !rec.ResponseBody.Truncated) {
					t.Errorf("%d bytes of the answer are kept, truncated %t and %t; want %d", len(rec.ResponseBody.Content), rec.Body.Truncated, rec.ResponseBody.Truncated, limit/8)
				}
			})
		}
	}
}

// The time that it takes does not grow with a header, of which each part costs as much as all before it.
func TestNoMoreThanFiveEncodingsAreRemoved(t *testing.T) {
	r := redactor(t, Redaction{})
	content := []byte("hello")
	for n := range 7 {
		rec := Recording{Headers: Values{"Content-Encoding": {strings.Repeat("gzip, ", n) + "identity"}}, Body: Body{Content: content}}
		r.Redact(&rec)
		if read := string(rec.Body.Content) == "hello" && !rec.Body.Truncated; read != (n <= maxEncodings) {
			t.Errorf("%d encodings: kept %q, truncated %t", n, rec.Body.Content, rec.Body.Truncated)
		}
		content = compress(t, "gzip", content)
	}
}

// A frame of zstd says itself how much memory it needs.
func TestAWindowOfZstdIsBounded(t *testing.T) {
	// Magic number, a window of 2 GiB, and one empty block that is the last (RFC 8878, section 3.1.1).
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00}
	if content, whole := decompress("zstd", frame, 1<<20); whole {
		t.Errorf("it was read: %q", content)
	}
	frame[5] = 13 << 3 // 8 MiB
	if content, whole := decompress("zstd", frame, 1<<20); !whole || len(content) > 0 {
		t.Errorf("a window of 8 MiB is refused: %q", content)
	}
}

func FuzzDecompress(f *testing.F) {
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd"} {
		f.Add(encoding, compress(f, encoding, []byte("hello")), 3)
	}
	f.Fuzz(func(t *testing.T, encoding string, content []byte, limit int) {
		limit = min(max(0, limit), 1<<16)
		b := Body{Content: bytes.Clone(content)}
		b.decode(encoding, limit)
		if b.Decoded && len(b.Content) > limit {
			t.Errorf("%d bytes, of at most %d", len(b.Content), limit)
		}
	})
}
