package postgres

import (
	"context"
	"database/sql"
	"errors"
)

// tendedStatement asks for less than a minute, so that one that is alone does its work each minute. What is rolled up ends traffic.Settle and up to ten seconds before the work.
const tendedStatement = "SELECT coalesce(rolled_to > clock_timestamp() - interval '80 seconds', false) FROM traffic_kept WHERE seconds = 10"

// Tended reports whether any instance has rolled traffic up within most of a minute: it has indexed recordings before. Otherwise each
// of a fleet would look every minute, with a dozen statements, for what one of them has done.
func (s *Store) Tended(ctx context.Context) (bool, error) {
	if s.given {
		return false, nil // By which clock others do it is not known.
	}
	var tended bool
	err := s.often(ctx, &s.tendings, tendedStatement).Scan(&tended)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return tended, wrap(err)
}
