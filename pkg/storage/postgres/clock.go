package postgres

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// leastSkew is how far the clock of this machine may be off before it is corrected: less is no matter.
	leastSkew = time.Second
	// noticedSkew is how far it may be off before it is said.
	noticedSkew = time.Minute
	// agreement is how long a skew that was measured is taken for the present one.
	agreement = time.Minute
)

// clock returns the time by which all agree: that of the database, unless Options has another.
func (s *Store) clock(ctx context.Context) (time.Time, error) {
	if s.given {
		return s.now(), nil
	}
	var now time.Time
	before := s.local()
	if err := s.db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		return now, err
	}
	after := s.local()
	s.skew.Store(int64(before.Add(after.Sub(before) / 2).Sub(now)))
	s.agreed.Store(after.UnixNano())
	return now, nil
}

// agree measures the skew where that is due. Where it fails, what follows will fail too, or go by the last one.
func (s *Store) agree(ctx context.Context) {
	if age := s.local().UnixNano() - s.agreed.Load(); !s.given && (age < 0 || age > int64(agreement)) {
		s.agreed.Store(s.local().UnixNano()) // Also where it fails: a database that does not answer is waited for once.
		_, _ = s.clock(ctx)
	}
}

// ahead returns how far the clock of this machine is ahead of that of the database, as far as is known; 0 for less than
// leastSkew.
func (s *Store) ahead() time.Duration {
	if skew := time.Duration(s.skew.Load()); skew.Abs() >= leastSkew {
		return skew
	}
	return 0
}

// atDatabase returns the time of the database now, as far as is known.
func (s *Store) atDatabase() time.Time { return s.local().Add(-s.ahead()) }

// shifted has the times of a scenario by a clock that is so far ahead: stored they are by that of the database, and outside of the
// Store by that of this machine, which its expiry is held against.
func shifted(current scenario.Scenario, ahead time.Duration) scenario.Scenario {
	if ahead == 0 {
		return current
	}
	current.SetAt = current.SetAt.Add(ahead)
	if current.ExpiresAt != nil {
		at := current.ExpiresAt.Add(ahead)
		current.ExpiresAt = &at
	}
	return current
}

// noticeSkew says where the clocks differ: recordings are dated by that of this machine.
func (s *Store) noticeSkew(ctx context.Context) {
	if skew := s.ahead(); skew.Abs() >= noticedSkew {
		s.logger.WarnContext(ctx, "the clock of this machine is not that of the database: its recordings and live figures have wrong times. Synchronize them",
			"ahead", skew.Round(time.Second))
	}
}
