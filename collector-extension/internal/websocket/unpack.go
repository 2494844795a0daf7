package websocket

import (
	"errors"
	"io"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/inflate"
)

var (
	errInvalid = errors.New("the compressed message cannot be read")
	// errNotWanted ends the decompression of what nobody wants any more.
	errNotWanted = errors.New("not wanted")
)

// unpacking is a compressed message that is decompressed while it passes, is left out, or is passed on decompressed.
type unpacking struct {
	*Direction
	all parts
	// raw reports whether it is passed on as it came, resend whether it is passed on decompressed, perhaps changed.
	raw, resend bool
	change      Change
	// again is the decompressed message where it is to be sent a second time, else nil.
	again *copiedText
	// record is told the decompressed content; nil where nobody is. recorded reports whether it wants more of it.
	record   Recorder
	recorded bool

	kind Opcode
	// current is what is left of the present part, unmasked; complete whether the last part was met, and tail what is left to read
	// of what senders leave out.
	current  []byte
	plain    []byte
	complete bool
	tail     string
	err      error

	// size is the size of what is passed on decompressed, which may be as large as any other message.
	size int64
	// chunk waits for the one after it, so that the last one is known; begun reports whether one was sent before.
	chunk   []byte
	waiting bool
	begun   bool
}

// unpack relays a compressed message that can be read. text is what it says, where that is known.
func (d *Direction) unpack(all parts, kind Opcode, decision Decision, text []byte) error {
	f := d.deflated
	u := &unpacking{Direction: d, all: all, change: decision.Change, tail: deflateTail, kind: kind}
	if !f.alone && (decision.Drop || decision.Change != nil) {
		f.desynced = true
	}
	u.resend = !decision.Drop && (decision.Change != nil || f.desynced)
	u.raw = !decision.Drop && !u.resend
	if decision.Duplicate {
		u.again = new(copiedText)
	}
	switch {
	case d.received != nil:
		u.record = d.received
	case u.raw:
		u.record = d.sent
	}
	if d.sent != nil && !decision.Drop {
		d.sent.Begin(u.kind, u.raw)
	}
	u.recorded = u.record != nil && u.record.Wants() && (!f.alone || f.wasted.Spend(0))
	err := u.decompress(text)
	switch {
	case u.err != nil:
		return u.err // It is never finished.
	case err == nil:
		return u.end(u.recorded)
	case errors.Is(err, errNotWanted), u.raw, f.alone && !u.resend:
	case errors.Is(err, inflate.ErrTooLong):
		return u.violation(TooLarge, "")
	default:
		return u.violation(Unreadable, "")
	}
	if !errors.Is(err, errNotWanted) {
		f.forget()
		u.again = nil
	}
	if err := u.drain(); err != nil {
		return err
	}
	return u.end(false)
}

// decompress reads the message, up to its end where nothing is wrong.
func (u *unpacking) decompress(text []byte) error {
	f := u.deflated
	switch {
	case text != nil:
		if err := u.take(text); err != nil {
			return err
		}
		return u.drain()
	case f.alone && !u.recorded && !u.resend && u.again == nil:
		return errNotWanted
	}
	reader := inflate.Borrow(u, f.history)
	defer func() { inflate.Return(reader) }()
	buffer := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buffer)
	for inflated := 0; ; {
		n, err := reader.Read(buffer[:])
		inflated += n
		if u.err != nil {
			return u.err
		}
		if (!f.alone || u.resend || u.again != nil) && !f.spent.Spend(n) {
			return inflate.ErrTooLong
		}
		if n > 0 {
			if err := u.take(buffer[:n]); err != nil {
				if errors.Is(err, errNotWanted) {
					f.wasted.Spend(inflated)
				}
				return err
			}
		}
		switch {
		case err == nil:
		case !errors.Is(err, io.EOF):
			return errInvalid
		case u.exhausted():
			return nil
		default:
			// A final block ends no message (RFC 7692 section 7.2.3.5).
			inflate.Return(reader)
			reader = inflate.Borrow(u, f.history)
		}
	}
}

