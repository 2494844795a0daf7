package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// selectRecording reads recordings from a table or a subquery, with their bodies or with null in the place of those.
func selectRecording(bodies bool, from string) string {
	if bodies {
		return fmt.Sprintf(recordingColumnsOf, "body, body_binary", "response_body, response_body_binary", from)
	}
	return fmt.Sprintf(recordingColumnsOf, "NULL::text, NULL::bytea", "NULL::text, NULL::bytea", from)
}

const recordingColumnsOf = `SELECT id, timestamp, coalesce(trace_id, ''), coalesce(span_id, ''), protocol, gateway, instance, consumer, client_ip,
	method, scheme, host, path, coalesce(target, ''), target_redacted, route, operation, http_version, query_params, headers, coalesce(header_form, ''),
	%s, body_size, body_truncated, body_redacted, body_decoded,
	response_status, response_headers, coalesce(response_header_form, ''), response_trailers,
	%s, response_body_size, response_body_truncated, response_body_redacted, response_body_decoded,
	grpc_status, websocket_close, response_time_ms, upstream_time_ms, first_byte_ms, injected_delay_ms,
	scenario_mode, scenario_version, rule, faults, failure, coalesce(failed_by, ''), coalesce(failure_kind, ''), mock_matched, plugin_executed, tags
	FROM %s`

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
	var text sql.NullString
	var binary []byte
	err := row.Scan(append(before, &m.Direction, &m.OffsetMS, &m.Kind, &text, &binary, &m.Body.Size, &m.Body.Truncated, &m.Body.Redacted, &m.Body.Decoded)...)
	m.Body.Content = content(text, binary)
	return m, err
}

func content(text sql.NullString, binary []byte) []byte {
	if text.Valid {
		return []byte(text.String)
	}
	return binary
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

func scanRecording(row interface{ Scan(...any) error }) (recording.Recording, error) {
	var r recording.Recording
	var body, responseBody sql.NullString
	var bodyBinary, responseBodyBinary, query, headers, responseHeaders, trailers, faults []byte
	var plugins, tags pq.StringArray
	var target string
	err := row.Scan(&r.ID, &r.Timestamp, &r.TraceID, &r.SpanID, &r.Protocol, &r.Gateway, &r.Instance, &r.Consumer, &r.ClientIP,
		&r.Method, &r.Scheme, &r.Host, &r.Path, &target, &r.TargetRedacted, &r.Route, &r.Operation, &r.HTTPVersion, &query, &headers, &r.HeaderForm,
		&body, &bodyBinary, &r.Body.Size, &r.Body.Truncated, &r.Body.Redacted, &r.Body.Decoded,
		&r.ResponseStatus, &responseHeaders, &r.ResponseHeaderForm, &trailers,
		&responseBody, &responseBodyBinary, &r.ResponseBody.Size, &r.ResponseBody.Truncated, &r.ResponseBody.Redacted, &r.ResponseBody.Decoded,
		&r.GRPCStatus, &r.WebSocketClose, &r.ResponseTimeMS, &r.UpstreamTimeMS, &r.FirstByteMS, &r.InjectedDelayMS,
		&r.ScenarioMode, &r.ScenarioVersion, &r.Rule, &faults, &r.Failure, &r.FailedBy, &r.FailureKind, &r.MockMatched, &plugins, &tags)
	if err != nil {
		return r, err
	}
	if err := r.Target.UnmarshalText([]byte(target)); err != nil {
		return r, fmt.Errorf("recording %s cannot be read: %w", r.ID, err)
	}
	if err := r.CheckForms(); err != nil {
		return r, fmt.Errorf("recording %s cannot be read: %w", r.ID, err)
	}
	r.Timestamp = r.Timestamp.UTC()
	r.Body.Content, r.ResponseBody.Content = content(body, bodyBinary), content(responseBody, responseBodyBinary)
	if len(plugins) > 0 {
		r.PluginExecuted = plugins
	}
	if len(tags) > 0 {
		r.Tags = tags
	}
	for _, document := range []struct {
		text []byte
		into any
	}{{query, &r.QueryParams}, {headers, &r.Headers}, {responseHeaders, &r.ResponseHeaders}, {trailers, &r.ResponseTrailers}, {faults, &r.Faults}} {
		if document.text == nil {
			continue
		}
		if err := json.Unmarshal(document.text, document.into); err != nil {
			return r, fmt.Errorf("recording %s cannot be read: %w", r.ID, err)
		}
	}
	return r, nil
}
