package websocket

import (
	"bytes"
	"errors"
	"testing"
)

func FuzzFramesPassAsTheyAre(f *testing.F) {
	f.Add([]byte("\x81\x05hello\x88\x02\x03\xe8"), 3)
	f.Add([]byte("\xc1\x85abcdhello\x89\x00"), 1)
	f.Add([]byte("\x01\x02he\x89\x00\x80\x03llo\xc1\x05hello"), 2)
	f.Add([]byte("\xc1\x08\xf3\x48\xcd\xc9\xc9\x07\x00\x00\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"), 4)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		// Messages are read here, too: none is harmed.
		for name, compressed := range compressions() {
			d, out := lonely(stream, size, compressed, every(Decision{}))
			d.received = &recorded{limit: 100}
			if err := d.run(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !bytes.Equal(stream, out.Bytes()) {
				t.Errorf("%s: %q became %q", name, stream, out.Bytes())
			}
		}
	})
}

// Messages that are read before they pass are overtaken by control frames at most.
func FuzzFramesThatAreRead(f *testing.F) {
	f.Add([]byte("\x01\x02he\x89\x00\x80\x03llo\xc1\x05hello"), 2)
	f.Add([]byte("\x01\x02he\x81\x03llo"), 2)
	f.Add([]byte("\x81\x15012345678901234567890\x81\x00"), 5)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		for name, compressed := range compressions() {
			d, out := lonely(stream, size, compressed, nil)
			d.reader = readsNothing{}
			if err := d.run(); err != nil || out.Len() != len(stream) {
				t.Errorf("%s: %q became %q (%v)", name, stream, out.Bytes(), err)
			}
		}
	})
}

type readsNothing struct{}

func (readsNothing) Wants() (int, bool)           { return 20, true }
func (readsNothing) Read([]byte) ([][]byte, bool) { return nil, false }

// flips changes the lowest bit of every byte.
type flips struct{}

func (flips) Part(int64) {}
func (flips) Apply(p []byte, _ [4]byte) {
	for i := range p {
		p[i] ^= 1
	}
}

// What comes out is frames again, whatever is done to what.
func FuzzHarmedFrames(f *testing.F) {
	f.Add([]byte("\x81\x05hello\x88\x02\x03\xe8"), 3)
	f.Add([]byte("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00"), 1)
	f.Add([]byte("\xc1\x85abcdhello\x89\x00"), 100)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		for kind, decision := range map[string]Decision{"drop": {Drop: true}, "duplicate": {Duplicate: true}, "corrupt": {Change: flips{}}} {
			for name, compressed := range compressions() {
				d, out := lonely(stream, size, compressed, every(decision))
				err := d.run()
				whole := len(d.source.buffered()) == 0 && d.left == 0 && !broken(stream)
				if err == nil && whole && broken(out.Bytes()) {
					t.Errorf("%s, %s: %q became %q, which does not end with a frame", kind, name, stream, out.Bytes())
				}
			}
		}
	})
}

// broken reports whether b does not end with a frame.
func broken(b []byte) bool {
	for len(b) > 0 {
		h, size, ok := parseHeader(b)
		if !ok || size == 0 || int64(len(b)-size) < h.length {
			return true
		}
		b = b[size+int(h.length):]
	}
	return false
}

// Whatever comes, what passes are frames that keep to the rules, all that there are before the first that does not.
func FuzzFramesKeepToTheRules(f *testing.F) {
	f.Add([]byte("\x81\x05hello\x88\x02\x03\xe8"), 3, true)
	f.Add([]byte("\x41\x01a\x41\x01b"), 1, true)
	f.Add([]byte("\x01\x02he\x89\x00\x80\x03llo\xc1\x05hello\x88\x01a"), 2, false)
	f.Add([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 100, false)
	f.Fuzz(func(t *testing.T, stream []byte, size int, packed bool) {
		d, out := lonely(stream, size, nil, nil)
		d.rules = &rules{packed: packed}
		err := d.run()
		violation := (*ViolationError)(nil)
		if err != nil && !errors.As(err, &violation) {
			t.Errorf("%q: %v", stream, err)
		}
		// Read again, as a whole.
		end, wrong := keepsTo(d.rules, stream)
		if !wrong {
			end = len(stream)
		}
		if wrong != (violation != nil) || !bytes.Equal(out.Bytes(), stream[:end]) {
			t.Errorf("%q: refused with %v, want %t, and %q passed, want %d bytes", stream, err, wrong, out.Bytes(), end)
		}
	})
}

// keepsTo returns where the first frame of b begins that does not keep to r, and whether there is one.
func keepsTo(r *rules, b []byte) (at int, wrong bool) {
	inMessage := false
	for at < len(b) {
		h, size, ok := parseHeader(b[at:])
		if !ok {
			return at, true
		}
		if size == 0 {
			return at, false
		}
		if r.violation(&h, inMessage) != "" {
			return at, true
		}
		if h.length > int64(len(b)-at-size) {
			return at, false
		}
		end := at + size + int(h.length)
		if h.opcode() == Close && h.length >= 2 && !validCode(closeCode(b[at+size:end])) {
			return at, true
		}
		if h.data() {
			inMessage = !h.fin()
		}
		at = end
	}
	return at, false
}

func FuzzMask(f *testing.F) {
	f.Add([]byte("hello, world"), uint32(0x12345678), int64(3))
	f.Fuzz(func(t *testing.T, p []byte, key uint32, at int64) {
		m := Mask{Key: [4]byte{byte(key), byte(key >> 8), byte(key >> 16), byte(key >> 24)}, At: at & (1<<40 - 1)}
		got := bytes.Clone(p)
		m.Apply(got)
		for i := range p {
			if got[i] != p[i]^m.Key[(m.At+int64(i))%4] {
				t.Fatalf("%q masked with %x from %d is %q", p, m.Key, m.At, got)
			}
		}
	})
}
