package spool

import (
	"bytes"
	"os"
)

// segment is one file, with what is known of it.
type segment struct {
	sequence uint64
	size     int64
	format   format
	// start is where its records begin: behind the head, or at once where that is damaged.
	start int64
	// first to end, which is the first of the next segment, are the numbers of its records, lost ones among them.
	first, end uint64
	// nameless reports whether nothing in the file tells first.
	nameless bool
	// counted is how many records there are where they have no numbers.
	counted int
}

// inspect looks at what an earlier process has left.
func inspect(path string, sequence uint64) (*segment, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	found := &segment{sequence: sequence, size: info.Size(), format: current}
	start := make([]byte, headSize)
	n, _ := file.ReadAt(start, 0)
	if first, ok := parseHead(start[:n]); ok {
		found.start, found.first = current.head, first
		return found, nil
	}
	if !bytes.HasPrefix(start[:n], []byte(oldMagic)) {
		// The head is damaged: the records tell.
		if _, number, err := newReader(file, found.size, current, 0).next(); err == nil {
			found.first = number
			return found, nil
		}
		if _, _, err := newReader(file, found.size, old, 0).next(); err != nil {
			found.nameless = true
			return found, nil
		}
	} else {
		found.start = old.head
	}
	found.format = old
	r := newReader(file, found.size, old, found.start)
	for _, ok := r.skim(); ok; _, ok = r.skim() {
		found.counted++
	}
	return found, nil
}

// endOf returns the number behind the last record that is left of a segment.
func (s *Spool) endOf(each *segment) (uint64, error) {
	file, err := os.Open(s.path(each.sequence))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	end := each.first
	r := newReader(file, each.size, each.format, each.start)
	for h, ok := r.skim(); ok; h, ok = r.skim() {
		end = max(end, h.number+1)
	}
	return end, nil
}

// number settles which numbers each segment that was found has, from the last one to the first.
func (s *Spool) number() error {
	s.marks, s.marked = readMarks(s.marksFile)
	next, oldest := s.marks.next, s.marks.next
	last := true
	for i := len(s.segments) - 1; i >= 0; i-- {
		each := s.segments[i]
		if !each.format.numbered {
			continue
		}
		each.end = oldest
		if last || each.end < each.first {
			// The marks may be behind, and files that someone put together may be in any order.
			end, err := s.endOf(each)
			if err != nil {
				return err
			}
			if last {
				next = max(next, end)
				end = next
			}
			each.end = end
		}
		last = false
		if each.nameless {
			// What it had is counted with those before.
			each.first = each.end
		}
		oldest = each.first
	}
	s.marks.next = next
	if !s.marked {
		s.marks.done = oldest
	}
	s.expected = s.marks.done
	return nil
}

// between returns how many records of from to to are neither read nor dropped.
func (s *Spool) between(from, to uint64) int {
	if to <= from {
		return 0
	}
	n := to - from
	if dropped, end := max(from, s.marks.droppedFrom), min(to, s.marks.droppedTo); dropped < end {
		n -= end - dropped
	}
	return int(n)
}

// records returns how many records a segment has, or had.
func (s *Spool) records(each *segment) int {
	if !each.format.numbered {
		return each.counted
	}
	return s.between(each.first, each.end)
}

// drop notes that a segment makes room, and returns how many records it has. What is missing before it stays to be told.
func (s *Spool) drop(oldest *segment) int {
	n := s.records(oldest)
	switch {
	case !oldest.format.numbered:
		return n
	case s.taking != nil:
		if s.marks.droppedFrom == s.marks.droppedTo {
			s.marks.droppedFrom = oldest.first
		}
		s.marks.droppedTo = oldest.end
	default:
		s.damaged += s.between(s.expected, oldest.first)
		s.expected = oldest.end
		s.marks.done = oldest.end
	}
	s.mark()
	return n
}

// settle notes that all before the oldest segment that is left is stored or told of.
func (s *Spool) settle() {
	s.marks.done = s.marks.next
	for _, each := range s.segments {
		if each.format.numbered {
			s.marks.done = each.first
			break
		}
	}
	s.expected = s.marks.done
	if s.marks.done >= s.marks.droppedTo {
		s.marks.droppedFrom, s.marks.droppedTo = 0, 0
	}
	s.mark()
}
