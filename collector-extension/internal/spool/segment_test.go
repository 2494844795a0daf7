package spool

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
)

// Whatever is in a file, reading it ends, panics at nothing, allocates no more than there is, and gives records only
// whose checksums are right.
func FuzzSegment(f *testing.F) {
	whole := slices.Concat([]byte(magic), frame([]byte("one")), frame(nil), frame([]byte(`{"id":"3"}`)))
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add(whole[:len(magic)+5])
	f.Add([]byte{})
	flipped := bytes.Clone(whole)
	flipped[len(magic)+headerSize] ^= 1
	f.Add(flipped)
	f.Fuzz(func(t *testing.T, content []byte) {
		r := newSegmentReader(bytes.NewReader(content), int64(len(content)))
		rebuilt, records, damaged := []byte(magic), 0, 0
		for {
			record, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.Is(err, errTorn) {
				damaged++
				if _, err := r.next(); err == nil {
					t.Fatal("read on after the segment was torn")
				}
				break
			}
			if errors.Is(err, errDamaged) {
				damaged++
				continue
			}
			rebuilt = append(rebuilt, frame(record)...)
			records++
		}
		if damaged == 0 && !bytes.Equal(rebuilt, content) {
			t.Errorf("%q was read without complaint as %q", content, rebuilt)
		}
		if found := count(bytes.NewReader(content), int64(len(content))); damaged == 0 && found != records {
			t.Errorf("counted %d records, read %d", found, records)
		}
	})
}
