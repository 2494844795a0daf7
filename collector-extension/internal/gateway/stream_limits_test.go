package gateway

import (
	"bytes"
	"compress/flate"
	"io"
	"net/http"
	"testing"
)

// Of messages that are too large nothing is kept, and those behind them are read all the same.
func TestMessagesBehindALargeOneAreStillRead(t *testing.T) {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	next := func(text string) []byte {
		packed.Reset()
		_, _ = io.WriteString(w, text)
		_ = w.Flush()
		return bytes.Clone(bytes.TrimSuffix(packed.Bytes(), []byte("\x00\x00\xff\xff")))
	}
	i := newInflater(http.Header{"Sec-Websocket-Extensions": {"permessage-deflate"}}, "client")
	large := next(string(make([]byte, 100_000)) + "hello")
	if content, err := i.message(large, 1000); content != nil || err != errTooLong {
		t.Errorf("of a large message %d bytes are kept (%v)", len(content), err)
	}
	if content, err := i.message(next("hello"), 1000); string(content) != "hello" {
		t.Errorf("got %q (%v)", content, err)
	}
	// What nobody reads is not decompressed for ever.
	bomb := next(string(make([]byte, 20<<20)))
	if _, err := i.message(bomb, 1000); err != errTooLong || !i.lost || i.history != nil {
		t.Errorf("%v, given up %t", err, i.lost)
	}
	if _, err := i.message(next("hello"), 1000); err == nil {
		t.Error("a message is read that refers to one that was not")
	}
}

// However a direction is cut and compressed, no more than the limit is kept of it.
func FuzzInflater(f *testing.F) {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	_, _ = w.Write(make([]byte, 5000))
	_ = w.Flush()
	f.Add(packed.Bytes(), []byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), 100, false)
	f.Add([]byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), []byte("\xf2\x00\x11\x00\x00"), 100, false)
	f.Add([]byte{}, []byte{0}, 0, true)
	f.Fuzz(func(t *testing.T, first, second []byte, limit int, alone bool) {
		limit = min(max(limit, 0), 1<<16)
		i := &inflater{alone: alone}
		for _, packed := range [][]byte{first, second, first} {
			content, err := i.message(packed, limit)
			if len(content) > limit || err != nil && content != nil || len(i.history) > deflateWindow || i.spent.spent > freeInflation+32<<10 {
				t.Errorf("%d bytes of at most %d (%v), %d remembered, %d spent", len(content), limit, err, len(i.history), i.spent.spent)
			}
		}
	})
}

// Whatever comes, what passes are frames that keep to the rules, all that there are before the first that does not.
func FuzzFramesKeepToTheRules(f *testing.F) {
	f.Add([]byte("\x81\x05hello\x88\x02\x03\xe8"), 3, true)
	f.Add([]byte("\x41\x01a\x41\x01b"), 1, true)
	f.Add([]byte("\x01\x02he\x89\x00\x80\x03llo\xc1\x05hello\x88\x01a"), 2, false)
	f.Add([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 100, false)
	f.Fuzz(func(t *testing.T, stream []byte, size int, packed bool) {
		var out bytes.Buffer
		s := lonelySide(&out, nil)
		s.input.rules = &frameRules{packed: packed}
		if err := inPieces(stream, size, s.write); err != nil {
			t.Errorf("%q: %v", stream, err)
		}
		if !bytes.HasPrefix(stream, out.Bytes()) {
			t.Errorf("%q became %q", stream, out.Bytes())
		}
		// Read again, as a whole.
		again := frameReader{rules: s.input.rules}
		at, end := 0, 0
		for at < len(stream) && again.wrong == "" && !again.broken {
			n, _ := again.next(stream[at:])
			if at += n; again.wrong == "" && again.have == 0 {
				end = at
			}
		}
		if s.refused != (again.wrong != "") || out.Len() != end {
			t.Errorf("%q: refused %t for %q, and %d bytes passed, want %d", stream, s.refused, again.wrong, out.Len(), end)
		}
	})
}
