package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

const (
	// maxChunkLine bounds the line before a chunk, with its extensions, in bytes.
	maxChunkLine = 4 << 10
	// maxOverhead is how many bytes of a body more than its content may be lines and extensions, beyond 16 for each chunk and as
	// much again as the content: more would be work without anything being sent.
	maxOverhead = 16 << 10
)

// chunks reads a body in chunks (RFC 9112 section 7.1). What an extension says is ignored, as it must be where it is not known.
type chunks struct {
	source *bufio.Reader
	// rest is what is to come of the chunk.
	rest int64
	// within reports whether a chunk was begun whose end was not read.
	within   bool
	overhead int64
}

// Read gives io.EOF behind the last chunk, where the trailers begin.
func (c *chunks) Read(p []byte) (int, error) {
	if c.rest == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.source.Read(p[:min(int64(len(p)), c.rest)])
	c.rest -= int64(n)
	if n > 0 {
		err = nil // It comes again, where it is one that stays.
	}
	// The end of the chunk, and the next line, without waiting for them.
	if c.rest == 0 && err == nil && c.source.Buffered() > 2 {
		err = c.finish()
	}
	return n, unexpected(err)
}

// next reads the line of the next chunk.
func (c *chunks) next() error {
	if err := c.finish(); err != nil {
		return unexpected(err)
	}
	line, err := c.source.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull) || len(line) > maxChunkLine:
		return malformed("the line of a chunk is longer than %d bytes", maxChunkLine)
	case err != nil:
		return unexpected(err)
	}
	size, err := parseChunkLine(line)
	if err != nil {
		return err
	}
	c.overhead = max(0, c.overhead+int64(len(line))-16-2*min(size, maxChunkLine))
	if c.overhead > maxOverhead {
		return malformed("its chunks have too many extensions")
	}
	if size == 0 {
		return io.EOF
	}
	c.rest, c.within = size, true
	return nil
}

// finish reads the end of a chunk.
func (c *chunks) finish() error {
	if !c.within {
		return nil
	}
	end, err := c.source.Peek(2)
	if len(end) > 0 && end[0] != '\r' || len(end) > 1 && end[1] != '\n' {
		return malformed("a chunk is longer than its size")
	}
	if err != nil {
		return err
	}
	_, _ = c.source.Discard(2)
	c.within = false
	return nil
}

// parseChunkLine returns the size that a line says: hexadecimal digits, and extensions behind a semicolon.
func parseChunkLine(line []byte) (int64, error) {
	line, ok := bytes.CutSuffix(line, emptyLine[:2])
	if !ok {
		return 0, malformed("the line of a chunk ends without a carriage return")
	}
	var size int64
	at := 0
	for ; at < len(line); at++ {
		digit, ok := hexadecimal(line[at])
		if !ok {
			break
		}
		if size >= 1<<58 || at == 16 {
			return 0, malformed("the size of a chunk is too large")
		}
		size = size<<4 | int64(digit)
	}
	if at == 0 {
		return 0, malformed("the line %q has no size of a chunk", field.Clip(string(line)))
	}
	if extensions := line[at:]; len(extensions) > 0 && (extensions[0] != ';' || !field.IsValue(string(extensions))) {
		return 0, malformed("the line %q is not that of a chunk", field.Clip(string(line)))
	}
	return size, nil
}

func hexadecimal(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// unexpected returns err of a read that was not at an end.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
