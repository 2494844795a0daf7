// Package stream tells the messages of bodies apart, once, and hands them to handlers: what limits, records or harms them.
//
//	source ── Splitter ── pieces ──▶ Handler ──▶ Handler ──▶ reader of the Body
package stream

// Piece is the next piece of a body of messages. What is between messages is inside of none.
type Piece struct {
	// Size is how many bytes it has, which is 0 for the end of a message that only what is behind it tells.
	Size int
	// Inside reports whether it belongs to a message, Begins whether that begins with it, and Ends whether it ends behind it.
	Inside, Begins, Ends bool
	// Sure is set in the first piece by which it is known that what has begun is a message: what has begun may come to nothing
	// before.
	Sure bool
	// Form reports whether it is of the form of the body, such as the length of a message, and not of what the message says.
	Form bool
	// Payload reports whether it may be changed without breaking the form, and Part how long the part of the payload is that
	// begins with it: 0 where it goes on, -1 where only its end will tell.
	Payload bool
	Part    int64
	// Length is how long the payload is of a message that begins, -1 where only its end will tell. Compressed reports whether it
	// is.
	Length     int64
	Compressed bool
	// Flags are what else the format says of a message that begins.
	Flags byte
}

// Splitter tells the messages of one body apart.
type Splitter interface {
	// Next returns the first piece of p, which is not empty; more is to call it again with p and what comes behind.
	Next(p []byte) (piece Piece, more bool)
	// End is called at the end of the body, and reports whether a message has ended with it.
	End() bool
}
