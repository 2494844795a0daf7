// Package inflate decompresses what others have sent, within bounds of memory and of processor time.
package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"sync"
)

var (
	// ErrUnknownEncoding is for what is compressed in a way that is not known, or cannot be told.
	ErrUnknownEncoding = errors.New("unknown encoding")
	// ErrTooLong is for what is more than it may be once it is decompressed.
	ErrTooLong = errors.New("larger than the limit")
)

// Whole decompresses content to at most limit bytes; more are an error. encoding is gzip or deflate, as HTTP and gRPC know them.
func Whole(encoding string, content []byte, limit int) ([]byte, error) {
	switch encoding {
	case "gzip":
		return unzip(content, limit)
	case "deflate":
		return undeflate(content, limit)
	}
	return nil, ErrUnknownEncoding
}

// gzipLeast is the least length of gzip, the last four bytes of which are the length of its content (RFC 1952 section 2.3).
const gzipLeast = 18

// Readers are used again: each has a window of its own.
var (
	gzips  = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zlibs  sync.Pool
	flates = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

func unzip(content []byte, limit int) ([]byte, error) {
	if size := len(content); size >= gzipLeast && int64(binary.LittleEndian.Uint32(content[size-4:])) > int64(limit) {
		return nil, ErrTooLong // It says so itself.
	}
	reader := gzips.Get().(*gzip.Reader)
	defer gzips.Put(reader)
	if err := reader.Reset(bytes.NewReader(content)); err != nil {
		return nil, err
	}
	return readAtMost(reader, limit)
}

// undeflate decompresses what is called deflate: the format of zlib (RFC 9110 section 8.4.1.2), or without its frame, as some
// have always sent it.
func undeflate(content []byte, limit int) ([]byte, error) {
	if !isZlib(content) {
		reader := Borrow(bytes.NewReader(content), nil)
		defer Return(reader)
		return readAtMost(reader, limit)
	}
	reader, _ := zlibs.Get().(io.ReadCloser)
	var err error
	if reader == nil {
		reader, err = zlib.NewReader(bytes.NewReader(content))
	} else {
		err = reader.(zlib.Resetter).Reset(bytes.NewReader(content), nil)
	}
	if err != nil {
		return nil, err
	}
	defer zlibs.Put(reader)
	return readAtMost(reader, limit)
}

// isZlib reports whether content begins as the format of zlib does (RFC 1950 section 2.2).
func isZlib(content []byte) bool {
	return len(content) >= 2 && content[0]&0x0f == 8 && binary.BigEndian.Uint16(content)%31 == 0
}

// Borrow returns a reader of what from has in deflate, behind the window that it may refer to. Return gives it back.
func Borrow(from io.Reader, window []byte) io.ReadCloser {
	reader := flates.Get().(io.ReadCloser)
	_ = reader.(flate.Resetter).Reset(from, window) // Never fails.
	return reader
}

// Return takes a reader back that was borrowed.
func Return(reader io.ReadCloser) { flates.Put(reader) }

// readAtMost reads r to its end; more than limit bytes are an error.
func readAtMost(r io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(content) > limit {
		return nil, ErrTooLong
	}
	return content, nil
}
