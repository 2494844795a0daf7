package spool

import (
	"errors"
	"os"
)

// Take returns the oldest records that were not taken yet, all of one segment: at most limit, and no more once they
// have maxBytes. It is empty where the spool is. The records stay on disk until Done; what is taken and not done is there
// again when the spool is opened the next time.
func (s *Spool) Take(limit int, maxBytes int64) Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	var batch Batch
	if s.closed {
		return batch
	}
	batch.Damaged, s.damaged = s.damaged, 0
	if s.taking == nil {
		if len(s.segments) == 0 {
			// Files that someone else removed.
			batch.Damaged += s.between(s.expected, s.marks.next)
			s.settle()
			return batch
		}
		if err := s.open(&batch); err != nil {
			// What cannot be opened now may be when the process starts again.
			gone := s.segments[0]
			batch.Damaged += max(1, s.records(gone))
			s.forget(gone)
			if gone.format.numbered {
				s.expected = gone.end
			}
			return batch
		}
	}
	for size := int64(0); len(batch.Records) < limit && size < maxBytes && !s.reader.over(); {
		record, number, err := s.reader.next()
		if !s.taking.format.numbered && s.reader.gap {
			batch.Damaged++
		}
		if err != nil {
			break
		}
		if s.taking.format.numbered {
			if number < s.expected || number >= s.taking.end {
				continue // Damage has put it here: it was taken, or is none of ours.
			}
			batch.Damaged += s.between(s.expected, number)
			s.expected = number + 1
		}
		batch.Records = append(batch.Records, record)
		size += int64(len(record))
	}
	// Known at once, so that Done removes the segment with its last record.
	if s.reader.over() && !s.taken {
		s.taken = true
		batch.Damaged += s.missing()
	}
	return batch
}

// missing returns how many records are lost at the end of the segment that is read.
func (s *Spool) missing() int {
	if !s.taking.format.numbered {
		return 0 // Nobody knows.
	}
	n := s.between(s.expected, s.taking.end)
	s.expected = s.taking.end
	if n == 0 && s.taking.nameless && !s.marked {
		return 1 // At least: nothing tells.
	}
	return n
}

// open begins to read the oldest segment, and counts what is missing before it.
func (s *Spool) open(batch *Batch) error {
	oldest := s.segments[0]
	if len(s.segments) == 1 && s.active != nil {
		if err := s.seal(); err != nil {
			return err
		}
	}
	file, err := os.Open(s.path(oldest.sequence))
	if err != nil {
		return err
	}
	s.taking, s.file, s.taken = oldest, file, false
	s.reader = newReader(&ahead{source: file}, oldest.size, oldest.format, oldest.start)
	if oldest.format.numbered {
		batch.Damaged += s.between(s.expected, oldest.first)
		s.expected = oldest.first
	}
	return nil
}

// Done says that what was taken is kept elsewhere: a segment of which all was taken is removed.
func (s *Spool) Done() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.taking == nil || !s.taken {
		return nil
	}
	gone := s.taking
	err := s.file.Close()
	s.taking, s.file, s.reader = nil, nil, nil
	s.forget(gone)
	if gone.format.numbered {
		// Before the file goes: a crash in between has it read again, which does no harm, rather than counted as lost.
		s.settle()
	}
	if removed := os.Remove(s.path(gone.sequence)); !errors.Is(removed, os.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}
