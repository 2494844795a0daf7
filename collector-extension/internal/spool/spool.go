// Package spool is a queue of records on disk: what is appended survives the end of the process, and is read again in
// order. Its size is bounded; where it is full, the oldest records make room. Records are in segments, files that are
// removed whole once all that is in them was taken.
//
// A record is in the operating system's hands when Append returns, and on the disk once its segment is full or the spool
// is closed: a crash of the process loses nothing, one of the machine at most the last segment.
package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	suffix   = ".spool"
	lockName = "lock"
	// A segment is a sixteenth of the spool within these bounds: what makes room is little, and files are few.
	minSegment = 64 << 10
	maxSegment = 8 << 20
)

// ErrTooLarge is of a record that is larger than the spool.
var ErrTooLarge = errors.New("the record is larger than the spool")

// ErrLocked is of a directory that another process, or another spool of this one, uses.
var ErrLocked = errors.New("is in use by another collector")

// Options are what a spool is made of. All are required.
type Options struct {
	// Directory is made where it does not exist. It is for one spool at a time.
	Directory string
	// MaxBytes bounds the files of the spool.
	MaxBytes int64
}

// Spool is safe for use by one goroutine that takes and any number that append.
type Spool struct {
	options Options
	limit   int64
	lock    *os.File

	mu sync.Mutex
	// segments are the oldest first; active is the file of the last, nil where a new one is to be made.
	segments []*segment
	active   *os.File
	sequence uint64
	total    int64
	closed   bool

	// taking is the segment that is read, nil where the next is to be opened; taken is whether all of it was.
	taking *segment
	file   *os.File
	reader *segmentReader
	taken  bool
}

type segment struct {
	sequence uint64
	size     int64
	records  int
}

// Batch is what was taken at once.
type Batch struct {
	Records [][]byte
	// Damaged is how many records could not be read, and are lost.
	Damaged int
}

// Empty is whether nothing was taken, and nothing found lost.
func (b Batch) Empty() bool { return len(b.Records) == 0 && b.Damaged == 0 }

// Open opens the spool in a directory with what an earlier process has left there. The error is ErrLocked where the
// directory is in use.
func Open(options Options) (*Spool, error) {
	if err := os.MkdirAll(options.Directory, 0o700); err != nil {
		return nil, fmt.Errorf("cannot be made: %w", err)
	}
	lock, err := lockFile(filepath.Join(options.Directory, lockName))
	if err != nil {
		return nil, err
	}
	s := &Spool{options: options, lock: lock, limit: min(max(options.MaxBytes/16, minSegment), maxSegment)}
	if err := s.find(); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	return s, nil
}

// find lists the segments that are there. Other files are not ours.
func (s *Spool) find() error {
	entries, err := os.ReadDir(s.options.Directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), suffix)
		sequence, err := strconv.ParseUint(name, 10, 64)
		if !ok || err != nil || s.path(sequence) != filepath.Join(s.options.Directory, entry.Name()) || !entry.Type().IsRegular() {
			continue
		}
		file, err := os.Open(s.path(sequence))
		if err != nil {
			return err
		}
		info, err := file.Stat()
		if err != nil {
			_ = file.Close()
			return err
		}
		s.segments = append(s.segments, &segment{sequence: sequence, size: info.Size(), records: count(file, info.Size())})
		s.total += info.Size()
		s.sequence = max(s.sequence, sequence)
		_ = file.Close()
	}
	slices.SortFunc(s.segments, func(a, b *segment) int {
		if a.sequence < b.sequence {
			return -1
		}
		return 1
	})
	return nil
}

func (s *Spool) path(sequence uint64) string {
	return filepath.Join(s.options.Directory, fmt.Sprintf("%020d%s", sequence, suffix))
}

// Bytes is the size of the files.
func (s *Spool) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Len is how many records are there, those that were taken from the segment that is being read among them.
func (s *Spool) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, each := range s.segments {
		n += each.records
	}
	return n
}

