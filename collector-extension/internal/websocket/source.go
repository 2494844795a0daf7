package websocket

import (
	"io"
	"sync"
)

const bufferSize = 32 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// source reads what a side sends. What it returns is valid until it is asked for more.
type source struct {
	from   io.Reader
	buffer *[bufferSize]byte
	// What was read and not taken yet is from start to end.
	start, end int
	// idle is called before more is read, which may take as long as the sender likes.
	idle func() error
	// came is called when more was read, nil is not to.
	came func()
}

// buffered returns what was read and not taken yet.
func (s *source) buffered() []byte { return s.buffer[s.start:s.end] }

// fill reads more behind what is buffered.
func (s *source) fill() error {
	if err := s.idle(); err != nil {
		return err
	}
	if s.start > 0 {
		s.end = copy(s.buffer[:], s.buffered())
		s.start = 0
	}
	n, err := s.from.Read(s.buffer[s.end:])
	s.end += n
	if n > 0 {
		if s.came != nil {
			s.came()
		}
		return nil // The error comes again.
	}
	return err
}

// peek returns the next n bytes, which are few, and does not take them.
func (s *source) peek(n int) ([]byte, error) {
	for s.end-s.start < n {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	return s.buffer[s.start : s.start+n], nil
}

// header reads the next header, and does not take it. It is not ok where it has a length beyond 63 bits.
func (s *source) header() (h header, size int, ok bool, err error) {
	for {
		if h, size, ok = parseHeader(s.buffered()); size > 0 || !ok {
			return h, size, ok, nil
		}
		if err := s.fill(); err != nil {
			return h, 0, true, err
		}
	}
}

// take takes n bytes that are buffered.
func (s *source) take(n int) []byte {
	taken := s.buffer[s.start : s.start+n]
	s.start += n
	return taken
}

// some takes what is there of the next n bytes, which is one at least.
func (s *source) some(n int64) ([]byte, error) {
	for s.start == s.end {
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	return s.take(int(min(n, int64(s.end-s.start)))), nil
}
