package clickhouse

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	// longest is how long a string may be, and most how many elements an array may have: more is no answer to a statement of ours.
	longest = 1 << 30
	most    = 1 << 20
	// step is how much memory is taken ahead of what has been read, so that a length that is not true takes none.
	step = 1 << 16
)

var errAnswer = errors.New("the answer of ClickHouse cannot be read")

// rowReader reads rows in the format RowBinary. The first error stays.
type rowReader struct {
	from *bufio.Reader
	err  error
	buf  [8]byte
	// between are names whose values come in the next column.
	between []string
}

func newRowReader(from io.Reader) *rowReader {
	return &rowReader{from: bufio.NewReaderSize(from, step)}
}

// next reports whether there is another row.
func (r *rowReader) next() bool {
	if r.err != nil {
		return false
	}
	_, err := r.from.Peek(1)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return err == nil
}

func (r *rowReader) fail(err error) {
	if errors.Is(err, io.EOF) { // within a row
		err = io.ErrUnexpectedEOF
	}
	if r.err == nil {
		r.err = err
	}
}

func (r *rowReader) fixed(n int) []byte {
	clear(r.buf[:])
	if r.err != nil {
		return r.buf[:n]
	}
	if _, err := io.ReadFull(r.from, r.buf[:n]); err != nil {
		r.fail(err)
	}
	return r.buf[:n]
}

func (r *rowReader) uint8() uint8   { return r.fixed(1)[0] }
func (r *rowReader) bool() bool     { return r.uint8() != 0 }
func (r *rowReader) int32() int32   { return int32(binary.LittleEndian.Uint32(r.fixed(4))) }
func (r *rowReader) uint32() uint32 { return binary.LittleEndian.Uint32(r.fixed(4)) }
func (r *rowReader) int64() int64   { return int64(r.uint64()) }
func (r *rowReader) uint64() uint64 { return binary.LittleEndian.Uint64(r.fixed(8)) }
func (r *rowReader) float() float64 { return math.Float64frombits(r.uint64()) }

func (r *rowReader) floatOrNull() *float64 {
	if r.uint8() != 0 {
		return nil
	}
	v := r.float()
	return &v
}

func (r *rowReader) intOrNull() *int {
	if r.uint8() != 0 {
		return nil
	}
	v := int(r.int64())
	return &v
}

func (r *rowReader) length(limit uint64) int {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(r.from)
	if err != nil {
		r.fail(err)
		return 0
	}
	if n > limit {
		r.fail(fmt.Errorf("%w: it has a length of %d", errAnswer, n))
		return 0
	}
	return int(n)
}

func (r *rowReader) content() []byte {
	n := r.length(longest)
	if n == 0 || r.err != nil {
		return nil
	}
	var content []byte
	for read := 0; read < n; {
		part := min(n-read, max(step, read)) // as much again as there is
		content = append(content, make([]byte, part)...)
		if _, err := io.ReadFull(r.from, content[read:]); err != nil {
			r.fail(err)
			return nil
		}
		read += part
	}
	return content
}

func (r *rowReader) string() string { return string(r.content()) }

// list reads an array; nil where it is empty.
func list[T any](r *rowReader, element func() T) []T {
	n := r.length(most)
	var all []T
	for range n {
		if r.err != nil {
			return nil
		}
		all = append(all, element())
	}
	return all
}

func (r *rowReader) strings() []string { return list(r, r.string) }
