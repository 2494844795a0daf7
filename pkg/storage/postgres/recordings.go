package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// selectRecording reads recordings from a table or a subquery, with their bodies or with null in the place of those.
func selectRecording(bodies bool, from string) string {
	return "SELECT " + selectedColumns[bodies] + " FROM " + from
}

const (
	// longestExchange is how far the time of a recording may be before the time in its id, which is made at capture.
	longestExchange = 25 * time.Hour
	// clockSlack is how far it may be after it.
	clockSlack = time.Hour
)

// Query returns one page of recordings without bodies and messages. See api.Recordings.
func (s *Store) Query(ctx context.Context, query recording.Query) (recording.Page, error) {
	page := recording.Page{Recordings: []recording.Recording{}}
	if err := query.Validate(); err != nil {
		return page, err
	}
	limit := query.Limit
	if limit == 0 {
		limit = recording.DefaultLimit
	}
	within, cancel := context.WithTimeout(ctx, statementTimeout) // All statements together may take as long as one.
	defer cancel()
	var spans []span
	left := room(maxPage)
	// One more than limit tells whether there is a page after.
	walked, over, err := s.walk(within, &query, limit+1, &left)
	page.Recordings = append(page.Recordings, walked...)
	if err == nil && !over && left > 0 {
		spans, err = s.spans(within, query)
	}
	for _, span := range spans {
		missing := limit + 1 - len(page.Recordings)
		if err != nil || missing == 0 || left <= 0 {
			break
		}
		var found []recording.Recording
		found, err = s.pageOf(within, query, span, missing, &left)
		page.Recordings = append(page.Recordings, found...)
	}
	switch {
	case err != nil && within.Err() != nil && ctx.Err() == nil:
		return recording.Page{}, api.ErrTooLong
	case err != nil:
		return recording.Page{}, wrap(err)
	}
	if left <= 0 {
		limit = min(limit, len(page.Recordings)) // Whether there are more is for the next page to say.
	}
	if len(page.Recordings) > limit || left <= 0 {
		page.Recordings = page.Recordings[:limit]
		last := page.Recordings[limit-1]
		page.NextCursor = recording.Cursor{Timestamp: last.Timestamp, ID: last.ID}.String()
	}
	return page, nil
}

// pageOf reads the first recordings of a query that are within a span.
func (s *Store) pageOf(ctx context.Context, query recording.Query, span span, most int, left *room) ([]recording.Recording, error) {
	statement, args, err := pageStatement(query, span, most)
	if err != nil {
		return nil, err
	}
	return s.recordingsOf(ctx, statement, args, left)
}

// recordingsOf reads the recordings that a statement selects, as far as there is room for them.
func (s *Store) recordingsOf(ctx context.Context, statement string, args []any, left *room) ([]recording.Recording, error) {
	rows, err := s.db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	return scanRecordings(rows, left)
}

// pageStatement reads the first recordings of a query that are within a span.
func pageStatement(query recording.Query, span span, most int) (string, []any, error) {
	var c conditions
	c.within(span)
	if err := c.filter(query.Filter); err != nil {
		return "", nil, err
	}
	order, err := c.after(query)
	if err != nil {
		return "", nil, err
	}
	statement := selectRecording(false, "recorded_requests") + c.where() + order + " LIMIT " + c.bind(most)
	return statement, c.args, nil
}

// after adds the condition that recordings are behind the cursor of a query, and returns the order of its pages.
func (c *conditions) after(query recording.Query) (order string, err error) {
	order, beyond, bound := " ORDER BY timestamp DESC, id DESC", "<", "<="
	if query.Ascending {
		order, beyond, bound = " ORDER BY timestamp, id", ">", ">="
	}
	if query.Cursor == "" {
		return order, nil
	}
	cursor, err := recording.ParseCursor(query.Cursor)
	if err != nil {
		return "", err
	}
	at := c.bind(cursor.Timestamp)
	// The bound on the time alone is what the planner leaves partitions out by.
	c.add("timestamp %s %s AND (timestamp, id) %s (%s, %s)", bound, at, beyond, at, c.bind(cursor.ID))
	return order, nil
}

// Get returns one recording whole; api.ErrNotFound where there is none.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (recording.Recording, error) {
	statement := selectRecording(true, "recorded_requests") + " WHERE id = $1"
	r, err := recording.Recording{}, sql.ErrNoRows
	// The id says when: that leaves out most partitions. Where the clock was wrong, all are looked through.
	if made, ok := recording.MadeAt(id); ok {
		r, err = scanRecording(s.db.QueryRowContext(ctx, statement+" AND timestamp BETWEEN $2 AND $3 LIMIT 1",
			id, made.Add(-longestExchange), made.Add(clockSlack)))
	}
	if errors.Is(err, sql.ErrNoRows) {
		r, err = scanRecording(s.db.QueryRowContext(ctx, statement+" LIMIT 1", id))
	}
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("recording %s: %w", id, api.ErrNotFound)
	}
	if err == nil {
		r.Messages, err = s.messages(ctx, r.Timestamp, id)
	}
	return r, wrap(err)
}

const selectMessages = `SELECT direction, offset_ms, kind, body, body_binary, body_size, body_truncated, body_redacted, body_decoded FROM recorded_messages`

func (s *Store) messages(ctx context.Context, at time.Time, id uuid.UUID) ([]recording.Message, error) {
	rows, err := s.db.QueryContext(ctx, selectMessages+" WHERE timestamp = $1 AND recording_id = $2 ORDER BY sequence", at, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var messages []recording.Message
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	return messages, rows.Err()
}

// scanMessage reads what selectMessages selects, after columns that were put before.
func scanMessage(row interface{ Scan(...any) error }, before ...any) (recording.Message, error) {
	var m recording.Message
	body := (*content)(&m.Body.Content)
	err := row.Scan(append(before, &m.Direction, &m.OffsetMS, &m.Kind, body, body, &m.Body.Size, &m.Body.Truncated, &m.Body.Redacted, &m.Body.Decoded)...)
	return m, err
}

// scanRecordings reads rows, all or until there is no room left, and closes them.
func scanRecordings(rows *sql.Rows, left *room) ([]recording.Recording, error) {
	defer rows.Close()
	var all []recording.Recording
	for *left > 0 && rows.Next() {
		r, err := scanRecording(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
		left.take(&r)
	}
	return all, rows.Err()
}
