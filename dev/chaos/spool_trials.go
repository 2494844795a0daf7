package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func spoolTrials() []trial {
	torn := func(name, done, promised string, lost int, harm func(file []byte, records []span) []byte) trial {
		return trial{group: "Spool", name: name, done: done, promised: promised, run: func(ctx context.Context, s *stage) {
			tornSpool(ctx, s, harm, lost)
		}}
	}
	const one = "that recording is lost and counted, those before and behind it are stored"
	return []trial{
		{
			group: "Spool", name: "full", done: "`spool_max_mb: 1`, and 1,000 exchanges with bodies of 4 KiB while PostgreSQL is away",
			promised: "traffic is answered; the oldest make room, and each is counted; the others are stored once", run: fullSpool,
		},
		torn("byte flipped", "one byte of the head of the middle record of 300 is flipped while the Collector is down", one, 1,
			func(file []byte, records []span) []byte {
				file[records[len(records)/2].from] ^= 0x40
				return file
			}),
		torn("byte flipped in a record", "one byte of the content of the middle record of 300 is flipped", one, 1,
			func(file []byte, records []span) []byte {
				middle := records[len(records)/2]
				file[(middle.content+middle.to)/2] ^= 0x40
				return file
			}),
		torn("cut", "the file ends in the middle of the last of 300 records", one, 1,
			func(file []byte, records []span) []byte {
				last := records[len(records)-1]
				return file[:(last.from+last.to)/2]
			}),
		torn("zeros in a head", "the head of the middle record of 300 is filled with zeros", one, 1,
			func(file []byte, records []span) []byte {
				middle := records[len(records)/2]
				clear(file[middle.from:middle.content])
				return file
			}),
		torn("zeros over records", "ten whole records of 300 are filled with zeros, as by a file system after a crash",
			"these ten are lost and counted, those before and behind them are stored", 10,
			func(file []byte, records []span) []byte {
				middle := len(records) / 2
				clear(file[records[middle].from:records[middle+9].to])
				return file
			}),
	}
}

// form is how the spool writes: what a file begins with and how long that is, how long the head of a record is, and where in it
// the length of the record stands, as four bytes, the least first.
type form struct {
	magic            string
	start, head, len int
}

// forms are the forms of this version and of the one before.
var forms = []form{
	{magic: "MFSPOOL2", start: 20, head: 24, len: 4},
	{magic: "MFSPOOL1", start: 8, head: 12, len: 0},
}

// span is where a record is in its file: its head begins at from, what it holds at content.
type span struct{ from, content, to int }

// records returns the records of a file of the spool.
func records(file []byte) ([]span, error) {
	known := slices.IndexFunc(forms, func(f form) bool { return strings.HasPrefix(string(file), f.magic) })
	if known < 0 {
		return nil, errors.New("the spool has another form than the suite knows: add it to forms in dev/chaos")
	}
	f := forms[known]
	var found []span
	for at := f.start; at+f.head <= len(file); {
		content := at + f.head
		end := content + int(binary.LittleEndian.Uint32(file[at+f.len:]))
		if end > len(file) {
			return nil, errors.New("the spool is torn already")
		}
		found = append(found, span{at, content, end})
		at = end
	}
	return found, nil
}

func tornSpool(ctx context.Context, s *stage, harm func([]byte, []span) []byte, most int) {
	d, c := s.recording(ctx, options{})
	s.must(d.kill())
	l := s.load(ctx, c, loadOptions{name: "torn"})
	s.more(ctx, l, 300)
	l.end()
	s.terminate(c)

	files, err := filepath.Glob(filepath.Join(c.spool, "*.spool"))
	s.must(err)
	slices.Sort(files)
	if len(files) == 0 {
		s.must(errors.New("nothing was spooled"))
	}
	// What is in flight when PostgreSQL goes away may have a segment of its own: harm is done to the largest.
	path, content, found := "", []byte(nil), []span(nil)
	for _, each := range files {
		file, err := os.ReadFile(each)
		s.must(err)
		spans, err := records(file)
		s.must(err)
		if len(spans) > len(found) {
			path, content, found = each, file, spans
		}
	}
	if len(found) < 30 {
		s.must(fmt.Errorf("only %d recordings are in a file of the spool", len(found)))
	}
	s.must(os.WriteFile(path, harm(content, found), 0o600))
	s.saw("%d records in the file that was harmed", len(found))

	s.must(d.back(ctx))
	s.start(ctx, c)
	a := s.settle(ctx, c, d, l)
	lost := len(a.missing)
	s.promise(lost == most && a.dropped == lost, "%d lost, %d counted; bound: %d", lost, a.dropped, most)
	s.unharmed(l)
}

func fullSpool(ctx context.Context, s *stage) {
	d, c := s.recording(ctx, options{spoolMB: 1})
	s.must(d.kill())
	l := s.load(ctx, c, loadOptions{name: "full", size: 4096})
	s.more(ctx, l, 1000)
	l.end()
	size := int64(0)
	files, err := filepath.Glob(filepath.Join(c.spool, "*.spool"))
	s.must(err)
	for _, file := range files {
		info, err := os.Stat(file)
		s.must(err)
		size += info.Size()
	}
	s.promise(size <= 1<<20, "%d KiB on disk", size>>10)
	s.must(d.back(ctx))
	a := s.settle(ctx, c, d, l)
	s.promise(a.stored+a.dropped == a.attempted, "stored and counted are together %d of %d", a.stored+a.dropped, a.attempted)
	s.promise(a.stored > 50, "the newest were kept")
	s.unharmed(l)
}
