package websocket

import (
	"bytes"
	"io"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/inflate"
)

// read keeps a text of at most limit bytes, with what its frames cost, and has the reader decide about it. done reports whether
// it was not to pass as it is. all has the message again where it is to go on, and text what a compressed one says, nil where
// that is not known.
func (d *Direction) read(all *kept, limit int) (text []byte, done bool, err error) {
	message := &kept{}
	for size := 0; ; {
		p, err := all.next()
		if err != nil {
			// It is never finished. What it has is not withheld.
			*all = kept{parts: message.parts, rest: failing{err}}
			return nil, false, nil //nolint:nilerr // It comes again behind what was kept.
		}
		message.keep(p)
		// Frames without content cost, too.
		if size += len(p.content); p.raw != nil {
			size += keptPartBytes
		}
		if size > limit {
			*all = kept{parts: message.parts, rest: d}
			return nil, false, nil
		}
		if p.last() {
			break
		}
	}
	for _, p := range message.parts {
		start := len(text)
		text = append(text, p.content...)
		p.mask().Apply(text[start:])
	}
	*all = *message
	if d.packed {
		if text, err = d.deflated.peek(text, limit); err != nil {
			text = nil
		}
	}
	instead, changed := d.reader.Read(text)
	if !changed {
		return text, false, nil
	}
	return text, true, d.replace(text, instead)
}

// replace passes on other messages instead of one that was read.
func (d *Direction) replace(text []byte, instead [][]byte) error {
	if d.packed {
		d.deflated.note(text)
		// Later messages refer to this one, which its receiver never sees.
		d.deflated.desynced = !d.deflated.alone
		if d.received != nil {
			d.received.Plain(text)
		}
	}
	if d.received != nil {
		d.received.End(true)
	}
	for _, other := range instead {
		d.out.addFrame(bitFin|byte(Text), other)
		d.out.endFrame(true, false)
		if d.sent != nil {
			d.sent.Frame(Text, other)
		}
	}
	return d.count(len(instead))
}

// failing has nothing but an error.
type failing struct{ err error }

func (f failing) next() (part, error) { return part{}, f.err }

// peek decompresses a whole message to at most limit bytes, and remembers nothing.
func (d *deflated) peek(packed []byte, limit int) ([]byte, error) {
	reader := inflate.Borrow(io.MultiReader(bytes.NewReader(packed), strings.NewReader(deflateTail)), d.history)
	defer inflate.Return(reader)
	text, err := io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	if err == nil && len(text) > limit {
		err = inflate.ErrTooLong
	}
	return text, err
}
