package spool

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A segment is a file: its head, then records, each behind a header. All numbers are little-endian, all checksums CRC-32C
// (RFC 9260, appendix A).
//
//	head:   MFSPOOL2 · number of the first record (8 bytes) · checksum of both (4)
//	header: marker (4) · length of the record (4) · its number (8) · its checksum (4) · checksum of the header (4)
//
// Records are numbered through the life of the spool, so that what is missing between two is known, and begin with a marker
// that is in no JSON, so that the next one is found wherever the damage before it ends.
//
// Earlier versions wrote MFSPOOL1 for a head, and headers of length (4), checksum (4) and checksum of the two (4).
const (
	magic      = "MFSPOOL2"
	headSize   = len(magic) + 12
	headerSize = 24
	// marker has bytes that neither UTF-8 nor JSON can have.
	marker = "\xffMF\x00"

	oldMagic      = "MFSPOOL1"
	oldHeaderSize = 12

	// maxRecord is the length of a record at most; a longer one is damage.
	maxRecord = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// head begins a segment whose first record has this number.
func head(first uint64) []byte {
	b := binary.LittleEndian.AppendUint64([]byte(magic), first)
	return binary.LittleEndian.AppendUint32(b, checksum(b))
}

// parseHead returns what the head says; ok reports whether it is whole.
func parseHead(b []byte) (first uint64, ok bool) {
	if len(b) < headSize || string(b[:len(magic)]) != magic || checksum(b[:headSize-4]) != binary.LittleEndian.Uint32(b[headSize-4:]) {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[len(magic):]), true
}

// appendFrame appends a record with its header.
func appendFrame(to, record []byte, number uint64) []byte {
	start := len(to)
	to = append(to, marker...)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(record)))
	to = binary.LittleEndian.AppendUint64(to, number)
	to = binary.LittleEndian.AppendUint32(to, checksum(record))
	to = binary.LittleEndian.AppendUint32(to, checksum(to[start:]))
	return append(to, record...)
}

// header is what is before a record.
type header struct {
	length int64
	number uint64
	sum    uint32
}

// format is how the records of a segment are framed.
type format struct {
	head, header int64
	// numbered reports whether records have numbers.
	numbered bool
	// find is where a header may begin in b at the earliest; -1 is nowhere.
	find func(b []byte) int
	// parse is ok where the header is whole.
	parse func(b []byte) (header, bool)
}

var (
	current = format{
		head: int64(headSize), header: headerSize, numbered: true,
		find: func(b []byte) int { return bytes.Index(b, []byte(marker)) },
		parse: func(b []byte) (header, bool) {
			h := header{int64(binary.LittleEndian.Uint32(b[4:])), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint32(b[16:])}
			return h, string(b[:4]) == marker && h.length <= maxRecord && checksum(b[:20]) == binary.LittleEndian.Uint32(b[20:])
		},
	}
	old = format{
		head: int64(len(oldMagic)), header: oldHeaderSize,
		find: func([]byte) int { return 0 }, // Anywhere: there is nothing but the checksum to tell one.
		parse: func(b []byte) (header, bool) {
			h := header{length: int64(binary.LittleEndian.Uint32(b)), sum: binary.LittleEndian.Uint32(b[4:])}
			return h, h.length <= maxRecord && checksum(b[:8]) == binary.LittleEndian.Uint32(b[8:])
		},
	}
)
