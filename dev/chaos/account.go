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

// unaccounted is how many exchanges were answered, and are neither stored nor counted as dropped.
func (a account) unaccounted() int { return max(0, len(a.missing)-a.dropped) }

// exact is whether each exchange that was answered is stored once, or counted, and none is counted that is stored.
func (a account) exact() bool {
	return a.unaccounted() == 0 && a.twice == 0 && a.stored+a.dropped <= a.attempted
}

func (a account) String() string {
	return fmt.Sprintf("%d answered, %d stored, %d dropped and counted, %d unaccounted for, %d twice", a.answered, a.stored, a.dropped, a.unaccounted(), a.twice)
}

// settleLimit is how long what waits on disk may take to be stored, on a busy machine.
const settleLimit = 75 * time.Second

// settle waits until the account of a load is exact, and notes it; where it never is, the promise is broken.
func (s *stage) settle(ctx context.Context, c *collector, d *database, l *load) account {
	var a account
	_ = probe.Until(ctx, settleLimit, func() bool {
		stored, err := d.stored(ctx, l.name)
		if err != nil {
			return false
		}
		dropped, err := probe.Metric(ctx, c.metrics, "mockforge_recorder_dropped_total")
		if err != nil {
			return false
		}
		a = accountFor(l.attempted(), l.answered(), stored, int(dropped))
		return a.exact()
	})
	s.promise(a.exact(), "%s", a)
	if a.dropped > 0 || a.unaccounted() > 0 {
		s.lost = fmt.Sprintf("%d counted, %d not", a.dropped, a.unaccounted())
	}
	return a
}
