package stream

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

var errTooLarge = errors.New("too large")

// Bodies pass as they are, however they are cut, up to the first message above the limit, and nothing of that passes.
func FuzzLimit(f *testing.F) {
	f.Add(append(grpcFrame(false, []byte("hello")), grpcFrame(true, []byte("hello, world"))...), 10, 3)
	f.Add(append(grpcFrame(false, nil), 0, 0), 1, 1)
	f.Add([]byte("\x00\xff\xff\xff\xff"), 1<<30, 7)
	f.Fuzz(func(t *testing.T, stream []byte, limit, size int) {
		want, tooLarge := stream, false
		for rest := stream; len(rest) >= 5; {
			length := int64(rest[1])<<24 | int64(rest[2])<<16 | int64(rest[3])<<8 | int64(rest[4])
			if length > int64(limit) {
				want, tooLarge = stream[:len(stream)-len(rest)], true
				break
			}
			rest = rest[min(5+length, int64(len(rest))):]
		}
		sources := map[string]io.Reader{"whole": bytes.NewReader(stream), "byte by byte": iotest.OneByteReader(bytes.NewReader(stream)), "with the end": iotest.DataErrReader(bytes.NewReader(stream))}
		for name, source := range sources {
			b := NewBody(io.NopCloser(source), new(GRPC), &Limit{Max: int64(limit), Exceeded: func() error { return errTooLarge }})
			var got bytes.Buffer
			buffer := make([]byte, min(max(1, size), 1<<16))
			var err error
			for err == nil {
				var n int
				n, err = b.Read(buffer)
				got.Write(buffer[:n])
			}
			if !bytes.Equal(got.Bytes(), want) || errors.Is(err, errTooLarge) != tooLarge {
				t.Errorf("%s: %q became %q (%v), want %q", name, stream, got.Bytes(), err, want)
			}
		}
	})
}
