package websocket

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"
)

// packer compresses messages each of which refers to those before it.
func packer() func(text string) []byte {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	return func(text string) []byte {
		packed.Reset()
		_, _ = io.WriteString(w, text)
		_ = w.Flush()
		return appendFrame(nil, bitFin|bitPacked|byte(Text), bytes.TrimSuffix(packed.Bytes(), []byte("\x00\x00\xff\xff")), nil)
	}
}

// Of messages that are too large nothing is kept, and those behind them are read all the same.
func TestMessagesBehindALargeOneAreStillRead(t *testing.T) {
	next := packer()
	stream := append(next(string(make([]byte, 100_000))+"hello"), next("hello")...)
	d, out := lonely(stream, 1<<20, &deflated{known: true}, nil)
	r := &recorded{limit: 1000}
	d.received = r
	if err := d.run(); err != nil || !bytes.Equal(out.Bytes(), stream) {
		t.Errorf("%d bytes passed of %d (%v)", out.Len(), len(stream), err)
	}
	if len(r.messages) != 2 || r.messages[0] != "" || r.messages[1] != "hello" {
		t.Errorf("recorded %q", r.messages)
	}
	// What nobody reads is not decompressed for ever.
	stream = append(next(string(make([]byte, 20<<20))), next("hello")...)
	compression := d.deflated
	d, out = lonely(stream, 1<<20, compression, nil)
	r = &recorded{limit: 1000}
	d.received = r
	if err := d.run(); err != nil || !bytes.Equal(out.Bytes(), stream) {
		t.Errorf("%d bytes passed of %d (%v)", out.Len(), len(stream), err)
	}
	if compression.known || compression.history != nil {
		t.Error("not given up")
	}
	if len(r.messages) != 2 || r.messages[1] != "" {
		t.Error("a message is read that refers to one that was not")
	}
}

// A final block ends no message (RFC 7692 sections 7.2.3.4 and 7.2.3.5): the examples are those of the RFC.
func TestBlocksOfCompressedMessages(t *testing.T) {
	for name, test := range map[string]struct{ payload, want string }{
		"one block":       {"\xf2\x48\xcd\xc9\xc9\x07\x00", "Hello"},
		"not compressed":  {"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", "Hello"},
		"a final block":   {"\xf3\x48\xcd\xc9\xc9\x07\x00\x00", "Hello"},
		"two blocks":      {"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", "Hello"},
		"two final ones":  {"\xf3\x48\xcd\xc9\xc9\x07\x00\xf3\x48\xcd\xc9\xc9\x07\x00\x00", "HelloHello"},
		"final, no more":  {"\xf3\x48\xcd\xc9\xc9\x07\x00", "Hello"},
		"empty":           {"\x00", ""},
		"empty and final": {"\x03\x00\x00", ""},
	} {
		for _, size := range []int{1, 3, 100} {
			for how, compressed := range map[string]*deflated{"referring": {known: true}, "one by one": {alone: true}} {
				stream := appendFrame(nil, bitFin|bitPacked|byte(Text), []byte(test.payload), nil)
				d, _ := lonely(stream, size, compressed, nil)
				r := &recorded{}
				d.received = r
				if err := d.run(); err != nil || len(r.messages) != 1 || r.messages[0] != test.want {
					t.Errorf("%s, %s: recorded %q (%v), want %q", name, how, r.messages, err, test.want)
				}
				d, out := lonely(stream, size, &deflated{alone: compressed.alone, known: true}, every(Decision{Change: flips{}}))
				err := d.run()
				if h, size, _ := parseHeader(out.Bytes()); err != nil || h.packed() || out.Len()-size < len(test.want) {
					t.Errorf("%s, %s: passed on as %q (%v)", name, how, out.Bytes(), err)
				}
			}
		}
	}
}

// However a direction is cut and compressed, no more than the limit is kept of it.
func FuzzUnpack(f *testing.F) {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	_, _ = w.Write(make([]byte, 5000))
	_ = w.Flush()
	f.Add(packed.Bytes(), []byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), 100, false)
	f.Add([]byte("\xf2\x48\xcd\xc9\xc9\x07\x00"), []byte("\xf2\x00\x11\x00\x00"), 100, false)
	f.Add([]byte("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), []byte("\x03\x03\x03\x00"), 100, false)
	f.Add([]byte{}, []byte{0}, 0, true)
	f.Fuzz(func(t *testing.T, first, second []byte, limit int, alone bool) {
		limit = min(max(limit, 1), 1<<16)
		var stream []byte
		for _, payload := range [][]byte{first, second, first} {
			stream = appendFrame(stream, bitFin|bitPacked|byte(Binary), payload, &[4]byte{1, 2, 3, 4})
		}
		d, out := lonely(stream, 1000, &deflated{alone: alone, known: true}, nil)
		r := &recorded{limit: limit}
		d.received = r
		if err := d.run(); err != nil || !bytes.Equal(out.Bytes(), stream) {
			t.Errorf("%q became %q (%v)", stream, out.Bytes(), err)
		}
		for _, m := range r.messages {
			if len(m) > limit {
				t.Errorf("%d bytes of at most %d are kept", len(m), limit)
			}
		}
		within := d.deflated.spent
		if len(d.deflated.history) > deflateWindow || !alone && d.deflated.known && !within.Spend(0) {
			t.Errorf("%d remembered", len(d.deflated.history))
		}
	})
}
