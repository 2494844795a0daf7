package gateway

import (
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
	"time"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// maxBatch is how many bytes of changed messages are put together before they are sent.
	maxSendBatch = 64 << 10
	// maxDuplicate is up to what size a message is sent twice; it is kept for that.
	maxDuplicate = 1 << 20
	// throttlePieces is how many pieces a second of throttled bandwidth is sent in.
	throttlePieces = 20
)

// webSocketSide is one direction of a WebSocket: what is written to it are frames as they come, what it writes are those
// frames as the scenario lets them pass. Where it does nothing, they pass as they are.
type webSocketSide struct {
	conn     *webSocketConn
	to       io.Writer
	toClient bool

	// writing is full while something is sent, which may take as long as the receiver likes. It guards sent and queue:
	// what was sent, and whole messages of ours that wait for the end of one that is being sent; and ending, whether a
	// close frame of ours is to be sent to an upstream, and ended, whether it was.
	writing       chan struct{}
	sent          *frames
	queue         [][]byte
	queued        int
	ending, ended bool
	// endWith is the code of that close frame.
	endWith int

	// What follows is for the goroutine that writes. way is what happens to the message in progress, batch what is to be
	// sent. limit is how large a message may be, 0 for any size, size how large that in progress is so far, and refused
	// whether one was larger.
	input       frameReader
	way         way
	batch       []byte
	limit, size int64
	refused     bool
	// deflated is the compression that was agreed on, nil for none; follow is whether it must be followed.
	deflated *deflated
	follow   bool
	// reads is asked about whole text messages that are not larger than a limit; nil is nobody.
	reads messageReader

	// harm is what the scenario in force does in this direction; nil is nothing.
	harm atomic.Pointer[sideHarm]
}

// sideHarm is what a scenario does in one direction. over is closed when it is no longer in force.
type sideHarm struct {
	messages *fault.Messages
	// delays is whether the mode makes each message wait.
	delays bool
	// rate is a limit in bytes per second, 0 for none.
	rate int64
	over chan struct{}
	// due ends the connection before any message.
	due *scenario.Drawn
}

// harmWith changes what is done to the messages to come; waits of what was done before end.
func (s *webSocketSide) harmWith(messages *fault.Messages, delays bool, rate int64) {
	var harm *sideHarm
	if messages != nil || delays || rate > 0 {
		harm = &sideHarm{messages: messages, delays: delays, rate: rate, over: make(chan struct{}), due: messages.Sent(0)}
	}
	if before := s.harm.Swap(harm); before != nil {
		close(before.over)
	}
}

// messageReader decides about messages by what is in them.
type messageReader interface {
	// wants is whether it may want to read the next message, of at most limit bytes.
	wants() (limit int, ok bool)
	// read returns the messages to pass on instead of text, which may be none, and whether it is not to pass as it is.
	read(text []byte) (instead [][]byte, changed bool)
}

func (s *webSocketSide) lock()   { s.writing <- struct{}{} }
func (s *webSocketSide) unlock() { <-s.writing }

// idle is whether what comes passes as it is, and need not be looked at but for where messages end.
func (s *webSocketSide) idle() bool {
	return s.harm.Load() == nil && s.way == nil && !s.follow && s.reads == nil
}

// write passes p on, later or otherwise or not at all where the scenario says so.
func (s *webSocketSide) write(p []byte) error {
	if s.refused {
		return nil
	}
	if s.idle() && s.input.have == 0 {
		return s.pass(p)
	}
	for len(p) > 0 {
		n, piece := s.input.next(p)
		content := p[:n]
		p = p[n:]
		var err error
		switch {
		case s.input.wrong != "":
			return s.refuse(closeProtocol, because(s.failures().protocol, s.input.wrong))
		case s.input.broken:
			s.emit(s.input.header[:s.input.have])
			s.input.have = 0
			if piece == partOfPayload {
				s.emit(content)
			}
		case piece == wholeHeader && !s.fits():
			return s.refuse(closeTooBig, s.failures().tooLarge)
		case piece == wholeHeader:
			err = s.frame()
		case piece == partOfPayload && s.way != nil && s.input.data():
			err = s.way.payload(&s.input, content)
		case piece == partOfPayload:
			s.emit(content)
		}
		if err == nil && s.input.boundary() {
			err = s.frameEnd()
		}
		if err == nil && len(s.batch) >= maxSendBatch {
			err = s.flush()
		}
		switch {
		case errors.Is(err, errTooLong):
			return s.refuse(closeTooBig, s.failures().tooLarge)
		case errors.Is(err, errInvalid):
			return s.refuse(closeInvalid, s.failures().invalid)
		case err != nil:
			s.batch = s.batch[:0]
			return err
		}
	}
	return s.flush()
}

