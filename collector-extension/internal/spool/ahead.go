package spool

import "io"

// readAhead is how much is read at once of a file whose records are read one after the other.
const readAhead = 256 << 10

// ahead reads a file that nobody writes to any more, more of it than it is asked for.
type ahead struct {
	source io.ReaderAt
	buffer []byte
	// at is where the buffer is of.
	at int64
}

// ReadAt reads what the source has, as an io.ReaderAt. Where more than was asked for cannot be read, only that is.
func (a *ahead) ReadAt(p []byte, at int64) (int, error) {
	if a.has(p, at) {
		return copy(p, a.buffer[at-a.at:]), nil
	}
	if len(p) >= readAhead/2 {
		return a.source.ReadAt(p, at)
	}
	if cap(a.buffer) == 0 {
		a.buffer = make([]byte, 0, readAhead)
	}
	n, _ := a.source.ReadAt(a.buffer[:readAhead], at)
	if a.buffer, a.at = a.buffer[:n], at; a.has(p, at) {
		return copy(p, a.buffer), nil
	}
	return a.source.ReadAt(p, at)
}

// has reports whether all of p is in the buffer.
func (a *ahead) has(p []byte, at int64) bool {
	return at >= a.at && at+int64(len(p)) <= a.at+int64(len(a.buffer))
}
