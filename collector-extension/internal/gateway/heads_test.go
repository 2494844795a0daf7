package gateway

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

// told feeds wire to heads in pieces of a size, as net/http reads it, and says what is known of each request on it.
func told(t testing.TB, wire string, piece int) (known []clarity) {
	t.Helper()
	var h heads
	source := &feeding{bytes.NewReader([]byte(wire)), &h, piece}
	reader := bufio.NewReader(source)
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return known
		}
		known = append(known, h.take(r))
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return known
		}
	}
}

type feeding struct {
	source io.Reader
	heads  *heads
	piece  int
}

func (f *feeding) Read(p []byte) (int, error) {
	n, err := f.source.Read(p[:min(len(p), f.piece)])
	f.heads.feed(p[:n])
	return n, err
}

const (
	plain   = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
	sized   = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nTransfer-Encoding: chunked\r\n\r\n"
	chunked = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	both    = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\ncontent-LENGTH: 4\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
	old     = "POST /a HTTP/1.0\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
	oldBoth = "POST /a HTTP/1.0\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nab"
	naming  = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nContent-Length:4\r\n0\r\n\r\n"
)

func TestLengthsSaidInTwoWaysAreTold(t *testing.T) {
	for _, test := range []struct {
		wire string
		want []clarity
	}{
		{plain + plain + plain, []clarity{lengthClear, lengthClear, lengthClear}},
		{both, []clarity{lengthFaulty}},
		{plain + sized + both, []clarity{lengthClear, lengthClear, lengthFaulty}},
		{sized + sized + chunked, []clarity{lengthClear, lengthClear, lengthClear}},
		{chunked + chunked + chunked, []clarity{lengthClear, lengthClear, lengthClear}},
		{chunked + both, []clarity{lengthClear, lengthUnknown}},
		{chunked + plain + chunked + both, []clarity{lengthClear, lengthClear, lengthClear, lengthUnknown}},
		{naming, []clarity{lengthClear}},
		{chunked + naming + chunked, []clarity{lengthClear, lengthClear, lengthUnknown}},
		{old, []clarity{lengthClear}},
		{old + oldBoth, []clarity{lengthClear, lengthFaulty}},
		{chunked + oldBoth, []clarity{lengthClear, lengthUnknown}},
	} {
		for _, piece := range []int{1, 2, 7, 40, 4096} {
			got := told(t, test.wire, piece)
			same := len(got) == len(test.want)
			for i := range min(len(got), len(test.want)) {
				// What comes along with a request counts for it: less is known of it then.
				same = same && (got[i] == test.want[i] || piece > 1 && got[i] == lengthUnknown && test.want[i] == lengthClear)
			}
			if !same {
				t.Errorf("in pieces of %d, %q: %v, want %v", piece, test.wire, got, test.want)
			}
		}
	}
}

// FuzzHeads holds the heads that are told against those that net/http reads: a request with both headers is never clear.
func FuzzHeads(f *testing.F) {
	for _, wire := range []string{plain, sized + both, chunked + both, naming + oldBoth, plain + "\r\n" + both, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"} {
		f.Add([]byte(wire), uint8(3))
	}
	f.Fuzz(func(t *testing.T, wire []byte, piece uint8) {
		var h heads
		source := &feeding{bytes.NewReader(wire), &h, 1 + int(piece)}
		reader := bufio.NewReader(source)
		for {
			// What net/http makes a request of, as it was received: up to where it stops to read.
			before := len(wire) - source.source.(*bytes.Reader).Len() - reader.Buffered()
			r, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			after := len(wire) - source.source.(*bytes.Reader).Len() - reader.Buffered()
			head := wire[before:after]
			doubtful := len(r.TransferEncoding) > 0 && has(head, lengthName) || !r.ProtoAtLeast(1, 1) && has(head, encodingName)
			if known := h.take(r); doubtful && known == lengthClear {
				t.Fatalf("clear, of %q", head)
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
		}
	})
}