// pass sends p as it is, but for the beginning of a header that is not whole.
func (s *webSocketSide) pass(p []byte) error {
	for at := 0; at < len(p); {
		n, piece := s.input.next(p[at:])
		switch {
		case s.input.wrong != "":
			s.emit(p[:at])
			return s.refuse(closeProtocol, because(s.failures().protocol, s.input.wrong))
		case piece == wholeHeader && !s.fits():
			s.emit(p[:at])
			return s.refuse(closeTooBig, s.failures().tooLarge)
		}
		at += n
	}
	if s.input.broken {
		s.input.have = 0
	}
	return s.send(p[:len(p)-s.input.have])
}

// fits is whether the frame whose header was read leaves its message within the limit.
func (s *webSocketSide) fits() bool {
	if s.limit == 0 || !s.input.data() {
		return true
	}
	if s.input.opcode != opContinuation {
		s.size = 0
	}
	if s.input.length > s.limit-s.size {
		return false
	}
	s.size += s.input.length
	return true
}

// refuse closes the connection with code for a frame that may not pass; what came before it is sent, nothing after it.
func (s *webSocketSide) refuse(code int, failure core.Failure) error {
	s.refused = true
	err := s.flush()
	s.conn.refuse(code, failure)
	s.abandon()
	return err
}

// abandon ends what is done to a message that will not be finished.
func (s *webSocketSide) abandon() {
	if h, ok := s.way.(*held); ok {
		s.way = h.then
	}
	if u, ok := s.way.(*unpacked); ok {
		u.abandon()
		s.deflated.forget()
	}
	s.way = nil
}

// frame is called when the header of a frame is whole.
func (s *webSocketSide) frame() error {
	begins := s.input.opcode == opText || s.input.opcode == opBinary
	if begins {
		if h, ok := s.way.(*held); ok && !h.free {
			// It was never ended, against the protocol; what it has is not withheld.
			if err := h.release(true); err != nil {
				return err
			}
		}
		s.abandon()
		var err error
		if s.way, err = s.choose(); err != nil {
			return err
		}
	}
	if s.way != nil && s.input.data() {
		return s.way.frame(&s.input)
	}
	s.emit(s.input.header[:s.input.size])
	return nil
}

// frameEnd is called when a frame has ended.
func (s *webSocketSide) frameEnd() error {
	if s.way == nil || !s.input.data() {
		if s.input.data() && s.input.fin {
			return s.passed(1)
		}
		return nil
	}
	current := s.way
	if s.input.fin {
		s.way = nil
	}
	return current.end(&s.input)
}

// choose decides about the message that begins; nil is to pass it on as it is.
func (s *webSocketSide) choose() (way, error) {
	first := s.input.header[0]
	packed := first&bitPacked != 0
	readable := first&bitsUnknown == 0 && (!packed || s.deflated.readable())
	var m fault.Message
	if h := s.harm.Load(); h != nil {
		m = h.messages.Next(readable)
		if h.delays {
			m.Delay += s.conn.modeDelay()
		}
		if m.Delay > 0 {
			if err := s.flush(); err != nil {
				return nil, err
			}
			start := time.Now()
			s.conn.wait(m.Delay, nil, h.over)
			s.conn.tally.Delayed(time.Since(start))
		}
	}
	if m.Change != nil {
		m.Change.Text = first&0x0f == opText
	}
	var chosen way
	switch {
	case packed && readable:
		chosen = s.choosePacked(m)
	case m.Drop:
		chosen = &dropped{side: s}
	case m.Duplicate || m.Change != nil:
		chosen = &passed{side: s, change: m.Change, again: newCopy(m.Duplicate)}
	}
	if s.reads == nil || m.Drop || !readable || first&0x0f != opText {
		return chosen, nil
	}
	limit, ok := s.reads.wants()
	if !ok {
		return chosen, nil
	}
	if chosen == nil {
		chosen = &passed{side: s}
	}
	return &held{side: s, packed: packed, limit: limit, then: chosen}, nil
}

// choosePacked decides about a compressed message that can be read.
func (s *webSocketSide) choosePacked(m fault.Message) way {
	d := s.deflated
	if d.alone {
		switch {
		case m.Drop:
			return &dropped{side: s}
		case m.Change != nil:
			return newUnpacked(s, &unpacked{change: m.Change, again: newCopy(m.Duplicate), resend: true})
		case m.Duplicate:
			return &passed{side: s, again: newCopy(true)}
		}
		return nil
	}
	if m.Drop || m.Change != nil {
		d.desynced = true
	}
	u := &unpacked{change: m.Change, again: newCopy(m.Duplicate), resend: d.desynced && !m.Drop}
	if !d.desynced {
		u.raw = &passed{side: s, quiet: true}
	}
	return newUnpacked(s, u)
}

