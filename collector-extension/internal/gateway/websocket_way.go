package gateway

import (
	"strconv"
	"unsafe"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
)

// way is what happens to one message, frame by frame. end is called at the end of each frame.
type way interface {
	frame(f *frameReader) error
	payload(f *frameReader, p []byte) error
	end(f *frameReader) error
}

// dropped leaves a message out.
type dropped struct{ side *webSocketSide }

func (*dropped) frame(*frameReader) error           { return nil }
func (*dropped) payload(*frameReader, []byte) error { return nil }
func (*dropped) end(*frameReader) error             { return nil }

// copied keeps a message that is to be sent again, unless it is too large. A nil one keeps nothing.
type copied struct {
	content []byte
	tooMuch bool
}

func newCopy(wanted bool) *copied {
	if !wanted {
		return nil
	}
	return &copied{}
}

func (c *copied) add(p []byte) {
	if c == nil || c.tooMuch {
		return
	}
	if len(c.content)+len(p) > maxDuplicate {
		c.content, c.tooMuch = nil, true
		return
	}
	c.content = append(c.content, p...)
}

// passed passes a message on as it is, or with some of its bytes changed, and again where it is kept for that.
type passed struct {
	side   *webSocketSide
	change *fault.Change
	again  *copied
	// quiet is not to count it.
	quiet bool
}

func (w *passed) frame(f *frameReader) error {
	if w.change != nil {
		w.change.Part(f.length)
	}
	w.emit(f.header[:f.size])
	return nil
}

func (w *passed) payload(f *frameReader, p []byte) error {
	if w.change != nil {
		p = append([]byte(nil), p...)
		w.change.Apply(p, f.key)
	}
	w.emit(p)
	return nil
}

func (w *passed) emit(p []byte) {
	w.side.emit(p)
	w.again.add(p)
}

func (w *passed) end(f *frameReader) error {
	if !f.fin || w.quiet {
		return nil
	}
	if w.again == nil || w.again.tooMuch {
		return w.side.passed(1)
	}
	w.side.emit(w.again.content)
	return w.side.passed(2)
}

// unpacked decompresses a message while it passes, is left out, or is passed on decompressed.
type unpacked struct {
	side *webSocketSide
	*unpacker
	// raw passes the message on as it is; nil is not to. resend passes it on decompressed, perhaps changed.
	raw    *passed
	resend bool
	change *fault.Change
	// again is the content that is sent a second time.
	again  *copied
	opcode byte
	// size is that of what is passed on decompressed, which may be as large as any other message.
	size int64
	// chunk waits for the one after it, so that the last one is known; begun is whether one was sent before.
	chunk   []byte
	waiting bool
	begun   bool
	failed  bool
}

func newUnpacked(s *webSocketSide, w *unpacked) *unpacked {
	w.side, w.opcode = s, s.input.opcode
	w.unpacker = newUnpacker(s.deflated, s.conn.ended, w.take)
	return w
}

func (w *unpacked) frame(f *frameReader) error {
	if w.raw != nil {
		return w.raw.frame(f)
	}
	return nil
}

func (w *unpacked) payload(f *frameReader, p []byte) error {
	if err := w.check(w.add(f.plain(p))); err != nil {
		return err
	}
	if w.raw != nil {
		return w.raw.payload(f, p)
	}
	return nil
}

// check passes an error on, unless the message passes as it is: its compression is then not known any more.
func (w *unpacked) check(err error) error {
	if err == nil || w.raw == nil || w.side.conn.hasEnded() {
		return err
	}
	w.failed = true
	w.side.deflated.forget()
	return nil
}

// take is given what was decompressed, in the goroutine of the unpacker.
func (w *unpacked) take(content []byte) error {
	w.side.deflated.note(content)
	if w.change == nil {
		w.again.add(content)
	}
	if !w.resend {
		return nil
	}
	if w.size += int64(len(content)); w.side.limit > 0 && w.size > w.side.limit {
		return errTooLong
	}
	if w.waiting {
		w.send(0)
		if len(w.side.batch) >= maxSendBatch {
			if err := w.side.flush(); err != nil {
				return err
			}
		}
	}
	w.chunk, w.waiting = append(w.chunk[:0], content...), true
	return nil
}

