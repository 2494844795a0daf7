package scenario

import "time"

// schedule is a compiled When.
type schedule struct {
	every, first, burst, of uint64
	counted                 *counted
	on, window, ramp        time.Duration
}

// newSchedule needs a valid w or nil, and returns nil where w has no condition.
func newSchedule(w *When, counts *counts, salt uint64) *schedule {
	if w == nil || *w == (When{Per: w.Per}) {
		return nil
	}
	s := &schedule{
		every: whole(w.Every), first: whole(w.First), burst: whole(w.BurstLength), of: whole(w.BurstOf),
		on: milli(w.WindowOnMS), window: milli(w.WindowOfMS), ramp: milli(w.RampMS),
	}
	if w.counts() {
		s.counted = newCounted(w.Per, counts, salt)
	}
	return s
}

// timed reports whether s needs to know the time.
func (s *schedule) timed() bool { return s != nil && (s.window > 0 || s.ramp > 0) }

// holds counts x. It reports whether the fault is on for it, and returns the part of its share that is withheld.
func (s *schedule) holds(x *Exchange, elapsed time.Duration) (on bool, withheld float64) {
	if s == nil {
		return true, 0
	}
	on = s.window == 0 || elapsed%s.window < s.on
	if s.counted != nil {
		n := s.counted.cell(x).Add(1)
		on = on && (s.every == 0 || n%s.every == 0) && (s.first == 0 || n <= s.first) && (s.of == 0 || (n-1)%s.of < s.burst)
	}
	if elapsed < s.ramp {
		withheld = 1 - float64(elapsed)/float64(s.ramp)
	}
	return on, withheld
}

func whole(v *int) uint64 {
	if v == nil {
		return 0
	}
	return uint64(*v)
}

func milli(v *int) time.Duration {
	if v == nil {
		return 0
	}
	return time.Duration(*v) * time.Millisecond
}
