package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
	"testing"
)

func packed(make func(io.Writer) io.WriteCloser, text string) []byte {
	var b bytes.Buffer
	w := make(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func zipped(w io.Writer) io.WriteCloser  { return gzip.NewWriter(w) }
func zlibbed(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func deflated(w io.Writer) io.WriteCloser {
	f, _ := flate.NewWriter(w, flate.BestCompression)
	return f
}

func TestWhole(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	for name, test := range map[string]struct {
		encoding string
		content  []byte
		limit    int
		want     string
		err      error
	}{
		"gzip":                   {"gzip", packed(zipped, "hello"), 5, "hello", nil},
		"deflate":                {"deflate", packed(zlibbed, "hello"), 5, "hello", nil},
		"deflate without frame":  {"deflate", packed(deflated, "hello"), 5, "hello", nil},
		"empty deflate":          {"deflate", packed(zlibbed, ""), 0, "", nil},
		"long gzip":              {"gzip", packed(zipped, long), 100, "", ErrTooLong},
		"long deflate":           {"deflate", packed(zlibbed, long), 100, "", ErrTooLong},
		"long, without frame":    {"deflate", packed(deflated, long), 100, "", ErrTooLong},
		"another":                {"snappy", []byte("hello"), 100, "", ErrUnknownEncoding},
		"none":                   {"", []byte("hello"), 100, "", ErrUnknownEncoding},
		"a length that is a lie": {"gzip", append(packed(zipped, "hello")[:21], 0xff, 0xff, 0xff, 0x7f), 100, "", ErrTooLong},
	} {
		for range 2 { // Readers are used again.
			if got, err := Whole(test.encoding, test.content, test.limit); string(got) != test.want || !errors.Is(err, test.err) {
				t.Errorf("%s: got %q (%v)", name, got, err)
			}
		}
	}
	for _, content := range [][]byte{packed(zlibbed, "hello")[:8], packed(zlibbed, "hello")[:1], {0x78, 0x9c, 0xff}, {}} {
		if got, err := Whole("deflate", content, 100); err == nil || got != nil {
			t.Errorf("of %q there is %q", content, got)
		}
	}
}

func FuzzWhole(f *testing.F) {
	f.Add("gzip", packed(zipped, "hello"), 100)
	f.Add("deflate", packed(zlibbed, "hello"), 3)
	f.Add("deflate", packed(deflated, "hello"), 100)
	f.Fuzz(func(t *testing.T, encoding string, content []byte, limit int) {
		limit = min(max(limit, 0), 1<<16)
		if got, err := Whole(encoding, content, limit); len(got) > limit || err != nil && got != nil {
			t.Errorf("%d bytes of at most %d (%v)", len(got), limit, err)
		}
	})
}