// send sends the chunk that waits as a frame.
func (w *unpacked) send(fin byte) {
	opcode := w.opcode
	if w.begun {
		opcode = opContinuation
	}
	w.begun = true
	if w.change != nil {
		w.change.Part(int64(len(w.chunk)))
		w.change.Apply(w.chunk, [4]byte{})
		w.again.add(w.chunk)
	}
	w.side.emitFrame(fin|opcode, w.chunk)
}

func (w *unpacked) end(f *frameReader) error {
	if w.raw != nil {
		_ = w.raw.end(f) // It is quiet.
	}
	if !f.fin {
		return nil
	}
	if err := w.check(w.finish()); err != nil {
		return err
	}
	if w.resend {
		w.send(bitFin)
	}
	sent := 0
	if w.resend || w.raw != nil {
		sent = 1
	}
	if w.again != nil && !w.again.tooMuch && !w.failed {
		w.side.emitFrame(bitFin|w.opcode, w.again.content)
		sent++
	}
	return w.side.passed(sent)
}

// held keeps a message until it was read, or until it is too large for that, and then lets it go its way.
type held struct {
	side   *webSocketSide
	packed bool
	limit  int
	then   way
	parts  []heldPart
	size   int
	free   bool
}

// heldPartBytes is what a frame costs that is kept, in bytes, besides its content.
const heldPartBytes = int(unsafe.Sizeof(heldPart{}))

// heldPart is a frame, or the beginning of one.
type heldPart struct {
	reader  frameReader
	content []byte
}

func (w *held) frame(f *frameReader) error {
	if w.free {
		return w.then.frame(f)
	}
	w.parts = append(w.parts, heldPart{reader: *f})
	// Frames without content cost, too.
	w.size += heldPartBytes
	return w.checkSize()
}

func (w *held) payload(f *frameReader, p []byte) error {
	if w.free {
		return w.then.payload(f, p)
	}
	last := &w.parts[len(w.parts)-1]
	last.content = append(last.content, p...)
	last.reader = *f
	w.size += len(p)
	return w.checkSize()
}

func (w *held) checkSize() error {
	if w.size <= w.limit {
		return nil
	}
	w.free = true
	return w.release(false)
}

// release lets what is kept go its way. whole is whether the last frame has ended, too.
func (w *held) release(whole bool) error {
	for i := range w.parts {
		part := &w.parts[i]
		f := &part.reader
		if err := w.then.frame(f); err != nil {
			return err
		}
		if len(part.content) > 0 {
			if err := w.then.payload(f, part.content); err != nil {
				return err
			}
		}
		if i < len(w.parts)-1 || whole {
			if err := w.then.end(f); err != nil {
				return err
			}
		}
	}
	w.parts = nil
	return nil
}

func (w *held) end(f *frameReader) error {
	if w.free {
		return w.then.end(f)
	}
	if !f.fin {
		return nil
	}
	instead, changed := w.side.reads.read(w.text())
	if !changed {
		return w.release(true)
	}
	if u, ok := w.then.(*unpacked); ok {
		// Later messages refer to this one, which its receiver never sees.
		w.side.deflated.desynced = true
		u.raw, u.resend, u.again = nil, false, nil
	} else {
		w.then = &dropped{side: w.side}
	}
	if err := w.release(true); err != nil {
		return err
	}
	for _, text := range instead {
		w.side.emitFrame(bitFin|opText, text)
	}
	return w.side.passed(len(instead))
}

// text is the content of the message; nil where it cannot be read.
func (w *held) text() []byte {
	var text []byte
	for i := range w.parts {
		text = append(text, w.parts[i].reader.plain(w.parts[i].content)...)
	}
	if !w.packed {
		return text
	}
	content, err := w.side.deflated.peek(text, w.limit)
	if err != nil {
		return nil
	}
	return content
}

func throttleDetail(rate int64) string { return strconv.FormatInt(rate, 10) + " bytes per second" }
