package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// maxStoredPatterns bounds the answer of Stored.
const maxStoredPatterns = 1000

// outline is what analysis needs of a recording. The body of a request is left out where it is large.
var outline = func() (selected []column) {
	for _, name := range []string{
		"id", "timestamp", "protocol", "gateway", "consumer", "client_ip", "method", "path", "route", "operation", "query_params", "response_status",
		"grpc_status", "websocket_close", "response_time_ms", "faults", "failure", "failed_by",
	} {
		selected = append(selected, columns[slices.IndexFunc(columns, func(c column) bool { return c.name == name })])
	}
	body := bodyContent("CASE WHEN body_size BETWEEN 1 AND 65536 THEN body END", func(r *recording.Recording) *recording.Body { return &r.Body })
	return append(selected, body)
}()

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
		return api.PatternReport{}, s.wrap(err)
	}
	if err := s.storePatterns(ctx, report.Patterns); err != nil {
		return api.PatternReport{}, s.wrap(err)
	}
	return report, nil
}

// outlines gives the newest recordings of a filter, oldest first, as far as analysis needs them. Replays are left out.
func (s *Store) outlines(ctx context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error] {
	var c conditions
	if err := c.filter(filter); err != nil {
		return func(yield func(recording.Recording, error) bool) { yield(recording.Recording{}, err) }
	}
	c.add("(headers IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(headers) WHERE key = ?))", recording.HeaderName(replay.Header))
	newest := "SELECT number FROM recordings" + c.where() + " ORDER BY timestamp DESC, id DESC LIMIT ?"
	return func(yield func(recording.Recording, error) bool) {
		err := s.query(ctx, "SELECT "+namesOf(outline)+" FROM recordings WHERE number IN ("+newest+") ORDER BY timestamp, id", append(c.args, limit), func(rows *sql.Rows) error {
			for rows.Next() {
				r, err := scanRecording(rows, outline)
				if err != nil {
					return err
				}
				if !yield(r, nil) {
					return errStopped
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(recording.Recording{}, err)
		}
	}
}

// errStopped ends a reading whose reader wants no more.
var errStopped = errors.New("the reader has stopped")

func (s *Store) storePatterns(ctx context.Context, patterns []analysis.Pattern) error {
	return s.inTransaction(ctx, func(tx *sql.Tx) error {
		for _, p := range patterns {
			if _, err := tx.ExecContext(ctx, `INSERT INTO behavior_patterns (pattern_id, pattern_type, description, first_seen, last_seen, occurrence_count,
					confidence, related_requests, metadata)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (pattern_id) DO UPDATE SET description = excluded.description, first_seen = min(first_seen, excluded.first_seen),
					last_seen = max(last_seen, excluded.last_seen), occurrence_count = excluded.occurrence_count,
					confidence = excluded.confidence, related_requests = excluded.related_requests, metadata = excluded.metadata`,
				p.ID, string(p.Type), recording.AsText(p.Description), p.FirstSeen.UnixMicro(), p.LastSeen.UnixMicro(), p.OccurrenceCount,
				recording.Finite(p.Confidence), inJSON(p.RelatedRequests), inJSON(p.Metadata)); err != nil {
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
		c.add("last_seen >= ?", since(filter.From))
	}
	if filter.To != nil {
		c.add("first_seen <= ?", until(filter.To))
	}
	for _, list := range []struct {
		key    string
		values []string
	}{{"gateways", filter.Gateways}, {"routes", filter.Routes}} {
		if len(list.values) > 0 {
			c.add(fmt.Sprintf("EXISTS (SELECT 1 FROM json_each(metadata, '$.%s') WHERE value IN (%s))", list.key, places(len(list.values))), anys(list.values)...)
		}
	}
	if len(filter.Consumers) > 0 {
		c.add("metadata ->> 'consumer' IN ("+places(len(filter.Consumers))+")", anys(filter.Consumers)...)
	}
	err := s.query(ctx, strings.Join([]string{
		"SELECT pattern_id, pattern_type, description, first_seen, last_seen, occurrence_count, confidence, related_requests, metadata FROM behavior_patterns", c.where(),
		" ORDER BY CASE pattern_type WHEN 'sequence' THEN 0 WHEN 'frequency' THEN 1 ELSE 2 END, occurrence_count DESC, pattern_id LIMIT ?",
	}, ""), append(c.args, maxStoredPatterns), func(rows *sql.Rows) error {
		for rows.Next() {
			var p analysis.Pattern
			if err := rows.Scan(&p.ID, &p.Type, &p.Description, (*microseconds)(&p.FirstSeen), (*microseconds)(&p.LastSeen), &p.OccurrenceCount, &p.Confidence,
				document{&p.RelatedRequests}, document{&p.Metadata}); err != nil {
				return fmt.Errorf("a pattern cannot be read: %w", err)
			}
			report.Patterns = append(report.Patterns, p)
		}
		return nil
	})
	return report, err
}
