package websocket

import (
	"errors"
	"unsafe"
)

// part is the next part of a message as it is on the wire: of one of its frames, at first its header, then its payload as it comes.
type part struct {
	header
	// raw is the header as it is on the wire, in the part that begins a frame; in the others content is of its payload, from the
	// byte at of that on.
	raw, content []byte
	at           int64
	// ends reports whether the frame ends behind it.
	ends bool
}

func (p *part) mask() Mask { return Mask{p.key, p.at} }

// last reports whether the message ends behind it.
func (p *part) last() bool { return p.ends && p.fin() }

// parts are the parts of one message. Behind the last one there is none to ask for.
type parts interface {
	next() (part, error)
}

// errUnfinished is for a message before whose end another has begun.
var errUnfinished = errors.New("another message begins before the end of this one")

// next reads the next part of the message in progress. Control frames before it pass.
func (d *Direction) next() (part, error) {
	if d.left > 0 {
		content, err := d.source.some(d.left)
		if err != nil {
			return part{}, err
		}
		p := part{header: d.frame, content: content, at: d.frame.length - d.left}
		d.left -= int64(len(content))
		p.ends = d.left == 0
		d.inMessage = !p.last()
		if d.received != nil {
			d.received.Payload(content, p.mask())
		}
		return p, nil
	}
	for {
		h, size, err := d.header()
		switch {
		case err != nil:
			return part{}, err
		case h.begins():
			return part{}, errUnfinished
		case h.data():
			return d.begin(h, size), nil
		}
		if err := d.other(h, size); err != nil {
			return part{}, err
		}
	}
}

// begin takes the header of a frame of the message.
func (d *Direction) begin(h header, size int) part {
	d.frame, d.left = h, h.length
	p := part{header: h, raw: d.source.take(size), ends: h.length == 0}
	d.inMessage = !p.last()
	return p
}

// kept are parts that were kept, and then those that rest has, where these are not all.
type kept struct {
	parts []part
	rest  parts
}

// keptPartBytes is what a part costs that is kept, in bytes, besides its content.
const keptPartBytes = int(unsafe.Sizeof(part{}))

// keep adds a copy of p.
func (k *kept) keep(p part) {
	if p.raw != nil {
		p.raw = append([]byte(nil), p.raw...)
		k.parts = append(k.parts, p)
		return
	}
	// It goes on with the part before, whose frame it is of.
	last := &k.parts[len(k.parts)-1]
	if last.raw != nil {
		p.content = append([]byte(nil), p.content...)
		k.parts = append(k.parts, p)
		return
	}
	last.content, last.ends = append(last.content, p.content...), p.ends
}

func (k *kept) next() (part, error) {
	if len(k.parts) > 0 {
		p := k.parts[0]
		k.parts = k.parts[1:]
		return p, nil
	}
	return k.rest.next()
}
