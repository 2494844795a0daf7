package spool

import (
	"errors"
	"io"
)

// window is how much is looked through at once for the next header.
const window = 64 << 10

// badBlock is how much is passed over where the disk cannot read.
const badBlock = 4 << 10

// reader reads the whole records of a segment in the order of the file, whatever is between them.
type reader struct {
	source io.ReaderAt
	size   int64
	format format
	// at is where the next header is looked for.
	at int64
	// gap reports whether something was passed over before the record that next returned, or before the end.
	gap bool
}

// newReader reads from at, which is behind the head where that is whole.
func newReader(source io.ReaderAt, size int64, f format, at int64) *reader {
	return &reader{source: source, size: size, format: f, at: at}
}

// over reports whether nothing is left.
func (r *reader) over() bool { return r.at >= r.size }

// next returns the next whole record with its number, 0 where the format has none. It is io.EOF after the last. No more is
// allocated than the file has.
func (r *reader) next() (record []byte, number uint64, err error) {
	r.gap = false
	for {
		h, ok := r.header()
		if !ok {
			return nil, 0, io.EOF
		}
		record, ok = r.record(h)
		if ok {
			r.at += r.format.header + h.length
			return record, h.number, nil
		}
		// The next whole one may be within what is torn.
		r.gap = true
		r.at++
	}
}

// skim goes to the next header that is whole, and behind its record without reading it. ok is false where there is none.
func (r *reader) skim() (h header, ok bool) {
	for {
		if h, ok = r.header(); !ok {
			return h, false
		}
		if r.fits(h) {
			r.at += r.format.header + h.length
			return h, true
		}
		r.at++
	}
}

func (r *reader) fits(h header) bool { return r.at+r.format.header+h.length <= r.size }

// header finds the next header that is whole; at is where it begins then, else the end.
func (r *reader) header() (header, bool) {
	// Mostly it is right here.
	if r.at+r.format.header <= r.size {
		b := make([]byte, r.format.header)
		if n, _ := r.source.ReadAt(b, r.at); n == len(b) {
			if h, ok := r.format.parse(b); ok {
				return h, true
			}
		}
	}
	r.gap = r.gap || r.at < r.size
	buffer := make([]byte, min(window, max(0, r.size-r.at)))
	for r.at+r.format.header <= r.size {
		n, err := r.source.ReadAt(buffer[:min(int64(len(buffer)), r.size-r.at)], r.at)
		if h, at, ok := r.search(buffer[:n]); ok {
			r.at += at
			return h, true
		}
		// A header that begins in the last bytes is seen whole the next time.
		r.at += max(1, int64(n)-r.format.header+1)
		switch {
		case errors.Is(err, io.EOF):
			r.at = r.size
		case err != nil:
			r.at += badBlock
		}
	}
	r.at = r.size
	return header{}, false
}

// search finds the first header in b.
func (r *reader) search(b []byte) (h header, at int64, ok bool) {
	for {
		i := r.format.find(b[at:])
		if i < 0 || at+int64(i)+r.format.header > int64(len(b)) {
			return header{}, 0, false
		}
		at += int64(i)
		if h, ok = r.format.parse(b[at : at+r.format.header]); ok {
			return h, at, true
		}
		at++
	}
}

// record returns what is behind the header, and whether that is what was written.
func (r *reader) record(h header) ([]byte, bool) {
	if !r.fits(h) {
		return nil, false
	}
	record := make([]byte, h.length)
	if n, _ := r.source.ReadAt(record, r.at+r.format.header); n < len(record) {
		return nil, false
	}
	return record, checksum(record) == h.sum
}
