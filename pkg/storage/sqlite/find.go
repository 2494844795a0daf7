package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// An index that is not in the order of pages gives all that matches, which is then sorted. That is quick for what is rare, and slow for
// what every hundredth recording has, of which the newest page is met soon by looking at one recording after another. So that is done
// first, for a while. The rest is searched stretch by stretch, where that is by numbers.
type effort struct {
	// walk recordings are looked at in the order of the page where the index by time has all that a filter is about, and fewer where
	// each has to be read, or to be searched for a text.
	walk, walkRead, walkText int
	// stretch is of about how many recordings the first is.
	stretch int64
}

var usualEffort = effort{walk: 20_000, walkRead: 4000, walkText: 1000, stretch: 20_000}

// find returns the numbers of the first recordings of a valid query, in its order and behind its cursor.
func (e effort) find(ctx context.Context, q queryer, query recording.Query, limit int) ([]int64, error) {
	index, ordered := indexFor(&query.Filter)
	if ordered {
		return numbersOf(ctx, q, query, bounds{}, index, false, limit)
	}
	end, err := behind(ctx, q, query, e.steps(&query.Filter))
	if errors.Is(err, sql.ErrNoRows) { // There are no more than these.
		return numbersOf(ctx, q, query, bounds{}, byTime, true, limit)
	}
	if err != nil {
		return nil, err
	}
	found, err := numbersOf(ctx, q, query, bounds{before: &end}, byTime, true, limit)
	if err != nil || len(found) == limit {
		return found, err
	}
	rest := bounds{from: &end}
	if index != byNumber {
		all, err := numbersOf(ctx, q, query, rest, index, false, limit-len(found))
		return append(found, all...), err
	}
	if query.Ascending {
		query.From = &end.Timestamp
	} else {
		query.To = &end.Timestamp
	}
	stretches, err := stretchesOf(ctx, q, query, e.stretch)
	if err != nil {
		return nil, err
	}
	for _, one := range stretches {
		query.From, query.To, rest.numbers = one.from, one.to, &one.numbers
		more, err := numbersOf(ctx, q, query, rest, index, false, limit-len(found))
		if found = append(found, more...); err != nil || len(found) == limit {
			return found, err
		}
	}
	return found, nil
}

// bounds are parts of a query: what comes before a recording in its order, what comes from it on, and which numbers that can have; nil
// bounds nothing.
type bounds struct {
	before, from *recording.Cursor
	numbers      *numbers
}

// order returns the order of a query, and what is behind and in front of a place in it.
func order(query recording.Query) (by, behind, front string) {
	if query.Ascending {
		return " ORDER BY timestamp, id", ">", "<"
	}
	return " ORDER BY timestamp DESC, id DESC", "<", ">"
}

// page adds a filter, that recordings are of the part of a query, and behind its cursor.
func (c *conditions) page(query recording.Query, filter recording.Filter, part bounds) error {
	_, behind, front := order(query)
	const place = "(timestamp, id) "
	// SQLite has one bound of time on either side for its index, and need not choose the nearest: there is no other.
	within := func(relation string, at *recording.Cursor) {
		if relation == "<" && (filter.To == nil || at.Timestamp.Before(*filter.To)) {
			filter.To = &at.Timestamp
		}
		if relation == ">" && (filter.From == nil || at.Timestamp.After(*filter.From)) {
			filter.From = &at.Timestamp
		}
	}
	var places conditions
	add := func(relation, orEqual string, at *recording.Cursor) {
		within(relation, at)
		places.add(place+relation+orEqual+" (?, ?)", at.Timestamp.UnixMicro(), at.ID[:])
	}
	if query.Cursor != "" {
		cursor, err := recording.ParseCursor(query.Cursor)
		if err != nil {
			return err
		}
		add(behind, "", &cursor)
	}
	if part.before != nil {
		add(front, "", part.before)
	}
	if part.from != nil {
		add(behind, "=", part.from)
	}
	if err := c.filter(filter); err != nil {
		return err
	}
	for i, clause := range places.clauses {
		c.add(clause, places.args[2*i:2*i+2]...)
	}
	return nil
}