// Empty is whether there is nothing to take.
func (s *Spool) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.segments) == 0
}

// Append adds a record, and returns how many older ones had to make room for it. After an error the record is not there.
func (s *Spool) Append(record []byte) (dropped int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, os.ErrClosed
	}
	framed := frame(record)
	size := int64(len(framed))
	if len(record) > maxRecord || size+int64(len(magic)) > s.options.MaxBytes {
		return 0, ErrTooLarge
	}
	if s.active != nil && s.segments[len(s.segments)-1].size+size > s.limit {
		if err := s.seal(); err != nil {
			return 0, err
		}
	}
	for s.total+s.needed(size) > s.options.MaxBytes {
		n, err := s.dropOldest()
		if err != nil {
			return dropped, err
		}
		dropped += n
	}
	return dropped, s.write(framed)
}

// needed is what a record takes, with the beginning of a segment where it needs a new one.
func (s *Spool) needed(size int64) int64 {
	if s.active == nil {
		return size + int64(len(magic))
	}
	return size
}

// write appends to the active segment, of which there is a new one where there is none.
func (s *Spool) write(framed []byte) error {
	if s.active == nil {
		file, err := os.OpenFile(s.path(s.sequence+1), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if _, err := file.WriteString(magic); err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
			return err
		}
		s.sequence++
		s.active = file
		s.segments = append(s.segments, &segment{sequence: s.sequence, size: int64(len(magic))})
		s.total += int64(len(magic))
	}
	last := s.segments[len(s.segments)-1]
	if _, err := s.active.WriteAt(framed, last.size); err != nil {
		// A part of it may be there: a disk that is full takes what fits.
		return errors.Join(err, s.active.Truncate(last.size))
	}
	last.size += int64(len(framed))
	last.records++
	s.total += int64(len(framed))
	return nil
}

// seal puts the active segment on the disk; nothing is added to it any more.
func (s *Spool) seal() error {
	file := s.active
	s.active = nil
	return errors.Join(file.Sync(), file.Close())
}

// dropOldest removes the oldest segment that is not being read, the active one at the last.
func (s *Spool) dropOldest() (int, error) {
	for i, oldest := range s.segments {
		if oldest == s.taking {
			continue
		}
		if i == len(s.segments)-1 && s.active != nil {
			if err := s.seal(); err != nil {
				return 0, err
			}
		}
		if err := os.Remove(s.path(oldest.sequence)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, err
		}
		s.forget(oldest)
		return oldest.records, nil
	}
	return 0, ErrTooLarge
}

func (s *Spool) forget(gone *segment) {
	s.segments = slices.DeleteFunc(s.segments, func(each *segment) bool { return each == gone })
	s.total -= gone.size
}

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
	if s.taking == nil {
		if len(s.segments) == 0 {
			return batch
		}
		if err := s.open(); err != nil {
			// What cannot be opened now may be when the process starts again.
			batch.Damaged = max(1, s.segments[0].records)
			s.forget(s.segments[0])
			return batch
		}
	}
	for size := int64(0); len(batch.Records) < limit && size < maxBytes; {
		record, err := s.reader.next()
		switch {
		case err == nil:
			batch.Records = append(batch.Records, record)
			size += int64(len(record))
		case errors.Is(err, errDamaged):
			batch.Damaged++
		case errors.Is(err, io.EOF):
			s.taken = true
			return batch
		default:
			batch.Damaged++
			s.taken = true
			return batch
		}
	}
	// Known at once, so that Done removes the segment with its last record.
	s.taken = s.reader.left == 0
	return batch
}

// open begins to read the oldest segment.
func (s *Spool) open() error {
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
	s.taking, s.file, s.reader, s.taken = oldest, file, newSegmentReader(file, oldest.size), false
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
	if removed := os.Remove(s.path(gone.sequence)); !errors.Is(removed, os.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}

// Close puts all on the disk and lets go of the directory. It may be called again.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	if s.active != nil {
		errs = append(errs, s.seal())
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
