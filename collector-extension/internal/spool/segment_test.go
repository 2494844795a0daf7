package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
)

// oldFrame returns a record as earlier versions have framed it.
// frame returns a record with its header.
func frame(record []byte, number uint64) []byte { return appendFrame(nil, record, number) }

func oldFrame(record []byte) []byte {
	framed := binary.LittleEndian.AppendUint32(nil, uint32(len(record)))
	framed = binary.LittleEndian.AppendUint32(framed, checksum(record))
	framed = binary.LittleEndian.AppendUint32(framed, checksum(framed))
	return append(framed, record...)
}

// OldSegment returns a file of an earlier version.
func OldSegment(records ...[]byte) []byte {
	file := []byte(oldMagic)
	for _, record := range records {
		file = append(file, oldFrame(record)...)
	}
	return file
}

// Whatever is in a file, reading it ends, panics at nothing, allocates no more than there is, and gives records only
// whose checksums are right, in the order of the file.
func FuzzSegment(f *testing.F) {
	whole := slices.Concat(head(7), frame([]byte("one"), 7), frame(nil, 8), frame([]byte(`{"id":"3"}`), 9))
	before := OldSegment([]byte("one"), nil, []byte(`{"id":"3"}`))
	for _, file := range [][]byte{whole, before} {
		f.Add(file)
		f.Add(file[:len(file)-3])
		f.Add(file[:len(magic)+5])
		flipped := bytes.Clone(file)
		flipped[len(file)-12] ^= 1
		f.Add(flipped)
	}
	f.Add([]byte{})
	f.Add(binary.LittleEndian.AppendUint32([]byte(magic+marker), 1<<32-1))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, format := range []format{current, old} {
			r := newReader(bytes.NewReader(content), int64(len(content)), format, 0)
			rest, read := content, 0
			for {
				record, number, err := r.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				framed := oldFrame(record)
				if format.numbered {
					framed = frame(record, number)
				}
				at := bytes.Index(rest, framed)
				if at < 0 {
					t.Fatalf("%q is not in what is left", framed)
				}
				rest, read = rest[at+len(framed):], read+1
			}
			if !r.over() {
				t.Error("not at the end")
			}
		}
	})
}

// A length that lies allocates nothing.
func TestALengthBeyondTheFileIsNotAllocated(t *testing.T) {
	lie := []byte(marker)
	lie = binary.LittleEndian.AppendUint32(lie, maxRecord)
	lie = append(lie, make([]byte, 12)...)
	lie = binary.LittleEndian.AppendUint32(lie, checksum(lie))
	content := slices.Concat(lie, frame([]byte("whole"), 1))
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			r := newReader(bytes.NewReader(content), int64(len(content)), current, 0)
			if record, number, err := r.next(); string(record) != "whole" || number != 1 || err != nil {
				b.Fatalf("%q %d %v", record, number, err)
			}
		}
	})
	if bytes := result.AllocedBytesPerOp(); bytes > 4*window {
		t.Errorf("%d bytes were allocated", bytes)
	}
}