// exhausted reports whether there is nothing left of the message but what its sender has left out.
func (u *unpacking) exhausted() bool {
	for len(u.current) == 0 && !u.complete && u.err == nil {
		u.fill()
	}
	return len(u.current) == 0
}

// fill reads the next part, which passes where it is to pass as it is.
func (u *unpacking) fill() {
	p, err := u.all.next()
	if err != nil {
		u.err = err
		return
	}
	u.deflated.spent.Earn(len(p.content))
	if u.raw {
		u.pass(&p)
	}
	u.complete = p.last()
	if u.current = p.content; p.masked {
		u.plain = append(u.plain[:0], p.content...)
		p.mask().Apply(u.plain)
		u.current = u.plain
	}
}

// drain reads the rest of the message.
func (u *unpacking) drain() error {
	for !u.complete {
		if u.fill(); u.err != nil {
			return u.err
		}
	}
	return nil
}

// ReadByte is for flate, which would else read ahead.
func (u *unpacking) ReadByte() (byte, error) {
	for len(u.current) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		if u.complete {
			if u.tail == "" {
				return 0, io.EOF
			}
			c := u.tail[0]
			u.tail = u.tail[1:]
			return c, nil
		}
		u.fill()
	}
	c := u.current[0]
	u.current = u.current[1:]
	return c, nil
}

// Read reads the message, and then what its sender has left out.
func (u *unpacking) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c, err := u.ReadByte()
		if err != nil {
			return n, err
		}
		p[n] = c
		if n++; len(u.current) == 0 && !u.complete {
			break // The next part may be long in coming.
		}
	}
	return n, nil
}

// take is given what was decompressed.
func (u *unpacking) take(content []byte) error {
	f := u.deflated
	f.note(content)
	if u.recorded {
		u.recorded = u.record.Plain(content)
	}
	if u.change == nil {
		u.again.add(content)
	}
	if u.resend {
		return u.resent(content)
	}
	if f.alone && !u.recorded && u.again == nil {
		return errNotWanted
	}
	return nil
}

// resent passes content on, decompressed.
func (u *unpacking) resent(content []byte) error {
	if u.size += int64(len(content)); u.limit > 0 && u.size > u.limit {
		return inflate.ErrTooLong
	}
	if u.waiting {
		u.send(0)
		if u.out.pending() >= maxBatch {
			if err := u.flush(); err != nil {
				u.err = err
				return err
			}
		}
	}
	u.chunk, u.waiting = append(u.chunk[:0], content...), true
	return nil
}

// send sends the chunk that waits as a frame.
func (u *unpacking) send(fin byte) {
	kind := u.kind
	if u.begun {
		kind = Continuation
	}
	u.begun = true
	if u.change != nil {
		u.change.Part(int64(len(u.chunk)))
		u.change.Apply(u.chunk, [4]byte{})
		u.again.add(u.chunk)
	}
	u.out.addFrame(fin|byte(kind), u.chunk)
	u.open = fin == 0
	u.out.endFrame(!u.open, false)
	if u.sent != nil {
		u.sent.Payload(u.chunk, Mask{})
	}
}

// end is called when the message has ended; whole says whether all of its content was recorded.
func (u *unpacking) end(whole bool) error {
	if u.resend {
		u.send(bitFin)
	}
	n := 0
	if u.resend || u.raw {
		n = 1
	}
	if u.received != nil {
		u.received.End(whole)
	}
	if u.sent != nil && n > 0 {
		u.sent.End(whole || u.resend)
	}
	if u.again != nil && !u.again.tooMuch {
		u.out.addFrame(bitFin|byte(u.kind), u.again.content)
		u.out.endFrame(true, false)
		if u.sent != nil {
			u.sent.Frame(u.kind, u.again.content)
		}
		n++
	}
	return u.count(n)
}
