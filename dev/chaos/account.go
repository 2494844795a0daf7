package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// account is what became of the exchanges of a load.
type account struct {
	attempted, answered int
	// stored is how many of those that were attempted are in the database, once or more, twice how many are more than once.
	stored, twice int
	// dropped is how many recordings the Collector says that were lost.
	dropped int
	// missing were answered and are not stored.
	missing []string
}

// accountFor holds what was sent and answered against how often each id is stored, and how many were counted as dropped.
func accountFor(attempted int, answered []string, stored map[string]int, dropped int) account {
	a := account{attempted: attempted, answered: len(answered), stored: len(stored), dropped: dropped}
	for _, times := range stored {
		if times > 1 {
			a.twice++
		}
	}
	for _, id := range answered {
		if stored[id] == 0 {
			a.missing = append(a.missing, id)
		}
	}
	return a
}

// unaccounted returns how many exchanges were answered, and are neither stored nor counted as dropped.
func (a account) unaccounted() int { return max(0, len(a.missing)-a.dropped) }

// exact reports whether each exchange that was answered is stored once, or counted, and none is counted that is stored.
func (a account) exact() bool {
	return a.unaccounted() == 0 && a.twice == 0 && a.stored+a.dropped <= a.attempted
}

func (a account) String() string {
	return fmt.Sprintf("%d answered, %d stored, %d dropped and counted, %d unaccounted for, %d twice", a.answered, a.stored, a.dropped, a.unaccounted(), a.twice)
}

const (
	// settleLimit is how long what waits on disk may take to be stored, on a busy machine.
	settleLimit = 75 * time.Second
	// restLimit is how long nothing changes until nothing more is waited for.
	restLimit = 8 * time.Second
)

// settle waits until the account of a load is exact, and notes it; where it never is, the promise is broken.
func (s *stage) settle(ctx context.Context, c *collector, d *database, l *load) account {
	var a account
	changed := time.Now()
	_ = probe.Until(ctx, settleLimit, func() bool {
		now, waiting, err := s.accountNow(ctx, c, d, l)
		if err != nil {
			return false
		}
		if waiting > 0 || now.stored != a.stored || now.dropped != a.dropped {
			changed = time.Now()
		}
		a = now
		return a.exact() || time.Since(changed) > restLimit
	})
	s.promise(a.exact(), "%s", a)
	if a.dropped > 0 || a.unaccounted() > 0 {
		s.lost = fmt.Sprintf("%d counted, %d not", a.dropped, a.unaccounted())
	}
	return a
}

// accountNow returns the account of a load, and how much waits to be stored in memory and on disk.
func (s *stage) accountNow(ctx context.Context, c *collector, d *database, l *load) (a account, waiting float64, err error) {
	stored, err := d.stored(ctx, l.name)
	if err != nil {
		return a, 0, err
	}
	var figures [3]float64
	for i, name := range []string{"mockforge_recorder_dropped_total", "mockforge_recorder_queue_length", "mockforge_recorder_spooled_bytes"} {
		if figures[i], err = probe.Metric(ctx, c.metrics, name); err != nil {
			return a, 0, err
		}
	}
	return accountFor(l.attempted(), l.answered(), stored, int(figures[0])), figures[1] + figures[2], nil
}
