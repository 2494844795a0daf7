package spool

import (
	"encoding/binary"
	"os"
)

const (
	marksName  = "marks"
	marksMagic = "MFMARKS1"
	marksSize  = len(marksMagic) + 4*8 + 4
)

// marks are what the spool knows of the numbers of its records besides the records themselves: without them nobody could
// tell what was behind the last one that is left, or before the first.
type marks struct {
	// done is the number of the oldest record that is neither stored nor dropped, next that of the one that is appended next.
	done, next uint64
	// droppedFrom to droppedTo made room while what is before them was being taken. Equal: none.
	droppedFrom, droppedTo uint64
}

// readMarks returns the marks in a file; ok reports whether the file is whole.
func readMarks(file *os.File) (m marks, ok bool) {
	b := make([]byte, marksSize)
	n, _ := file.ReadAt(b, 0)
	if n < marksSize || string(b[:len(marksMagic)]) != marksMagic || checksum(b[:marksSize-4]) != binary.LittleEndian.Uint32(b[marksSize-4:]) {
		return m, false
	}
	for i, number := range []*uint64{&m.done, &m.next, &m.droppedFrom, &m.droppedTo} {
		*number = binary.LittleEndian.Uint64(b[len(marksMagic)+8*i:])
	}
	return m, m.done <= m.next
}

// mark writes the marks. Where that fails, as on a disk that is full, they are behind, and no more than the count of what
// damage takes can suffer.
func (s *Spool) mark() {
	b := []byte(marksMagic)
	for _, number := range []uint64{s.marks.done, s.marks.next, s.marks.droppedFrom, s.marks.droppedTo} {
		b = binary.LittleEndian.AppendUint64(b, number)
	}
	_, _ = s.marksFile.WriteAt(binary.LittleEndian.AppendUint32(b, checksum(b)), 0)
}
