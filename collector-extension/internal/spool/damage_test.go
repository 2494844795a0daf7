package spool_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
)

// The input of the issue: one byte in the head of the first of 500.
func TestAFlippedByteLosesOneRecordOfFiveHundred(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	for i := range 500 {
		if _, err := s.Append(fmt.Appendf(nil, "%d.", i)); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	rewrite(t, segments(t, directory)[0], func(b []byte) []byte { b[26] ^= 0x40; return b })
	numbers, damaged := drain(t, open(t, directory))
	if diff := cmp.Diff(span(1, 500), numbers); diff != "" || damaged != 1 {
		t.Errorf("%d counted as lost, want 1; records (-want +got):\n%s", damaged, diff)
	}
}

func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatAreGoneAreCounted(t *testing.T) {
	for name, gone := range map[string]func(int) []int{
		"the first": func(int) []int { return []int{0} },
		"one":       func(int) []int { return []int{1} },
		"the last":  func(n int) []int { return []int{n - 1} },
		"all":       func(n int) []int { return span(0, n) },
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			s := open(t, directory)
			appendAll(t, s, 0, 20)
			s.Close()
			files := segments(t, directory)
			for _, i := range gone(len(files)) {
				if err := os.Remove(files[i]); err != nil {
					t.Fatal(err)
				}
			}
			s = open(t, directory)
			numbers, damaged := drain(t, s)
			if len(numbers)+damaged != 20 || damaged == 0 {
				t.Errorf("%d read, %d counted as lost, want 20 together", len(numbers), damaged)
			}
			appendAll(t, s, 20, 23)
			s.Close()
			numbers, damaged = drain(t, open(t, directory))
			if diff := cmp.Diff(span(20, 23), numbers); diff != "" || damaged != 0 {
				t.Errorf("%d counted again; afterwards (-want +got):\n%s", damaged, diff)
			}
		})
	}
}

// What was dropped to make room, while something was being taken or not, is not counted as damaged by the next process.
func TestWhatMadeRoomIsNotCountedAgain(t *testing.T) {
	for _, taking := range []bool{false, true} {
		for _, afterwards := range []int{0, 30, 100} {
			directory := t.TempDir()
			s := open(t, directory)
			appendAll(t, s, 0, 12)
			if taking {
				s.Take(2, mebibyte)
			}
			dropped := appendAll(t, s, 12, 200) + appendAll(t, s, 200, 200+afterwards)
			s.Close()
			s = open(t, directory)
			if s.Len()+dropped != 200+afterwards {
				t.Errorf("taking %v: %d are there, %d made room, want %d together", taking, s.Len(), dropped, 200+afterwards)
			}
			numbers, damaged := drain(t, s)
			if len(numbers)+dropped != 200+afterwards || damaged != 0 {
				t.Errorf("taking %v: %d read, %d made room, %d counted as lost", taking, len(numbers), dropped, damaged)
			}
		}
	}
}

func TestFilesOfEarlierVersionsAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		damage  func([]byte) []byte
		want    []int
		damaged int
	}{
		"whole":            {func(b []byte) []byte { return b }, span(0, 6), 0},
		"a flipped head":   {func(b []byte) []byte { b[9] ^= 1; return b }, span(1, 6), 1},
		"a flipped byte":   {func(b []byte) []byte { b[11_000] ^= 1; return b }, []int{0, 2, 3, 4, 5}, 1},
		"a torn tail":      {func(b []byte) []byte { return b[:len(b)-5] }, []int{0, 1, 3, 4, 5}, 1},
		"another start":    {func(b []byte) []byte { copy(b, "MFSPOOL9"); return b }, span(0, 6), 1},
		"an endless one":   {func(b []byte) []byte { copy(b[8:], "\xff\xff\xff\xff"); return b }, span(1, 6), 1},
		"zeros at its end": {func(b []byte) []byte { return append(b, make([]byte, 4096)...) }, span(0, 6), 1},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			path := filepath.Join(directory, fmt.Sprintf("%020d.spool", 4))
			if err := os.WriteFile(path, test.damage(spool.OldSegment(record(0), record(1), record(2))), 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, directory)
			appendAll(t, s, 3, 5)
			s.Close()
			s = open(t, directory)
			appendAll(t, s, 5, 6)
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

func TestWhatIsPutBehindMakesNoRoom(t *testing.T) {
	s := open(t, t.TempDir())
	appendAll(t, s, 0, 3)
	if err := s.AppendBehind(record(3)); err != nil {
		t.Fatal(err)
	}
	for s.AppendBehind(record(4)) == nil {
	}
	if s.Bytes() > mebibyte {
		t.Errorf("%d bytes", s.Bytes())
	}
	if numbers, damaged := drain(t, s); !slices.Equal(numbers[:4], span(0, 4)) || damaged != 0 {
		t.Errorf("begins with %v, %d damaged", numbers[:4], damaged)
	}
}

// FuzzDamage damages the files of a spool at random: what is read was written, in order and once, and all else is counted.
func FuzzDamage(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, byte(seed), byte(seed))
	}
	const total = 60
	original := func(i int) []byte {
		return []byte(fmt.Sprint(i) + "." + strings.Repeat(string('a'+rune(i%26)), 100*(i%70)))
	}
	whole := f.TempDir()
	s, err := spool.Open(spool.Options{Directory: whole, MaxBytes: mebibyte})
	if err != nil {
		f.Fatal(err)
	}
	for i := range total {
		if _, err := s.Append(original(i)); err != nil {
			f.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, seed uint64, times, without byte) {
		directory := t.TempDir()
		if err := os.CopyFS(directory, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(seed, 1))
		for range 1 + times%8 {
			files := segments(t, directory)
			if len(files) == 0 {
				break
			}
			path := files[random.IntN(len(files))]
			if random.IntN(20) == 0 {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				continue
			}
			rewrite(t, path, func(b []byte) []byte { return damage(random, b) })
		}
		marked := without%4 != 0
		if !marked {
			if err := os.Remove(filepath.Join(directory, "marks")); err != nil {
				t.Fatal(err)
			}
		}
		s := open(t, directory)
		defer s.Close()
		read, lost, last := 0, 0, -1
		for !s.Empty() {
			batch := s.Take(1+random.IntN(10), mebibyte)
			lost += batch.Damaged
			for _, each := range batch.Records {
				var n int
				if _, err := fmt.Sscanf(string(each), "%d.", &n); err != nil || n <= last || n >= total || !bytes.Equal(each, original(n)) {
					t.Fatalf("after %d came %.20q", last, each)
				}
				read, last = read+1, n
			}
			if err := s.Done(); err != nil {
				t.Fatal(err)
			}
		}
		if read+lost > total || marked && read+lost != total {
			t.Errorf("%d read, %d counted as lost, want %d together", read, lost, total)
		}
	})
}

// damage changes a file as disks, crashes and people do.
func damage(random *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	from := random.IntN(len(b))
	to := from + random.IntN(min(len(b)-from, 10_000)+1)
	switch random.IntN(7) {
	case 0:
		b[from] ^= 1 << random.IntN(8)
	case 1:
		return b[:from]
	case 2:
		clear(b[from:to])
	case 3:
		return slices.Delete(b, from, to)
	case 4:
		return slices.Insert(b, from, bytes.Repeat([]byte{byte(random.Uint32())}, to-from)...)
	case 5:
		// A part of the file once more, somewhere.
		return slices.Insert(b, random.IntN(len(b)), bytes.Clone(b[from:to])...)
	case 6:
		for i := from; i < to; i++ {
			b[i] = byte(random.Uint32())
		}
	}
	return b
}