// passed counts n messages that were passed on, and ends the stream where that was enough.
func (s *webSocketSide) passed(n int) error {
	h := s.harm.Load()
	if h == nil {
		return nil
	}
	end := h.messages.Sent(n)
	if end == nil {
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	return s.conn.endWith(*end)
}

// emit sends p with what comes next.
func (s *webSocketSide) emit(p []byte) { s.batch = append(s.batch, p...) }

// emitFrame sends a frame of ours with what comes next.
func (s *webSocketSide) emitFrame(first byte, payload []byte) {
	s.batch = appendFrame(s.batch, first, payload, s.key())
}

// key is the mask of our frames: upstreams refuse those without one. It hides nothing, since what is masked is not of ours.
func (s *webSocketSide) key() *[4]byte {
	if s.toClient {
		return nil
	}
	return &[4]byte{0x4d, 0x6f, 0x63, 0x6b}
}

func (s *webSocketSide) flush() error {
	batch := s.batch
	s.batch = s.batch[:0]
	if cap(s.batch) > 4*maxSendBatch {
		s.batch = nil
	}
	h := s.harm.Load()
	if h == nil || h.rate == 0 {
		return s.send(batch)
	}
	throttled := false
	for len(batch) > 0 {
		n := min(len(batch), int(min(max(1, h.rate/throttlePieces), maxSendBatch)))
		if err := s.send(batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
		s.conn.wait(time.Duration(int64(n)*int64(time.Second)/h.rate), nil, h.over)
		throttled = true
	}
	if throttled {
		s.conn.noteOnce(recording.Fault{Kind: string(scenario.FaultThrottle), Detail: throttleDetail(h.rate)})
	}
	return nil
}

// send sends p, only up to the end of its first frame where the connection is to be closed there.
func (s *webSocketSide) send(p []byte) error {
	for len(p) > 0 {
		n, err := s.sendSome(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

func (s *webSocketSide) sendSome(p []byte) (int, error) {
	s.lock()
	defer s.unlock()
	if s.toClient && s.conn.sendClose() {
		return 0, errClosedByUs
	}
	if s.sendEnd(); s.ended {
		return len(p), nil
	}
	if err := s.sendQueue(); err != nil {
		return 0, err
	}
	taken := s.sent.feed(p)
	if len(s.queue) == 0 && !s.ending && (!s.toClient || !s.conn.isClosing()) {
		for taken < len(p) {
			taken += s.sent.feed(p[taken:])
		}
	}
	n, err := s.to.Write(p[:taken])
	if err == nil {
		err = s.sendQueue()
		s.sendEnd()
	}
	return n, err
}

// end sends an upstream a close frame, now or when the present frame has ended. It may wait for a second to do so.
func (s *webSocketSide) end(code int) {
	timer := time.NewTimer(closeGrace)
	defer timer.Stop()
	select {
	case s.writing <- struct{}{}:
		s.ending, s.endWith = true, code
		s.sendEnd()
		s.unlock()
	case <-timer.C:
	case <-s.conn.ended:
	}
}

// sendEnd sends the close frame that is due, where no frame is under way; writing is held by the caller.
func (s *webSocketSide) sendEnd() {
	if !s.ending || s.ended || !s.sent.boundary() {
		return
	}
	s.ended = true
	frame := appendFrame(nil, bitFin|opClose, binary.BigEndian.AppendUint16(nil, uint16(s.endWith)), s.key())
	for rest := frame; len(rest) > 0; {
		rest = rest[s.sent.feed(rest):]
	}
	_, _ = s.to.Write(frame)
}

// sendQueue sends the messages of ours that wait, where no other message is being sent; writing is held by the caller.
func (s *webSocketSide) sendQueue() error {
	for len(s.queue) > 0 && s.sent.between() {
		frame := s.queue[0]
		s.queue = s.queue[1:]
		s.queued -= len(frame)
		for rest := frame; len(rest) > 0; {
			rest = rest[s.sent.feed(rest):]
		}
		if _, err := s.to.Write(frame); err != nil {
			return err
		}
	}
	return nil
}

// put sends frames that are whole messages between others, now or when the present one has ended.
func (s *webSocketSide) put(frames []byte) error {
	s.lock()
	defer s.unlock()
	if s.toClient && s.conn.wasSent() || s.ended {
		return errClosedByUs // Nothing may follow a close frame.
	}
	if len(s.queue) >= maxQueue || s.queued+len(frames) > maxQueueBytes {
		return errors.New("too many messages wait")
	}
	s.queue, s.queued = append(s.queue, frames), s.queued+len(frames)
	return s.sendQueue()
}

// maxQueue and maxQueueBytes bound the messages of ours that wait for the end of another.
const (
	maxQueue      = 1000
	maxQueueBytes = 2 << 20
)
