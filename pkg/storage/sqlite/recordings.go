package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// maxPage is how much the recordings of a page may be together, in bytes of memory: headers of answers alone may be 1 MiB each.
	maxPage = 16 << 20
	// scanPage is how many whole recordings are in memory at once, as far as maxPage has room for them.
	scanPage = 32
)

// Query returns one page of recordings without bodies and messages. See api.Recordings.
func (s *Store) Query(ctx context.Context, query recording.Query) (recording.Page, error) {
	if err := query.Validate(); err != nil {
		return recording.Page{}, err
	}
	limit := query.Limit
	if limit == 0 {
		limit = recording.DefaultLimit
	}
	found, more, err := s.page(ctx, query, limit, false)
	if err != nil {
		return recording.Page{}, err
	}
	page := recording.Page{Recordings: []recording.Recording{}}
	for i := range found {
		page.Recordings = append(page.Recordings, found[i].Recording)
	}
	if more {
		page.NextCursor = found[len(found)-1].cursor().String()
	}
	return page, nil
}

// numbered is a recording with its number in the file.
type numbered struct {
	recording.Recording
	number int64
}

func (n *numbered) cursor() recording.Cursor {
	return recording.Cursor{Timestamp: n.Timestamp, ID: n.ID}
}

// page reads what is behind the cursor of a valid query; more reports whether there may be others behind it. All is of one moment.
func (s *Store) page(ctx context.Context, query recording.Query, limit int, whole bool) (page []numbered, more bool, err error) {
	within, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	err = func() error {
		tx, err := s.reads.BeginTx(within, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		// One more than limit tells whether there is a page after.
		numbers, err := s.effort.find(within, tx, query, limit+1)
		if err != nil {
			return err
		}
		page, err = read(within, tx, numbers[:min(limit, len(numbers))], whole)
		more = len(page) < len(numbers)
		return err
	}()
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return nil, false, api.ErrTooLong
	}
	return page, more, s.wrap(err)
}

// together is how many rows are read at once: rows may be large.
const together = 25

// read reads recordings in the order of their numbers, as far as maxPage has room for them: one at least.
func read(ctx context.Context, q queryer, numbers []int64, whole bool) (page []numbered, err error) {
	names, selected := selectColumns(whole)
	var left int64 = maxPage
	for chunk := range slices.Chunk(numbers, together) {
		found := make(map[int64]numbered, len(chunk))
		args := make([]any, len(chunk))
		for i, number := range chunk {
			args[i] = number
		}
		rows, err := q.QueryContext(ctx, "SELECT number, "+names+" FROM recordings WHERE number IN ("+places(len(chunk))+")", args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var n numbered
			if n.Recording, err = scanRecording(rows, selected, &n.number); err != nil {
				break
			}
			found[n.number] = n
		}
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
		for _, number := range chunk {
			n := found[number]
			if left <= 0 {
				return page, nil
			}
			left -= n.Size()
			page = append(page, n)
		}
	}
	return page, nil
}

// query reads the rows of a statement, for no longer than queryTimeout.
func (s *Store) query(ctx context.Context, statement string, args []any, read func(*sql.Rows) error) error {
	within, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	err := func() error {
		rows, err := s.reads.QueryContext(within, statement, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		if err := read(rows); err != nil {
			return err
		}
		return rows.Err()
	}()
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return api.ErrTooLong
	}
	return s.wrap(err)
}

// Get returns one recording whole; api.ErrNotFound where there is none.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (recording.Recording, error) {
	names, selected := selectColumns(true)
	var n numbered
	r, err := scanRecording(s.reads.QueryRowContext(ctx, "SELECT number, "+names+" FROM recordings WHERE id = ?", id[:]), selected, &n.number)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("recording %s: %w", id, api.ErrNotFound)
	}
	if err != nil {
		return r, s.wrap(err)
	}
	r.Messages, err = s.messages(ctx, n.number)
	return r, err
}

func (s *Store) messages(ctx context.Context, number int64) (messages []recording.Message, err error) {
	const statement = "SELECT direction, offset_ms, kind, body_size, body_truncated, body_redacted, body_decoded, body FROM messages WHERE recording = ? ORDER BY sequence"
	err = s.query(ctx, statement, []any{number}, func(rows *sql.Rows) error {
		for rows.Next() {
			var m recording.Message
			if err := rows.Scan(&m.Direction, &m.OffsetMS, &m.Kind, &m.Body.Size, &m.Body.Truncated, &m.Body.Redacted, &m.Body.Decoded, (*content)(&m.Body.Content)); err != nil {
				return err
			}
			messages = append(messages, m)
		}
		return nil
	})
	return messages, err
}

// SetTags replaces the tags of a recording; api.ErrNotFound where there is none. See api.Recordings.
func (s *Store) SetTags(ctx context.Context, id uuid.UUID, tags []string) error {
	result, err := s.writer.ExecContext(ctx, "UPDATE recordings SET tags = ? WHERE id = ?", listOrNull(tags), id[:])
	if err != nil {
		return s.wrap(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("recording %s: %w", id, api.ErrNotFound))
	}
	return nil
}

// Scan gives the newest recordings of a filter, at most limit, whole and oldest first. It reads page by page, so that a slow reader
// keeps nothing waiting, and ends with the first error. See api.Recordings.
func (s *Store) Scan(ctx context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		if limit <= 0 {
			return
		}
		if err := filter.Validate(); err != nil {
			yield(recording.Recording{}, err)
			return
		}
		cursor, err := s.beforeNewest(ctx, filter, limit)
		if err != nil {
			yield(recording.Recording{}, err)
			return
		}
		for left, more := limit, true; more && left > 0; {
			var page []numbered
			if page, more, err = s.page(ctx, recording.Query{Filter: filter, Cursor: cursor, Ascending: true}, min(left, scanPage), true); err != nil {
				yield(recording.Recording{}, err)
				return
			}
			for i := range page {
				r := &page[i].Recording
				if r.Messages, err = s.messages(ctx, page[i].number); err != nil {
					yield(recording.Recording{}, err)
					return
				}
				if !yield(*r, nil) {
					return
				}
				cursor = page[i].cursor().String()
			}
			left -= len(page)
		}
	}
}

// beforeNewest returns the cursor in front of the n newest recordings of a filter, empty where there are no more than those.
func (s *Store) beforeNewest(ctx context.Context, filter recording.Filter, n int) (string, error) {
	from, args, err := s.matching(ctx, filter)
	if err != nil {
		return "", err
	}
	var cursor string
	err = s.query(ctx, "SELECT timestamp, id FROM recordings "+from+" ORDER BY timestamp DESC, id DESC LIMIT 1 OFFSET ?", append(args, n), func(rows *sql.Rows) error {
		for rows.Next() {
			var found recording.Cursor
			if err := rows.Scan((*microseconds)(&found.Timestamp), &found.ID); err != nil {
				return err
			}
			cursor = found.String()
		}
		return nil
	})
	return cursor, err
}
