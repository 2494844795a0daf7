package websocket

import "time"

// Message is what is known of a message when it begins.
type Message struct {
	Text bool
	// Readable reports whether its content is at hand: else it can only be delayed.
	Readable bool
}

// Decision is what happens to a message: Delay comes first, Drop leaves nothing of the rest to do, and Change is nil where the
// content stays.
type Decision struct {
	Delay           time.Duration
	Drop, Duplicate bool
	Change          Change
}

// Change changes bytes of a payload in place, which comes in parts of known length. mask is from the beginning of the part on.
type Change interface {
	Part(length int64)
	Apply(p []byte, key [4]byte)
}

// Treatment is what is done to the messages of a direction. A nil one is nothing. Its functions are called by the goroutine of the
// direction, one at a time; none is needed.
type Treatment struct {
	// Decide is asked about each message when it begins.
	Decide func(Message) Decision
	// Delayed is told how long a message has waited.
	Delayed func(time.Duration)
	// Sent is told that n messages were passed on, none for one that was dropped. What it returns, where that is not nil, is called
	// when they are written: it may end the connection.
	Sent func(n int) func()
	// Rate is a limit in bytes per second, 0 for none; Throttled is called where it has held something back.
	Rate      int64
	Throttled func()
	// Stalled reports whether nothing passes until there is another treatment.
	Stalled bool

	// replaced is closed when there is another.
	replaced chan struct{}
}

// Reader decides about messages by what is in them. It is called by the goroutine of the direction.
type Reader interface {
	// Wants returns how large the next message may be, a text, to be read, and whether it is to be.
	Wants() (limit int, ok bool)
	// Read returns the messages to pass on instead of text, which may be none, and whether it is not to pass as it is.
	Read(text []byte) (instead [][]byte, changed bool)
}

// Recorder is told of the messages of a direction: those of the client as they were sent, those of the upstream as they reach the
// client.
type Recorder interface {
	// Begin is called at the first frame of a message. Where it is packed, Plain is called with its content, else Payload.
	Begin(kind Opcode, packed bool)
	// Payload is called with the payload of frames as they are on the wire, masked.
	Payload(p []byte, mask Mask)
	// Plain is called with what a message decompresses to, and reports whether more of it is wanted.
	Plain(p []byte) (more bool)
	// End is called at the end of a message; whole says whether Payload, or Plain, was called with all of it.
	End(whole bool)
	// Frame is called for each frame that is none of a message in progress: control frames, and those that were put in between. It
	// may be called by other goroutines.
	Frame(kind Opcode, payload []byte)
	// Wants reports whether the content of the present message is wanted.
	Wants() bool
}
