package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// searchBatch is how many recordings one transaction takes into the index, so that none keeps writers waiting for long.
	searchBatch = 500
	// trigram is how many characters the index is of.
	trigram = 3
)

// amongThoseWith adds a clause that only what has one of texts can meet, and leaves out what the index knows to have none of them.
func (c *conditions) amongThoseWith(texts []string, clause string, args []any) {
	var all []string
	for _, text := range texts {
		trigrams := trigramsOf(text)
		if trigrams == "" { // The index knows nothing of it.
			c.add(clause, args...)
			return
		}
		all = append(all, "("+trigrams+")")
	}
	c.among("search", strings.Join(all, " OR "), clause, args)
}

// amongMarked adds a clause that only what has all marks can meet.
func (c *conditions) amongMarked(marks []string, clause string, args []any) {
	if len(marks) == 0 {
		c.add(clause, args...)
		return
	}
	c.among("marks", strings.Join(marks, " AND "), clause, args)
}

// among adds a clause that only what an index finds, or does not have yet, can meet.
func (c *conditions) among(index, match, clause string, args []any) {
	if c.walking {
		c.add(clause, args...)
		return
	}
	c.searched = true
	within := allNumbers
	if c.numbers != nil {
		within = *c.numbers
	}
	c.add("(number > max(?, (SELECT number FROM search_progress)) AND number <= ? OR number IN (SELECT rowid FROM "+index+" WHERE "+index+" MATCH ? AND rowid BETWEEN ? AND ?))",
		within.lowest-1, within.highest, match, within.lowest, within.highest)
	c.add(clause, args...)
}

// mark returns what stands for texts in the index of marks.
func mark(kind byte, texts ...string) string {
	hash := fnv.New64a()
	for _, text := range texts {
		_, _ = io.WriteString(hash, text)
		_, _ = hash.Write([]byte{0})
	}
	return fmt.Sprintf("%c%016x", kind, hash.Sum64())
}

// marksOf returns what a recording can be found by as a whole.
func marksOf(r *recording.Recording) string {
	marks := map[string]struct{}{}
	for _, values := range []recording.Values{r.Headers, r.ResponseHeaders} {
		for name, list := range values {
			marks[mark('n', name)] = struct{}{}
			for _, value := range list {
				marks[mark('v', name, value)] = struct{}{}
			}
		}
	}
	for segment := range strings.SplitSeq(r.EscapedPath(), "/") {
		marks[mark('s', pathpattern.Unescape(segment))] = struct{}{}
	}
	return strings.Join(slices.Sorted(maps.Keys(marks)), " ")
}

// trigramsOf returns a query for what has the longest part of text that is the same in any case by the rules of both the index and
// recording.ContainsFold; empty where that is too short.
func trigramsOf(text string) string {
	longest, start := "", 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != 0 && recording.FoldsAsASCII(text[i:i+1]) {
			continue
		}
		if i-start > len(longest) {
			longest = text[start:i]
		}
		start = i + 1
	}
	var quoted []string
	for i := range max(0, len(longest)-trigram+1) {
		quoted = append(quoted, `"`+strings.ReplaceAll(longest[i:i+trigram], `"`, `""`)+`"`)
	}
	return strings.Join(quoted, " AND ")
}

// IndexForSearch takes what was written since the last time into the index for searching, which costs more than to write it: what
// is not in it yet is found by looking. It is to be called every minute or so.
func (s *Store) IndexForSearch(ctx context.Context) error {
	for {
		n, err := s.indexBatch(ctx)
		if err != nil || n < searchBatch {
			return s.wrap(err)
		}
	}
}

func (s *Store) indexBatch(ctx context.Context) (n int, err error) {
	type entry struct {
		number         int64
		content, marks string
	}
	names, selected := selectColumns(true)
	var entries []entry
	rows, err := s.reads.QueryContext(ctx, "SELECT number, "+names+" FROM recordings WHERE number > (SELECT number FROM search_progress) ORDER BY number LIMIT ?", searchBatch)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var e entry
		r, err := scanRecording(rows, selected, &e.number)
		if err != nil {
			return 0, err
		}
		e.content, e.marks = searchable(&r), marksOf(&r)
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil || len(entries) == 0 {
		return 0, err
	}
	rows.Close()
	return len(entries), s.inTransaction(ctx, func(tx *sql.Tx) error {
		// Retention may have been quicker: what is gone has no entry that nobody would delete.
		present, err := presentIn(ctx, tx, entries[0].number, entries[len(entries)-1].number)
		if err != nil {
			return err
		}
		// A row a statement, by VALUES: an INSERT with a SELECT has a savepoint, with which the index writes out what it has collected.
		search, err := tx.PrepareContext(ctx, "INSERT INTO search (rowid, content) VALUES (?, ?)")
		if err != nil {
			return err
		}
		defer search.Close()
		marks, err := tx.PrepareContext(ctx, "INSERT INTO marks (rowid, content) VALUES (?, ?)")
		if err != nil {
			return err
		}
		defer marks.Close()
		for _, e := range entries {
			if !present[e.number] {
				continue
			}
			if _, err := search.ExecContext(ctx, e.number, e.content); err != nil {
				return err
			}
			if _, err := marks.ExecContext(ctx, e.number, e.marks); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE search_progress SET number = max(number, ?)", entries[len(entries)-1].number)
		return err
	})
}

// presentIn returns which recordings of a range of numbers are there, and not in the index yet.
func presentIn(ctx context.Context, tx *sql.Tx, first, last int64) (map[int64]bool, error) {
	rows, err := tx.QueryContext(ctx, "SELECT number FROM recordings WHERE number BETWEEN ? AND ? AND number > (SELECT number FROM search_progress)", first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	present := map[int64]bool{}
	for rows.Next() {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		present[number] = true
	}
	return present, rows.Err()
}

// searchable returns all that a text is searched in, and headers.
func searchable(r *recording.Recording) string {
	var b strings.Builder
	add := func(text string) {
		b.WriteString(text)
		b.WriteByte('\n')
	}
	add(r.Path)
	for _, values := range []recording.Values{r.Headers, r.ResponseHeaders} {
		for name, list := range values {
			add(name)
			for _, value := range list {
				add(value)
			}
		}
	}
	for _, body := range []recording.Body{r.Body, r.ResponseBody} {
		if text, isText := body.Text(); isText {
			add(text)
		}
	}
	return b.String()
}
