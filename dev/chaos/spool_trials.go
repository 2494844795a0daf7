package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func spoolTrials() []trial {
	torn := func(name, done, promised string, least, most int, harm func(file []byte, records []span) []byte) trial {
		return trial{group: "Spool", name: name, done: done, promised: promised, run: func(ctx context.Context, s *stage) {
			tornSpool(ctx, s, harm, least, most)
		}}
	}
	const one = "that recording is lost and counted, those before and behind it are stored"
	return []trial{
		{
			group: "Spool", name: "full", done: "`spool_max_mb: 1`, and 1,000 exchanges with bodies of 4 KiB while PostgreSQL is away",
			promised: "traffic is answered; the oldest make room, and each is counted; the others are stored once", run: fullSpool,
		},
		torn("byte flipped", "one byte of the head of the middle record of 300 is flipped while the Collector is down", one, 1, 1,
			func(file []byte, records []span) []byte {
				file[records[len(records)/2].from] ^= 0x40
				return file
			}),
		torn("byte flipped in a record", "one byte of the content of the middle record of 300 is flipped", one, 1, 1,
			func(file []byte, records []span) []byte {
				middle := records[len(records)/2]
				file[(middle.from+headSize+middle.to)/2] ^= 0x40
				return file
			}),
		torn("cut", "the file ends in the middle of the last of 300 records", one, 1, 1,
			func(file []byte, records []span) []byte {
				last := records[len(records)-1]
				return file[:(last.from+last.to)/2]
			}),
		torn("zeros in a head", "the head of the middle record of 300 is filled with zeros", one, 1, 1,
			func(file []byte, records []span) []byte {
				clear(file[records[len(records)/2].from:][:headSize])
				return file
			}),
		torn("zeros over records", "ten whole records of 300 are filled with zeros, as by a file system after a crash",
			"no recording but these ten is lost, and that something is lost is counted", 1, 10,
			func(file []byte, records []span) []byte {
				middle := len(records) / 2
				clear(file[records[middle].from:records[middle+9].to])
				return file
			}),
	}
}

// What a segment of the spool begins with, and how long the head of a record is: its length, and two checksums.
const (
	segmentMagic = "MFSPOOL1"
	headSize     = 12
)

// span is where a record is in its file, its head included.
type span struct{ from, to int }

// records are those of a segment.
func records(file []byte) ([]span, error) {
	if len(file) < len(segmentMagic) || string(file[:len(segmentMagic)]) != segmentMagic {
		return nil, errors.New("the spool has another form than the suite knows: change records in dev/chaos")
	}
	var found []span
	for at := len(segmentMagic); at+headSize <= len(file); {
		end := at + headSize + int(binary.LittleEndian.Uint32(file[at:]))
		if end > len(file) {
			return nil, errors.New("the spool is torn already")
		}
		found = append(found, span{at, end})
		at = end
	}
	return found, nil
}

func tornSpool(ctx context.Context, s *stage, harm func([]byte, []span) []byte, least, most int) {
	d := s.database(ctx)
	c := s.collector(ctx, options{dsn: d.dsn})
	s.ready(ctx, c)
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
	s.promise(lost >= least && lost <= most, "%d lost, at most %d may be", lost, most)
	if least == most {
		s.promise(a.dropped == lost, "%d counted", a.dropped)
	} else {
		s.promise(a.dropped > 0, "%d counted", a.dropped)
	}
	s.unharmed(l)
}

func fullSpool(ctx context.Context, s *stage) {
	d := s.database(ctx)
	c := s.collector(ctx, options{dsn: d.dsn, spoolMB: 1})
	s.ready(ctx, c)
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
