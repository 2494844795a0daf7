package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

var emptyLine = []byte("\r\n\r\n")

// readBlock reads lines up to the empty one, each ended by CR LF, and gives them with their ends but without the empty one; take
// is how many bytes they are with it, at most limit. It fails as soon as a line ends in another way, not only when the block
// ends: who sends such lines has no other end to send. The end of the input gives io.EOF before the first byte, behind that
// io.ErrUnexpectedEOF. wait is called before the first read that may block; nil is not to.
func readBlock(r *bufio.Reader, limit int, wait func()) (string, error) {
	if r.Buffered() == 0 {
		if _, err := r.Peek(1); err != nil {
			return "", err
		}
	}
	buffered, _ := r.Peek(r.Buffered())
	if bytes.HasPrefix(buffered, emptyLine[:2]) {
		_, _ = r.Discard(2)
		return "", nil
	}
	if end := bytes.Index(buffered, emptyLine); end >= 0 {
		if end+len(emptyLine) > limit {
			return "", errTooLarge
		}
		block := string(buffered[:end+2])
		_, _ = r.Discard(end + len(emptyLine))
		return block, nil
	}
	if wait != nil {
		wait()
	}
	return readLongBlock(r, limit)
}

// readLongBlock is readBlock for what is not in the buffer as a whole.
func readLongBlock(r *bufio.Reader, limit int) (string, error) {
	var block []byte
	for begin := 0; ; {
		line, err := r.ReadSlice('\n')
		block = append(block, line...)
		if len(block) > limit {
			return "", errTooLarge
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(block) > 0:
			return "", io.ErrUnexpectedEOF
		case err != nil:
			return "", err
		}
		if !bytes.HasSuffix(block[begin:], emptyLine[:2]) {
			return "", malformed("a line ends without a carriage return")
		}
		if len(block)-begin == 2 {
			return string(block[:begin]), nil
		}
		begin = len(block)
	}
}
