package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// span is a part of the time that a query is of: from on, before to; zero is without a bound.
type span struct {
	from, to time.Time
	// unindexed reports whether it is newer than every index for searching.
	unindexed bool
}

func (c *conditions) within(s span) {
	c.unindexed = s.unindexed
	if !s.from.IsZero() {
		c.add("timestamp >= %s", c.bind(s.from))
	}
	if !s.to.IsZero() {
		c.add("timestamp < %s", c.bind(s.to))
	}
}

// spans returns the parts of time that are queried one after another until the page is full. PostgreSQL uses the index of a
// slice only for a query that is within the slice, so that each has a query of its own, and so has what lies between and
// around. Together they are all of the time, with any set of slices. What no such index helps is one span.
func (s *Store) spans(ctx context.Context, query recording.Query) ([]span, error) {
	if (query.Text == "" && len(query.Headers) == 0) || query.TraceID != "" {
		return []span{{}}, nil
	}
	indexed, err := s.searchSlices(ctx)
	if err != nil {
		return nil, err
	}
	low, high, err := bounds(query)
	if err != nil {
		return nil, err
	}
	var all []span
	var last time.Time
	for _, slice := range indexed {
		if slice.from.After(last) {
			all = append(all, span{from: last, to: slice.from})
		}
		all = append(all, span{from: slice.from, to: slice.to})
		last = slice.to
	}
	all = append(all, span{from: last, unindexed: len(indexed) > 0})
	all = slices.DeleteFunc(all, func(s span) bool {
		return (low != nil && !s.to.IsZero() && !s.to.After(*low)) || (high != nil && s.from.After(*high))
	})
	if !query.Ascending {
		slices.Reverse(all)
	}
	return all, nil
}

// matching returns a subquery of columns of the recordings of a filter, with its parameters in c: all spans as one, since each
// of them is planned by itself. What is sorted and limited outside is read in that order where it can be.
func (s *Store) matching(ctx context.Context, c *conditions, columns string, filter recording.Filter) (string, error) {
	spans, err := s.spans(ctx, recording.Query{Filter: filter, Ascending: true})
	if err != nil {
		return "", err
	}
	parts := make([]string, len(spans))
	for i, span := range spans {
		part := conditions{args: c.args}
		part.within(span)
		if err := part.filter(filter); err != nil {
			return "", err
		}
		c.args = part.args
		parts[i] = "SELECT " + columns + " FROM recorded_requests" + part.where()
	}
	return "(" + strings.Join(parts, " UNION ALL ") + ") AS matching", nil
}

// bounds returns the earliest and latest time that the page can have, both included; nil is without.
func bounds(query recording.Query) (low, high *time.Time, err error) {
	low, high = query.From, query.To
	if query.Cursor == "" {
		return low, high, nil
	}
	cursor, err := recording.ParseCursor(query.Cursor)
	if err != nil {
		return nil, nil, err
	}
	switch at := &cursor.Timestamp; {
	case query.Ascending && (low == nil || at.After(*low)):
		low = at
	case !query.Ascending && (high == nil || at.Before(*high)):
		high = at
	}
	return low, high, nil
}
