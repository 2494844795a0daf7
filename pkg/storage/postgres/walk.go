package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// An index of trigrams or of lists knows nothing of time: it gives all that matches, which is then sorted. That is quick for
// what is rare, and slow for what every hundredth recording has, of which the newest page is met soon by looking at one
// recording after another.
const (
	// walkSteps recordings are looked at in the order of the page before anything else, a quarter of them where a text is
	// looked for in bodies, which takes more of each.
	walkSteps = 4000
	// walkSample is how many times as many are looked at next where some of them match, and walkMost how many times as many
	// in all where that is likely to fill the page.
	walkSample = 4
	walkMost   = 25
)

// walks returns how many recordings a query looks at first, 0 where its indexes are in the order of pages.
func (s *Store) walks(query recording.Query) int {
	switch {
	case query.TraceID != "":
		return 0
	case query.Text != "":
		return s.walkSteps / 4
	case query.Path != "" || len(query.Faults) > 0 || len(query.Headers) > 0:
		return s.walkSteps
	}
	return 0
}

// walk reads the beginning of a page in its order, and moves the cursor of the query behind what it has looked at. It goes
// on while that is likely to fill the page; over reports whether nothing is left behind it.
func (s *Store) walk(ctx context.Context, query *recording.Query, missing int, left *room) (found []recording.Recording, over bool, err error) {
	first := s.walks(*query)
	for steps, walked := first, 0; steps > 0; {
		met, err := s.step(ctx, *query, steps, missing-len(found), left)
		if err != nil {
			return nil, false, err
		}
		if found = append(found, met...); len(found) == missing || *left <= 0 {
			break
		}
		end, err := s.behind(ctx, *query, steps)
		if errors.Is(err, sql.ErrNoRows) {
			return found, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		query.Cursor = end.String()
		if walked += steps; len(found) == 0 {
			break
		}
		steps = (missing - len(found)) * walked / len(found) * 5 / 4
		switch {
		case walked == first: // Few are a poor measure.
			steps = min(steps, walkSample*first)
		case walked+steps > walkMost*first:
			steps = 0
		}
	}
	return found, false, nil
}

// step reads what matches among the next so many recordings.
func (s *Store) step(ctx context.Context, query recording.Query, steps, most int, left *room) ([]recording.Recording, error) {
	statement, args, err := stepStatement(query, steps, most)
	if err != nil {
		return nil, err
	}
	return s.recordingsOf(ctx, statement, args, left)
}

func stepStatement(query recording.Query, steps, most int) (string, []any, error) {
	var c conditions
	next, order, err := c.next(query, "*", steps)
	if err != nil {
		return "", nil, err
	}
	matching := conditions{args: c.args, unindexed: true}
	if err := matching.filter(query.Filter); err != nil {
		return "", nil, err
	}
	statement := selectRecording(false, "("+next+") AS next") +
		matching.where() + order + " LIMIT " + matching.bind(most)
	return statement, matching.args, nil
}

// behind returns the last of the next so many recordings.
func (s *Store) behind(ctx context.Context, query recording.Query, steps int) (end recording.Cursor, err error) {
	var c conditions
	next, _, err := c.next(query, "timestamp, id", 1)
	if err != nil {
		return end, err
	}
	err = s.db.QueryRowContext(ctx, next+" OFFSET "+c.bind(steps-1), c.args...).Scan(&end.Timestamp, &end.ID)
	return end, err
}

// next returns a statement for the next recordings of the time range of a query, and their order.
func (c *conditions) next(query recording.Query, columns string, limit int) (statement, order string, err error) {
	if err := c.filter(recording.Filter{From: query.From, To: query.To}); err != nil {
		return "", "", err
	}
	order, err = c.after(query)
	return "SELECT " + columns + " FROM recorded_requests" + c.where() + order + " LIMIT " + c.bind(limit), order, err
}
