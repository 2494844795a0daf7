// Package spool is a queue of records on disk: what is appended survives the end of the process, and is read again in
// order. Its size is bounded; where it is full, the oldest records make room. Records are in segments, files that are
// removed whole once all that is in them was taken.
//
// A record is in the operating system's hands when Append returns, and on the disk once its segment is full or the spool
// is closed: a crash of the process loses nothing, one of the machine at most the last segment.
package spool

import (
	"cmp"
	"errors"
	"fmt"
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
	// maxFrames is how many bytes of records are written at once, where there are several, and the memory that is kept for it.
	maxFrames = 1 << 20
)

// ErrTooLarge is of a record that is larger than the spool.
var ErrTooLarge = errors.New("the record is larger than the spool")

// ErrFull is of a record for which nothing may make room.
var ErrFull = errors.New("the spool is full")

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
	// marks are kept in marksFile; marked reports whether they were there when the spool was opened.
	marks     marks
	marksFile *os.File
	marked    bool
	// frames is where records are framed, until the segment is full.
	frames []byte

	// taking is the segment that is read, nil where the next is to be opened; taken reports whether all of it was.
	taking *segment
	file   *os.File
	reader *reader
	taken  bool
	// expected is the number of the record that comes next. damaged are lost, and not told of yet.
	expected uint64
	damaged  int
}

// Batch is what was taken at once.
type Batch struct {
	Records [][]byte
	// Damaged is how many records could not be read, and are lost. Of files of earlier versions, whose records have no
	// numbers, it is how many places were damaged.
	Damaged int
}

// Empty reports whether nothing was taken, and nothing found lost.
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
	if s.marksFile, err = os.OpenFile(filepath.Join(options.Directory, marksName), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("cannot be written: %w", err)
	}
	if err := s.find(); err != nil {
		_ = s.marksFile.Close()
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
		found, err := inspect(s.path(sequence), sequence)
		if err != nil {
			return err
		}
		s.segments = append(s.segments, found)
		s.total += found.size
		s.sequence = max(s.sequence, sequence)
	}
	slices.SortFunc(s.segments, func(a, b *segment) int { return cmp.Compare(a.sequence, b.sequence) })
	return s.number()
}

func (s *Spool) path(sequence uint64) string {
	return filepath.Join(s.options.Directory, fmt.Sprintf("%020d%s", sequence, suffix))
}

// Bytes returns the size of the files.
func (s *Spool) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Len returns how many records are there, those that were taken from the segment that is being read among them.
func (s *Spool) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, each := range s.segments {
		n += s.records(each)
	}
	return n
}

// Empty reports whether there is nothing to take, nor to tell of.
func (s *Spool) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.segments) == 0 && s.damaged == 0 && s.between(s.expected, s.marks.next) == 0
}

// Append adds a record, and returns how many older ones had to make room for it. After an error the record is not there.
func (s *Spool) Append(record []byte) (dropped int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.append(record, true)
}

// AppendBehind adds a record that is there already, behind the others. It is the oldest: where there is no room nothing is
// dropped for it, and the error is ErrFull.
func (s *Spool) AppendBehind(record []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.append(record, false)
	return err
}

// AppendAll is Append of records, one after the other, in fewer writes. It returns how many were added; the error is that of the last
// that was not.
func (s *Spool) AppendAll(records [][]byte) (added, dropped int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(records) > 0 {
		// At least one, for which all is done that has to be.
		n := max(1, s.fitting(records))
		if n == 1 || s.write(records[:n]) != nil {
			for _, record := range records[:n] {
				gone, failed := s.append(record, true)
				if dropped += gone; failed != nil {
					err = failed
				} else {
					added++
				}
			}
		} else {
			added += n
		}
		records = records[n:]
	}
	return added, dropped, err
}

// fitting returns how many of records the active segment has room for as it is.
func (s *Spool) fitting(records [][]byte) int {
	if s.closed || s.active == nil {
		return 0
	}
	room := min(s.limit-s.segments[len(s.segments)-1].size, s.options.MaxBytes-s.total, maxFrames)
	for n, record := range records {
		if room -= int64(headerSize + len(record)); room < 0 || len(record) > maxRecord {
			return n
		}
	}
	return len(records)
}

func (s *Spool) append(record []byte, makeRoom bool) (dropped int, err error) {
	if s.closed {
		return 0, os.ErrClosed
	}
	size := int64(headerSize + len(record))
	if len(record) > maxRecord || size+int64(headSize) > s.options.MaxBytes {
		return 0, ErrTooLarge
	}
	if s.active != nil && s.segments[len(s.segments)-1].size+size > s.limit {
		if err := s.seal(); err != nil {
			return 0, err
		}
	}
	for s.total+s.needed(size) > s.options.MaxBytes {
		if !makeRoom {
			return 0, ErrFull
		}
		n, err := s.dropOldest()
		if err != nil {
			return dropped, err
		}
		dropped += n
	}
	return dropped, s.write([][]byte{record})
}

// needed returns what a record takes, with the beginning of a segment where it needs a new one.
func (s *Spool) needed(size int64) int64 {
	if s.active == nil {
		return size + int64(headSize)
	}
	return size
}

// write appends records to the active segment, of which there is a new one where there is none. After an error none of them is there.
func (s *Spool) write(records [][]byte) error {
	if s.active == nil {
		file, err := os.OpenFile(s.path(s.sequence+1), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if _, err := file.Write(head(s.marks.next)); err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
			return err
		}
		s.sequence++
		s.active = file
		s.segments = append(s.segments, &segment{
			sequence: s.sequence, size: int64(headSize), format: current, start: int64(headSize), first: s.marks.next, end: s.marks.next,
		})
		s.total += int64(headSize)
	}
	last := s.segments[len(s.segments)-1]
	size := 0
	for _, record := range records {
		size += headerSize + len(record)
	}
	framed := slices.Grow(s.frames[:0], size)
	for i, record := range records {
		framed = appendFrame(framed, record, s.marks.next+uint64(i))
	}
	if size <= maxFrames {
		s.frames = framed
	}
	if _, err := s.active.WriteAt(framed, last.size); err != nil {
		// A part of it may be there: a disk that is full takes what fits.
		return errors.Join(err, s.active.Truncate(last.size))
	}
	last.size += int64(len(framed))
	s.total += int64(len(framed))
	s.marks.next += uint64(len(records))
	last.end = s.marks.next
	s.mark()
	return nil
}

// seal puts the active segment on the disk; nothing is added to it any more.
func (s *Spool) seal() error {
	file := s.active
	s.active, s.frames = nil, nil
	_ = s.marksFile.Sync() // They are an aid: the records do without.
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
		dropped := s.drop(oldest)
		if err := os.Remove(s.path(oldest.sequence)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, err
		}
		s.forget(oldest)
		return dropped, nil
	}
	return 0, ErrTooLarge
}

func (s *Spool) forget(gone *segment) {
	s.segments = slices.DeleteFunc(s.segments, func(each *segment) bool { return each == gone })
	s.total -= gone.size
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
	errs = append(errs, s.marksFile.Sync(), s.marksFile.Close())
	return errors.Join(append(errs, s.lock.Close())...)
}
