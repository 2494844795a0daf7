package spool_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
)

const mebibyte = 1 << 20

func open(t *testing.T, directory string) *spool.Spool {
	t.Helper()
	s, err := spool.Open(spool.Options{Directory: directory, MaxBytes: mebibyte})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// record returns one of about 10 KB, so that six fill a segment and a hundred the spool.
func record(i int) []byte { return []byte(fmt.Sprint(i) + strings.Repeat(".", 10_000)) }

func appendAll(t *testing.T, s *spool.Spool, from, to int) (dropped int) {
	t.Helper()
	for i := from; i < to; i++ {
		n, err := s.Append(record(i))
		if err != nil {
			t.Fatal(err)
		}
		dropped += n
	}
	return dropped
}

// drain takes everything that is there.
func drain(t *testing.T, s *spool.Spool) (numbers []int, damaged int) {
	t.Helper()
	for !s.Empty() {
		batch := s.Take(4, mebibyte)
		damaged += batch.Damaged
		for _, text := range batch.Records {
			var n int
			if _, err := fmt.Sscanf(string(text), "%d.", &n); err != nil {
				t.Fatalf("a record came back as %.20s", text)
			}
			numbers = append(numbers, n)
		}
		if err := s.Done(); err != nil {
			t.Fatal(err)
		}
	}
	return numbers, damaged
}

func span(from, to int) (numbers []int) {
	for i := from; i < to; i++ {
		numbers = append(numbers, i)
	}
	return numbers
}

func segments(t *testing.T, directory string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(directory, "*.spool"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func TestRecordsComeBackInOrderAndLeaveNoFiles(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	appendAll(t, s, 0, 20)
	if len(segments(t, directory)) < 3 || s.Len() != 20 {
		t.Errorf("%d segments, %d records, want some and 20", len(segments(t, directory)), s.Len())
	}
	numbers, damaged := drain(t, s)
	if diff := cmp.Diff(span(0, 20), numbers); diff != "" || damaged != 0 {
		t.Errorf("%d damaged, records (-want +got):\n%s", damaged, diff)
	}
	if left := segments(t, directory); len(left) != 0 || s.Bytes() != 0 {
		t.Errorf("left %v, %d bytes", left, s.Bytes())
	}
}

func TestAppendingGoesOnWhileRecordsAreTaken(t *testing.T) {
	s := open(t, t.TempDir())
	appendAll(t, s, 0, 3)
	first := s.Take(2, mebibyte)
	appendAll(t, s, 3, 5)
	if len(first.Records) != 2 || s.Done() != nil {
		t.Fatalf("took %d records", len(first.Records))
	}
	numbers, _ := drain(t, s)
	if diff := cmp.Diff([]int{2, 3, 4}, numbers); diff != "" {
		t.Errorf("after the first two (-want +got):\n%s", diff)
	}
}

func TestWhatWasTakenButNotDoneIsThereAgain(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	appendAll(t, s, 0, 8)
	s.Take(3, mebibyte)
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	again := open(t, directory)
	appendAll(t, again, 8, 10)
	numbers, _ := drain(t, again)
	if diff := cmp.Diff(span(0, 10), numbers); diff != "" {
		t.Errorf("after opening again (-want +got):\n%s", diff)
	}
}

func TestTheOldestMakeRoomAndAreCounted(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	dropped := appendAll(t, s, 0, 150)
	var size int64
	for _, file := range segments(t, directory) {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > mebibyte || size != s.Bytes() {
		t.Errorf("%d bytes on disk, %d reported, want at most %d", size, s.Bytes(), mebibyte)
	}
	numbers, _ := drain(t, s)
	if diff := cmp.Diff(span(dropped, 150), numbers); diff != "" || dropped < 40 || dropped > 60 {
		t.Errorf("%d dropped, the others (-want +got):\n%s", dropped, diff)
	}
}

func TestWhatIsBeingTakenIsNotDropped(t *testing.T) {
	s := open(t, t.TempDir())
	appendAll(t, s, 0, 12)
	s.Take(2, mebibyte)
	appendAll(t, s, 12, 200)
	if err := s.Done(); err != nil {
		t.Fatal(err)
	}
	if numbers, _ := drain(t, s); numbers[0] != 2 || numbers[len(numbers)-1] != 199 {
		t.Errorf("%d to %d, want 2, which is of the segment that was open, to 199", numbers[0], numbers[len(numbers)-1])
	}
}

func TestARecordThatIsLargerThanTheSpoolIsRefused(t *testing.T) {
	s := open(t, t.TempDir())
	appendAll(t, s, 0, 2)
	if _, err := s.Append(make([]byte, mebibyte)); !errors.Is(err, spool.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if s.Len() != 2 {
		t.Errorf("%d records are left, want 2: nothing makes room for what does not fit", s.Len())
	}
}

func TestDamageLosesNoMoreThanItMust(t *testing.T) {
	for name, test := range map[string]struct {
		damage  func([]byte) []byte
		want    []int
		damaged int
	}{
		"a torn tail":          {func(b []byte) []byte { return b[:len(b)-10] }, []int{0, 1, 3, 4}, 1},
		"a torn header":        {func(b []byte) []byte { return b[:len(b)-10_007] }, []int{0, 1, 3, 4}, 1},
		"zeros at the end":     {func(b []byte) []byte { return append(b, make([]byte, 4096)...) }, []int{0, 1, 2, 3, 4}, 0},
		"a flipped bit":        {func(b []byte) []byte { b[5000] ^= 1; return b }, []int{1, 2, 3, 4}, 1},
		"a flipped length":     {func(b []byte) []byte { b[24] ^= 1; return b }, []int{1, 2, 3, 4}, 1},
		"an endless length":    {func(b []byte) []byte { copy(b[24:], "\xff\xff\xff\xff"); return b }, []int{1, 2, 3, 4}, 1},
		"another kind of file": {func([]byte) []byte { return []byte("hello") }, []int{3, 4}, 3},
		"an empty file":        {func([]byte) []byte { return nil }, []int{3, 4}, 3},
		"a flipped marker":     {func(b []byte) []byte { b[20] ^= 1; return b }, []int{1, 2, 3, 4}, 1},
		"a flipped head":       {func(b []byte) []byte { b[3] ^= 1; return b }, []int{0, 1, 2, 3, 4}, 0},
		"no head":              {func(b []byte) []byte { return b[20:] }, []int{0, 1, 2, 3, 4}, 0},
		"zeros at the start":   {func(b []byte) []byte { clear(b[:4096]); return b }, []int{1, 2, 3, 4}, 1},
		"zeros across two":     {func(b []byte) []byte { clear(b[9000:12_000]); return b }, []int{2, 3, 4}, 2},
		"bytes in between":     {func(b []byte) []byte { return slices.Insert(b, 5000, []byte("more")...) }, []int{1, 2, 3, 4}, 1},
		"bytes that are gone":  {func(b []byte) []byte { return slices.Delete(b, 5000, 5100) }, []int{1, 2, 3, 4}, 1},
		"twice the same":       {func(b []byte) []byte { return append(b, b...) }, []int{0, 1, 2, 3, 4}, 0},
		"the order swapped":    {func(b []byte) []byte { return slices.Concat(b[:20], b[10_045:20_070], b[20:10_045], b[20_070:]) }, []int{1, 2, 3, 4}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			s := open(t, directory)
			appendAll(t, s, 0, 3)
			s.Close()
			path := segments(t, directory)[0]
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.damage(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s = open(t, directory)
			appendAll(t, s, 3, 5)
			numbers, damaged := drain(t, s)
			if diff := cmp.Diff(test.want, numbers); diff != "" || damaged != test.damaged {
				t.Errorf("%d damaged, want %d; records (-want +got):\n%s", damaged, test.damaged, diff)
			}
			if left := segments(t, directory); len(left) != 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

func TestADirectoryIsForOneSpool(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	if _, err := spool.Open(spool.Options{Directory: directory, MaxBytes: mebibyte}); !errors.Is(err, spool.ErrLocked) {
		t.Errorf("got %v, want that it is in use", err)
	}
	s.Close()
	open(t, directory)
}

func TestOtherFilesAreLeftAlone(t *testing.T) {
	directory := t.TempDir()
	for _, name := range []string{"notes.txt", "1.spool", "x.spool"} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, directory)
	if !s.Empty() {
		t.Errorf("found %d records in files of others", s.Len())
	}
	appendAll(t, s, 0, 1)
	drain(t, s)
	if left := segments(t, directory); len(left) != 2 {
		t.Errorf("left %v, want what was there", left)
	}
}

func TestADirectoryThatCannotBeMadeIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := spool.Open(spool.Options{Directory: filepath.Join(file, "spool"), MaxBytes: mebibyte}); err == nil {
		t.Error("opened a directory within a file")
	}
}

// Records that are added together are there as those that are added one by one, across segments and where the oldest make room.
func TestRecordsAreAddedTogetherAsOneByOne(t *testing.T) {
	for _, n := range []int{0, 1, 5, 50, 130, 1000} {
		all := make([][]byte, n)
		for i := range all {
			all[i] = record(i)
		}
		one, together := open(t, t.TempDir()), open(t, t.TempDir())
		dropped := appendAll(t, one, 0, n)
		added, gone, err := together.AppendAll(all)
		if err != nil || added != n || gone != dropped {
			t.Errorf("%d of %d were added, %d made room (%v), want %d", added, n, gone, err, dropped)
		}
		if one.Len() != together.Len() || one.Bytes() != together.Bytes() {
			t.Errorf("%d are there with %d bytes, want %d with %d", together.Len(), together.Bytes(), one.Len(), one.Bytes())
		}
		want, _ := drain(t, one)
		got, damaged := drain(t, together)
		if diff := cmp.Diff(want, got); diff != "" || damaged != 0 {
			t.Errorf("%d damaged, read (-want +got):\n%s", damaged, diff)
		}
	}
}

func TestOneThatIsTooLargeDoesNotTakeTheOthersAlong(t *testing.T) {
	s := open(t, t.TempDir())
	added, dropped, err := s.AppendAll([][]byte{record(0), record(1), make([]byte, 2*mebibyte), record(2), record(3)})
	if added != 4 || dropped != 0 || !errors.Is(err, spool.ErrTooLarge) {
		t.Errorf("%d were added, %d made room (%v)", added, dropped, err)
	}
	if numbers, damaged := drain(t, s); !slices.Equal(numbers, span(0, 4)) || damaged != 0 {
		t.Errorf("%v were read, %d damaged", numbers, damaged)
	}
	s.Close()
	if added, _, err := s.AppendAll([][]byte{record(0), record(1)}); added != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("%d were added to one that is closed (%v)", added, err)
	}
}