// numbersOf returns the first recordings of a part of a query, found by an index.
func numbersOf(ctx context.Context, q queryer, query recording.Query, part bounds, index string, walking bool, limit int) (numbers []int64, err error) {
	c := conditions{walking: walking, numbers: part.numbers}
	if err := c.page(query, query.Filter, part); err != nil {
		return nil, err
	}
	by, _, _ := order(query)
	rows, err := q.QueryContext(ctx, "SELECT number FROM recordings "+index+c.where()+by+" LIMIT ?", append(c.args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		numbers = append(numbers, number)
	}
	return numbers, rows.Err()
}

// behind returns the first recording behind the next so many of the time range of a query; sql.ErrNoRows where there is none.
func behind(ctx context.Context, q queryer, query recording.Query, steps int) (end recording.Cursor, err error) {
	var c conditions
	if err := c.page(query, recording.Filter{From: query.From, To: query.To}, bounds{}); err != nil {
		return end, err
	}
	by, _, _ := order(query)
	err = q.QueryRowContext(ctx, "SELECT timestamp, id FROM recordings "+byTime+c.where()+by+" LIMIT 1 OFFSET ?", append(c.args, steps)...).
		Scan((*microseconds)(&end.Timestamp), &end.ID)
	return end, err
}

// steps returns how many recordings are looked at first.
func (e effort) steps(f *recording.Filter) int {
	reads := func(f *recording.Filter) bool {
		return len(f.Headers) > 0 || f.TraceID != "" || pathpattern.HasWildcards(f.Path)
	}
	switch {
	case f.Text != "" || f.Not != nil && f.Not.Text != "":
		return e.walkText
	case reads(f) || f.Not != nil && reads(f.Not):
		return e.walkRead
	}
	return e.walk
}

const (
	byTime = "INDEXED BY recordings_time"
	// byNumber leaves it to the indexes for searching.
	byNumber = "NOT INDEXED"
)

func indexOf(name string) string { return "INDEXED BY recordings_" + name }

// indexFor returns how the recordings of a filter are found where it is not by looking at one after another, and whether that gives them
// in the order of pages. SQLite chooses by how many values there are on average; what is rare among them, as filters often are, is
// known here.
func indexFor(f *recording.Filter) (index string, ordered bool) {
	var c conditions
	if c.filter(*f) != nil {
		return byTime, true // Whoever asks for it by that is refused.
	}
	one := func(values []string) bool { return len(values) == 1 }
	for _, way := range []struct {
		applies bool
		index   string
		ordered bool
	}{
		{f.TraceID != "", "trace", true}, // which few have
		{c.searched, "", false},
		{implied("rule", f.Rules) != "" && len(f.Rules) > 0, "rule", one(f.Rules)},
		{len(f.Tags) > 0, "tagged", true},
		{len(f.Faults) > 0 || f.Injected != nil && *f.Injected, "injected", true},
		{f.Failures != nil && *f.Failures || len(f.FailedBy)+len(f.FailureKinds) > 0, "failures", true},
		{isSlow(f.MinDurationMS), "slow", true},
		{len(f.Routes) > 0, "route", one(f.Routes)},
		{len(f.Consumers) > 0, "consumer", one(f.Consumers)},
		{rare(f.Statuses), "status", false},
		{len(f.Methods) > 0 && !slices.Contains(f.Methods, "GET"), "method", one(f.Methods)},
		{len(f.Gateways) > 0, "gateway", one(f.Gateways)},
		{len(f.Methods) > 0, "method", one(f.Methods)},
		{len(f.Protocols) > 0 && implied("protocol", textsOf(f.Protocols)) != "", "protocol", len(f.Protocols) == 1},
		{len(f.Modes) > 0 && implied("scenario_mode", f.Modes) != "", "mode", one(f.Modes)},
		{true, "time", true},
	} {
		if !way.applies {
			continue
		}
		if way.index == "" {
			return byNumber, false
		}
		return indexOf(way.index), way.ordered
	}
	return byTime, true
}

// rare reports whether statuses leave out successes.
func rare(statuses []string) bool {
	for _, status := range statuses {
		r, err := recording.ParseStatus(status)
		if err != nil || strings.TrimSpace(status) == "" || r.From < 300 && r.To >= 200 {
			return false
		}
	}
	return len(statuses) > 0
}
