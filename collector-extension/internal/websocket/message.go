package websocket

import (
	"errors"
	"time"
)

// maxDuplicate is up to what size a message is sent twice; it is kept for that.
const maxDuplicate = 1 << 20

// message relays the message that begins with header h.
func (d *Direction) message(h header, size int) error {
	d.packed = h.packed()
	readable := h.first&bitsUnknown == 0 && (!d.packed || d.deflated.readable())
	decision, err := d.decide(Message{Text: h.opcode() == Text, Readable: readable})
	if err != nil {
		return err
	}
	if d.received != nil {
		d.received.Begin(h.opcode(), d.packed)
	}
	if decision == (Decision{}) && !d.packed && d.reader == nil && h.fin() && h.length <= int64(len(d.source.buffered())-size) {
		return d.whole(&h, size)
	}
	// Nothing was read since then.
	first := d.begin(h, size)
	if decision == (Decision{}) && !d.packed && d.reader == nil {
		return d.finish(d.asItIs(first))
	}
	return d.finish(d.treat(&kept{parts: []part{first}, rest: d}, first, readable, decision))
}

// finish tells that the message has ended.
func (d *Direction) finish(err error) error {
	if errors.Is(err, errUnfinished) {
		d.inMessage = false
		if d.packed {
			d.deflated.forget()
		}
	}
	return err
}

// decide asks what is to happen to a message, and waits as long as that says.
func (d *Direction) decide(m Message) (decision Decision, err error) {
	t := d.Treated()
	if t == nil || t.Decide == nil {
		return decision, nil
	}
	decision = t.Decide(m)
	if decision.Delay > 0 {
		if err := d.flush(); err != nil {
			return decision, err
		}
		start := time.Now()
		d.sleep(t, decision.Delay)
		if t.Delayed != nil {
			t.Delayed(time.Since(start))
		}
		decision.Delay = 0
	}
	return decision, nil
}

// treat does to a message what was decided.
func (d *Direction) treat(all *kept, first part, readable bool, decision Decision) error {
	var text []byte
	if d.reader != nil && !decision.Drop && readable && first.opcode() == Text {
		if limit, ok := d.reader.Wants(); ok {
			var done bool
			var err error
			if text, done, err = d.read(all, limit); done || err != nil {
				return err
			}
		}
	}
	switch {
	case d.packed && readable:
		return d.unpack(all, first.opcode(), decision, text)
	case decision.Drop:
		return d.drop(all)
	}
	return d.plain(all, decision, false)
}

// whole passes on a message of one frame that was read whole.
func (d *Direction) whole(h *header, size int) error {
	raw := d.source.take(size + int(h.length))
	if d.received != nil {
		d.received.Payload(raw[size:], Mask{Key: h.key})
	}
	if d.sent != nil {
		d.sent.Begin(h.opcode(), false)
		d.sent.Payload(raw[size:], Mask{Key: h.key})
	}
	d.out.pass(raw)
	d.open = false
	d.out.endFrame(true, false)
	return d.passed(1, true)
}

// asItIs passes a message on, from its first part on.
func (d *Direction) asItIs(p part) error {
	if d.sent != nil {
		d.sent.Begin(p.opcode(), d.packed)
	}
	for {
		d.pass(&p)
		if p.last() {
			return d.passed(1, true)
		}
		var err error
		if p, err = d.next(); err != nil {
			return err
		}
	}
}

// pass passes a part on.
func (d *Direction) pass(p *part) {
	if p.raw != nil {
		d.out.pass(p.raw)
	} else {
		d.out.pass(p.content)
		if d.sent != nil {
			d.sent.Payload(p.content, p.mask())
		}
	}
	d.open = !p.last()
	if p.ends {
		d.out.endFrame(!d.open, false)
	}
}

// passed is called when a message has ended, n of which were passed on; whole says whether its recorder was told all of it.
func (d *Direction) passed(n int, whole bool) error {
	if d.received != nil {
		d.received.End(whole)
	}
	if d.sent != nil && n > 0 {
		d.sent.End(whole)
	}
	return d.count(n)
}

// count tells that n messages were passed on.
func (d *Direction) count(n int) error {
	t := d.Treated()
	if t == nil || t.Sent == nil {
		return nil
	}
	end := t.Sent(n)
	if end == nil {
		return nil
	}
	if err := d.flush(); err != nil {
		return err
	}
	end()
	return nil
}

// drop reads a message that is left out.
func (d *Direction) drop(all parts) error {
	for {
		p, err := all.next()
		switch {
		case err != nil:
			return err
		case p.last():
			return d.passed(0, !d.packed)
		}
	}
}

// plain passes a message on as it is, or with some of its bytes changed, and again where it is to be sent twice. stray says
// whether it is none.
func (d *Direction) plain(all parts, decision Decision, stray bool) error {
	var again *copied
	if decision.Duplicate {
		again = new(copied)
	}
	begun := false
	for {
		p, err := all.next()
		if err != nil {
			return err
		}
		if !begun && d.sent != nil && !stray {
			d.sent.Begin(p.opcode(), d.packed)
		}
		begun = true
		if decision.Change != nil {
			p = changed(p, decision.Change)
		}
		again.add(p)
		d.passChanged(p, decision.Change != nil)
		if !p.last() {
			continue
		}
		if stray {
			return nil
		}
		break
	}
	n := 1
	if again.whole() {
		if d.sent != nil {
			d.sent.End(!d.packed)
			d.sent.Begin(again.parts[0].opcode(), d.packed)
		}
		for _, p := range again.parts {
			d.passChanged(p, true)
		}
		n = 2
	}
	return d.passed(n, !d.packed)
}

// changed returns p with some of its bytes changed.
func changed(p part, change Change) part {
	if p.raw != nil {
		change.Part(p.length)
		return p
	}
	p.content = append([]byte(nil), p.content...)
	change.Apply(p.content, p.key)
	return p
}

// passChanged passes a part on that may not be where it was read to.
func (d *Direction) passChanged(p part, copies bool) {
	if copies {
		d.out.copyView()
		d.out.batch = append(append(d.out.batch, p.raw...), p.content...)
		if p.raw == nil && d.sent != nil {
			d.sent.Payload(p.content, p.mask())
		}
		d.open = !p.last()
		if p.ends {
			d.out.endFrame(!d.open, false)
		}
		return
	}
	d.pass(&p)
}

// copied keeps a message that is to be sent again, unless it is too large. A nil one keeps nothing.
type copied struct {
	kept
	size    int
	tooMuch bool
}

// copiedText keeps what a message says for that.
type copiedText struct {
	content []byte
	tooMuch bool
}

func (c *copiedText) add(p []byte) {
	switch {
	case c == nil || c.tooMuch:
	case len(c.content)+len(p) > maxDuplicate:
		c.content, c.tooMuch = nil, true
	default:
		c.content = append(c.content, p...)
	}
}

func (c *copied) add(p part) {
	if c == nil || c.tooMuch {
		return
	}
	if c.size += len(p.raw) + len(p.content); c.size > maxDuplicate {
		c.parts, c.tooMuch = nil, true
		return
	}
	c.keep(p)
}

// whole reports whether all of a message was kept.
func (c *copied) whole() bool { return c != nil && !c.tooMuch }
