package postgres

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// exportPage is how many whole recordings are in memory at once, as far as maxPage has room for their bodies and headers.
const exportPage = 32

// Scan gives the newest recordings of a filter, at most limit, whole, bodies and messages included, oldest first. It reads
// page by page, so that a slow reader neither holds a connection nor meets the timeout of a statement. It ends with the
// first error. See api.Recordings.
func (s *Store) Scan(ctx context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		if limit <= 0 {
			return
		}
		if err := filter.Validate(); err != nil {
			yield(recording.Recording{}, err)
			return
		}
		first, err := s.nthNewest(ctx, filter, limit)
		if err != nil {
			yield(recording.Recording{}, wrap(err))
			return
		}
		n := 0
		for r, err := range s.export(ctx, filter, first) {
			// What was recorded since the first was found is not of this scan.
			if n++; !yield(r, err) || n == limit {
				return
			}
		}
	}
}

// nthNewest returns the place of the n-th newest recording of a filter, nil where there are fewer.
func (s *Store) nthNewest(ctx context.Context, filter recording.Filter, n int) (*recording.Cursor, error) {
	var c conditions
	matching, err := s.matching(ctx, &c, "timestamp, id", filter)
	if err != nil {
		return nil, err
	}
	var found recording.Cursor
	err = s.db.QueryRowContext(ctx, "SELECT timestamp, id FROM "+matching+
		" ORDER BY timestamp DESC, id DESC LIMIT 1 OFFSET "+c.bind(n-1), c.args...).Scan(&found.Timestamp, &found.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &found, err
}

// export gives every recording of a filter from the one at from on, nil: from the oldest.
func (s *Store) export(ctx context.Context, filter recording.Filter, from *recording.Cursor) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		after, beyond := from, ">="
		for {
			page, more, err := s.wholePage(ctx, filter, after, beyond)
			if err != nil {
				yield(recording.Recording{}, wrap(err))
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			if !more {
				return
			}
			last := page[len(page)-1]
			after, beyond = &recording.Cursor{Timestamp: last.Timestamp, ID: last.ID}, ">"
		}
	}
}

// wholePage begins at after (beyond ">=") or behind it (">"); more reports whether there may be others behind it.
func (s *Store) wholePage(ctx context.Context, filter recording.Filter, after *recording.Cursor, beyond string) (page []recording.Recording, more bool, err error) {
	query := recording.Query{Filter: filter, Ascending: true}
	if after != nil {
		query.Cursor = after.String()
	}
	spans, err := s.spans(ctx, query)
	if err != nil {
		return nil, false, err
	}
	left := room(maxPage)
	for _, span := range spans {
		if len(page) == exportPage || left <= 0 {
			break
		}
		found, err := s.wholeOf(ctx, filter, span, after, beyond, exportPage-len(page), &left)
		if err != nil {
			return nil, false, err
		}
		page = append(page, found...)
	}
	return page, len(page) == exportPage || left <= 0, s.addMessages(ctx, page)
}

// wholeOf reads the first of a page that are within a span.
func (s *Store) wholeOf(ctx context.Context, filter recording.Filter, span span, after *recording.Cursor, beyond string, most int, left *room) ([]recording.Recording, error) {
	var c conditions
	c.within(span)
	if err := c.filter(filter); err != nil {
		return nil, err
	}
	if after != nil {
		at := c.bind(after.Timestamp)
		c.add("timestamp >= %s AND (timestamp, id) %s (%s, %s)", at, beyond, at, c.bind(after.ID))
	}
	statement := selectRecording(true, "recorded_requests") + c.where() +
		" ORDER BY timestamp, id LIMIT " + c.bind(most)
	rows, err := s.db.QueryContext(ctx, statement, c.args...)
	if err != nil {
		return nil, err
	}
	return scanRecordings(rows, left)
}

func (s *Store) addMessages(ctx context.Context, page []recording.Recording) error {
	if len(page) == 0 {
		return nil
	}
	at := make(map[uuid.UUID]*recording.Recording, len(page))
	times, ids := make([]string, len(page)), make([]string, len(page))
	for i := range page {
		at[page[i].ID] = &page[i]
		times[i], ids[i] = page[i].Timestamp.Format(time.RFC3339Nano), page[i].ID.String()
	}
	rows, err := s.db.QueryContext(ctx, strings.Replace(selectMessages, "SELECT", "SELECT recording_id,", 1)+`
		WHERE timestamp BETWEEN $3 AND $4 AND (timestamp, recording_id) IN (SELECT * FROM unnest($1::timestamptz[], $2::uuid[]))
		ORDER BY recording_id, sequence`, pq.Array(times), pq.Array(ids), page[0].Timestamp, page[len(page)-1].Timestamp)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		m, err := scanMessage(rows, &id)
		if err != nil {
			return err
		}
		at[id].Messages = append(at[id].Messages, m)
	}
	return rows.Err()
}
