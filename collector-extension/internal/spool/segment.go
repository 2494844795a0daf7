package spool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A segment is a file of records, each behind a header of three little-endian numbers: the length of the record, its
// CRC-32C (RFC 9260, appendix A), and the CRC-32C of the two, so that a record that was damaged does not take those
// after it along.
const (
	magic      = "MFSPOOL1"
	headerSize = 12
	// maxRecord is the length of a record at most; a longer one is damage.
	maxRecord = 1 << 30
)

var (
	// errDamaged says that one record is lost, and the next can be read.
	errDamaged = errors.New("the record is damaged")
	// errTorn says that this record and all after it are lost.
	errTorn = errors.New("the segment is torn")

	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// frame is a record with its header.
func frame(record []byte) []byte {
	framed := make([]byte, headerSize, headerSize+len(record))
	binary.LittleEndian.PutUint32(framed, uint32(len(record)))
	binary.LittleEndian.PutUint32(framed[4:], crc32.Checksum(record, castagnoli))
	binary.LittleEndian.PutUint32(framed[8:], crc32.Checksum(framed[:8], castagnoli))
	return append(framed, record...)
}

// parseHeader returns the length and checksum of a record, where the header is whole.
func parseHeader(header []byte) (length int64, sum uint32, ok bool) {
	if crc32.Checksum(header[:8], castagnoli) != binary.LittleEndian.Uint32(header[8:]) {
		return 0, 0, false
	}
	length = int64(binary.LittleEndian.Uint32(header))
	return length, binary.LittleEndian.Uint32(header[4:]), length <= maxRecord
}

// segmentReader reads the records of a segment in order.
type segmentReader struct {
	source *bufio.Reader
	// left is how many bytes are not read yet. A length beyond it is damage, and nothing is allocated for it.
	left  int64
	begun bool
}

func newSegmentReader(source io.Reader, size int64) *segmentReader {
	return &segmentReader{source: bufio.NewReaderSize(source, 64<<10), left: size}
}

// next returns the next record; io.EOF after the last, errDamaged for one that is lost, errTorn where nothing more can
// be read.
func (r *segmentReader) next() ([]byte, error) {
	if !r.begun {
		start := make([]byte, len(magic))
		if r.read(start) != nil || string(start) != magic {
			r.left = 0
			return nil, errTorn
		}
		r.begun = true
	}
	if r.left == 0 {
		return nil, io.EOF
	}
	header := make([]byte, headerSize)
	if r.read(header) != nil {
		r.left = 0
		return nil, errTorn
	}
	length, sum, ok := parseHeader(header)
	if !ok || length > r.left {
		r.left = 0
		return nil, errTorn
	}
	record := make([]byte, length)
	if r.read(record) != nil {
		r.left = 0
		return nil, errTorn
	}
	if crc32.Checksum(record, castagnoli) != sum {
		return nil, errDamaged
	}
	return record, nil
}

func (r *segmentReader) read(into []byte) error {
	if int64(len(into)) > r.left {
		return io.ErrUnexpectedEOF
	}
	r.left -= int64(len(into))
	_, err := io.ReadFull(r.source, into)
	return err
}

// count is how many records of a segment can be found by their headers, without reading the records.
func count(source io.ReaderAt, size int64) int {
	n, header := 0, make([]byte, headerSize)
	for offset := int64(len(magic)); offset+headerSize <= size; n++ {
		if _, err := source.ReadAt(header, offset); err != nil {
			break
		}
		length, _, ok := parseHeader(header)
		if offset += headerSize + length; !ok || offset > size {
			break
		}
	}
	return n
}
