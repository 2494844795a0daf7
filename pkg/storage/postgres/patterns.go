package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/textproto"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// maxStoredPatterns bounds the answer of Stored.
const maxStoredPatterns = 1000

// selectOutline is selectRecording without what analysis has no use for. In place of a request's body there is its hash,
// unless it is a large one.
const selectOutline = `SELECT CASE WHEN body_size BETWEEN 1 AND 65536 THEN md5(coalesce(convert_to(body, 'UTF8'), body_binary)) ELSE '' END AS body_hash, id, timestamp, protocol, gateway, consumer, client_ip, method, path, route, operation, query_params,
	response_status, grpc_status, websocket_close, response_time_ms, faults, failure, coalesce(failed_by, '') FROM recorded_requests`

// Detect analyses the newest recordings of a filter, and stores what it finds: a finding of an earlier analysis takes its
// new figures, and keeps the time when it was first seen. See api.Patterns.
func (s *Store) Detect(ctx context.Context, filter recording.Filter) (api.PatternReport, error) {
	if err := filter.Validate(); err != nil {
		return api.PatternReport{}, err
	}
	var report api.PatternReport
	err := s.analysing.Do(ctx, func() error {
		found, err := analysis.DetectNewest(ctx, func(limit int) iter.Seq2[recording.Recording, error] { return s.outlines(ctx, filter, limit) })
		report = api.PatternReport{Patterns: found.Patterns, Analysed: found.Analysed, Truncated: found.Truncated}
		return err
	})
	if err != nil {
		return api.PatternReport{}, wrap(err)
	}
	err = s.storePatterns(ctx, report.Patterns)
	if pq.As(err, pqerror.InsufficientPrivilege, pqerror.ReadOnlySQLTransaction) != nil {
		// A database user who may only read is answered all the same.
		s.logger.WarnContext(ctx, "patterns are found but not kept, since the database user may not write", "error", err)
		err = nil
	}
	return report, wrap(err)
}

// outlines gives the newest recordings of a filter, oldest first, as far as analysis needs them. Replays are left out.
func (s *Store) outlines(ctx context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		var c conditions
		if err := c.filter(filter); err != nil {
			yield(recording.Recording{}, err)
			return
		}
		c.add("NOT coalesce(headers ? %s, false)", c.bind(textproto.CanonicalMIMEHeaderKey(replay.Header)))
		statement := "SELECT * FROM (" + selectOutline + c.where() + " ORDER BY timestamp DESC, id DESC LIMIT " + c.bind(limit) + ") AS newest ORDER BY timestamp, id"
		rows, err := s.db.QueryContext(ctx, statement, c.args...)
		if err != nil {
			yield(recording.Recording{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanOutline(rows)
			if !yield(r, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(recording.Recording{}, err)
		}
	}
}

func scanOutline(row interface{ Scan(...any) error }) (recording.Recording, error) {
	var r recording.Recording
	var query, faults []byte
	var body sql.NullString
	err := row.Scan(&body, &r.ID, &r.Timestamp, &r.Protocol, &r.Gateway, &r.Consumer, &r.ClientIP, &r.Method, &r.Path, &r.Route, &r.Operation, &query,
		&r.ResponseStatus, &r.GRPCStatus, &r.WebSocketClose, &r.ResponseTimeMS, &faults, &r.Failure, &r.FailedBy)
	if err != nil {
		return r, err
	}
	r.Timestamp = r.Timestamp.UTC()
	if body.String != "" {
		r.Body.Content = []byte(body.String)
	}
	for _, document := range []struct {
		text []byte
		into any
	}{{query, &r.QueryParams}, {faults, &r.Faults}} {
		if document.text == nil {
			continue
		}
		if err := json.Unmarshal(document.text, document.into); err != nil {
			return r, fmt.Errorf("recording %s cannot be read: %w", r.ID, err)
		}
	}
	return r, nil
}

func (s *Store) storePatterns(ctx context.Context, patterns []analysis.Pattern) error {
	return s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		for _, p := range analysis.InOrderOfID(patterns) {
			related, err := json.Marshal(p.RelatedRequests)
			if err != nil {
				return err
			}
			metadata, err := json.Marshal(p.Metadata)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO behavior_patterns (pattern_id, pattern_type, description, first_seen, last_seen, occurrence_count,
					confidence, related_requests, metadata)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
				ON CONFLICT (pattern_id) DO UPDATE SET description = excluded.description, first_seen = least(behavior_patterns.first_seen, excluded.first_seen),
					last_seen = greatest(behavior_patterns.last_seen, excluded.last_seen), occurrence_count = excluded.occurrence_count,
					confidence = excluded.confidence, related_requests = excluded.related_requests, metadata = excluded.metadata, detected_at = now()`,
				p.ID, string(p.Type), storable(p.Description), p.FirstSeen.UTC(), p.LastSeen.UTC(), p.OccurrenceCount, recording.Finite(p.Confidence), string(related), string(metadata))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Stored gives what earlier analyses found. See api.Patterns.
func (s *Store) Stored(ctx context.Context, filter recording.Filter) (api.PatternReport, error) {
	report := api.PatternReport{Patterns: []analysis.Pattern{}}
	if err := errors.Join(filter.Validate(), api.StoredPatternConditions.Check(&filter)); err != nil {
		return report, err
	}
	var c conditions
	if filter.From != nil {
		c.add("last_seen >= %s", c.bind(filter.From.UTC()))
	}
	if filter.To != nil {
		c.add("first_seen <= %s", c.bind(filter.To.UTC()))
	}
	for _, list := range []struct {
		key    string
		values []string
	}{{"gateways", filter.Gateways}, {"routes", filter.Routes}} {
		if len(list.values) > 0 {
			c.add("metadata -> '"+list.key+"' ?| %s", c.bind(pq.Array(list.values)))
		}
	}
	if len(filter.Consumers) > 0 {
		c.add("metadata ->> 'consumer' = ANY(%s)", c.bind(pq.Array(filter.Consumers)))
	}
	rows, err := s.db.QueryContext(ctx, `SELECT pattern_id, pattern_type, description, first_seen, last_seen, occurrence_count, confidence, related_requests, metadata
		FROM behavior_patterns`+c.where()+` ORDER BY CASE pattern_type WHEN 'sequence' THEN 0 WHEN 'frequency' THEN 1 ELSE 2 END, occurrence_count DESC, pattern_id
		LIMIT `+c.bind(maxStoredPatterns), c.args...)
	if err != nil {
		return report, wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p analysis.Pattern
		var related, metadata []byte
		if err := rows.Scan(&p.ID, &p.Type, &p.Description, &p.FirstSeen, &p.LastSeen, &p.OccurrenceCount, &p.Confidence, &related, &metadata); err != nil {
			return report, wrap(err)
		}
		if err := errors.Join(json.Unmarshal(related, &p.RelatedRequests), json.Unmarshal(metadata, &p.Metadata)); err != nil {
			return report, fmt.Errorf("pattern %s cannot be read: %w", p.ID, err)
		}
		p.FirstSeen, p.LastSeen = p.FirstSeen.UTC(), p.LastSeen.UTC()
		report.Patterns = append(report.Patterns, p)
	}
	return report, wrap(rows.Err())
}
