package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// MalformedError says that an upstream did not answer by RFC 9112.
type MalformedError struct{ What string }

func (e *MalformedError) Error() string { return "the upstream's answer is malformed: " + e.What }

func malformed(format string, arguments ...any) error {
	return &MalformedError{What: fmt.Sprintf(format, arguments...)}
}

// ErrHeadTooLarge is the end of a head, or of trailers, above the limit.
var ErrHeadTooLarge = &MalformedError{What: "its headers are larger than the limit"}

// head is the head of an answer.
type head struct {
	// minor is the minor version of HTTP/1.x.
	minor  int
	status int
	// reason is the status line behind its version, such as "404 Not Found", as it was sent.
	reason string
	header http.Header
	// names are the known names that the header was read with.
	names field.Names
	// fields are the lines behind the status line as they were sent, with their ends.
	fields string
}

// read reads the head of an answer (RFC 9112 sections 4 and 5), of at most limit bytes. A connection that ends before
// the first byte gives io.EOF, one that ends within the head io.ErrUnexpectedEOF.
// That of a final answer is read into a header that is given.
func (h *head) read(r *bufio.Reader, limit int, into *field.Filled) error {
	if err := checkBeginning(r); err != nil {
		return err
	}
	block, err := readBlock(r, limit)
	if err != nil {
		return err
	}
	line, fields, _ := strings.Cut(block, "\n")
	if err := h.statusLine(strings.TrimSuffix(line, "\r")); err != nil {
		return err
	}
	h.fields = fields
	if into == nil || h.status < 200 {
		into = new(field.Filled)
	}
	if err := into.Parse(fields, true); err != nil {
		return asMalformed(err)
	}
	h.header, h.names = into.Header, into.Names
	return nil
}

// beginning is what each answer begins with.
const beginning = "HTTP/1."

// checkBeginning refuses what cannot become a status line once that can be seen, and does not wait for the end of a head: servers of
// other protocols greet with a line, and wait.
func checkBeginning(r *bufio.Reader) error {
	for peek := 1; peek <= len(beginning); {
		got, err := r.Peek(peek)
		if err != nil {
			if len(got) > 0 && errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		got, _ = r.Peek(min(r.Buffered(), len(beginning)))
		if string(got) != beginning[:len(got)] {
			line, _ := r.Peek(r.Buffered())
			line, _, _ = bytes.Cut(line, []byte("\n"))
			return malformed("it begins with %q instead of a status line", field.Clip(string(trimCR(line))))
		}
		peek = len(got) + 1
	}
	return nil
}

// statusLine takes "HTTP/1.1 200 OK" apart. The reason may be empty, also without the space before it, which many leave out.
func (h *head) statusLine(line string) error {
	if len(line) < len("HTTP/1.1 200") || line[:len(beginning)] != beginning || line[8] != ' ' {
		return malformed("it begins with %q instead of a status line", field.Clip(line))
	}
	if line[7] != '0' && line[7] != '1' {
		return malformed("its version is %q", line[:8])
	}
	h.minor = int(line[7] - '0')
	code := line[9:12]
	status, err := strconv.ParseUint(code, 10, 16)
	if err != nil || status < 100 || len(line) > 12 && line[12] != ' ' {
		return malformed("its status line is %q", field.Clip(line))
	}
	for i := range len(line) {
		if c := line[i]; c < ' ' && c != '\t' || c == 0x7f {
			return malformed("its status line has the byte %#02x", c)
		}
	}
	h.status, h.reason = int(status), line[9:]
	return nil
}

// readBlock reads lines up to the empty one, of which it gives what is before.
func readBlock(r *bufio.Reader, limit int) (string, error) {
	// Mostly the whole is in the buffer already.
	for peek := 1; ; {
		buffered, err := r.Peek(peek)
		if len(buffered) == 0 {
			return "", err
		}
		buffered, _ = r.Peek(r.Buffered())
		if end, size := endOfHead(buffered); size > 0 {
			if size > limit {
				return "", ErrHeadTooLarge
			}
			block := string(buffered[:end])
			_, _ = r.Discard(size)
			return block, nil
		}
		if errors.Is(err, io.EOF) {
			return "", io.ErrUnexpectedEOF
		}
		if err != nil { // A connection tells of a reset once only.
			return "", err
		}
		if len(buffered) == r.Size() {
			break
		}
		peek = len(buffered) + 1
	}
	block, err := readLongBlock(r, limit)
	return string(block), err
}

// readLongBlock is readBlock for what the buffer does not hold.
func readLongBlock(r *bufio.Reader, limit int) ([]byte, error) {
	var block []byte
	for {
		line, err := r.ReadSlice('\n')
		block = append(block, line...)
		if len(block) > limit {
			return nil, ErrHeadTooLarge
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if end, size := endOfHead(block); size > 0 {
			return block[:end], nil
		}
	}
}

// endOfHead returns where the lines before an empty one end, and what they take with it; 0 where there is no empty one.
func endOfHead(p []byte) (end, size int) {
	for at := 0; ; {
		i := bytes.IndexByte(p[at:], '\n')
		if i < 0 {
			return 0, 0
		}
		line := p[at : at+i]
		if len(trimCR(line)) == 0 {
			return at, at + i + 1
		}
		at += i + 1
	}
}

func trimCR(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// fieldsOf takes the field lines of a block apart.
func fieldsOf(block string) (http.Header, error) {
	header, err := field.Parse(block, true)
	return header, asMalformed(err)
}

// asMalformed has what is wrong with fields as what is wrong with the answer.
func asMalformed(err error) error {
	if err == nil {
		return nil
	}
	var wrong *field.Error
	if errors.As(err, &wrong) {
		return malformed("%s", wrong.What)
	}
	return err
}
