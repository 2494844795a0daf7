package traffic

import "time"

// Extent is which traffic is kept in one resolution: all of [From, To), of which there may be none.
type Extent struct {
	// From is zero where all that was ever counted is kept.
	From time.Time
	// To is until when traffic was rolled up into this resolution; zero where none was yet. Of what is counted by the second there
	// is no end.
	To time.Time
}

// Kept is what is kept of each resolution, in the order of Resolutions. Where one ends to be kept, the next was rolled up already:
//
//	1s                                    From ──────────▶ now
//	10s               From ─────────────────────────▶ To
//	1m   From ──────────────────────────────────▶ To
type Kept [len(Resolutions)]Extent

// Part is a stretch of time that one resolution answers for.
type Part struct {
	// Level is the index of the resolution.
	Level    int
	From, To time.Time
}

// Step returns the step in which the traffic from a moment on is answered where it is asked for in steps of the given length: in
// these, or in longer ones where what is that old is kept in longer intervals.
func (k Kept) Step(from time.Time, step time.Duration) time.Duration {
	step = roundUp(step, Resolutions[k.finest(from)])
	for {
		longer := roundUp(step, Resolutions[k.finest(from.Truncate(step))])
		if longer == step {
			return step
		}
		step = longer // Its first step may begin earlier, where still less is kept.
	}
}

// finest is the level of the finest resolution that has the traffic of a moment.
func (k Kept) finest(at time.Time) int {
	for level := range coarsest {
		if !at.Before(k[level].From) {
			return level
		}
	}
	return coarsest
}

// Parts divides [from, to) among the resolutions, in order of time and without gaps: the coarsest that makes up the step, as far as it
// was rolled up, then the finer ones. from and step are as Step and Truncate make them. The last part ends later than to where
// nothing fine enough is kept to end there.
func (k Kept) Parts(from, to time.Time, step time.Duration) []Part {
	var parts []Part
	for level := coarsest; level >= 0 && from.Before(to); level-- {
		if step%Resolutions[level] != 0 {
			continue
		}
		end := to
		if level > 0 {
			end = k[level].To
			if end.After(to) {
				end = to.Truncate(Resolutions[level])
				if end.Before(k[level-1].From) {
					end = ceil(to, Resolutions[level])
				}
			}
		}
		if from.Before(end) {
			parts = append(parts, Part{level, from, end})
			from = end
		}
	}
	return parts
}

const (
	// Settle is for how long after its end an interval is waited for before it is rolled up. One that comes later is added to
	// what was rolled up.
	Settle = 30 * time.Second
	// rollSteps is how many steps are rolled up at once, so that those who write do not wait for long.
	rollSteps = 60
)

// Roll is what is to be rolled up from one resolution into the next.
type Roll struct {
	// Level is the index of the resolution into which, at least 1.
	Level    int
	From, To time.Time
}

// ready is until when a level can be rolled up.
func (k Kept) ready(level int, now time.Time) time.Time {
	if level == 1 {
		return now.UTC().Add(-Settle).Truncate(Resolutions[1])
	}
	return k[level-1].To.Truncate(Resolutions[level])
}

// Due reports whether anything can be rolled up at now.
func (k Kept) Due(now time.Time) bool {
	for level := 1; level <= coarsest; level++ {
		if k[level].To.Before(k.ready(level, now)) {
			return true
		}
	}
	return false
}

// Next returns what is rolled up next into a level, and false where nothing is due. oldest is a moment before which the finer level
// has nothing that is not rolled up yet, nil where it has nothing at all.
func (k Kept) Next(level int, now time.Time, oldest *time.Time) (Roll, bool) {
	from, end := k[level].To, k.ready(level, now)
	if !from.Before(end) {
		return Roll{}, false
	}
	if oldest == nil || !oldest.Before(end) {
		return Roll{level, end, end}, true // Nothing to add up: only its end moves.
	}
	if first := oldest.UTC().Truncate(Resolutions[level]); first.After(from) {
		from = first
	}
	if most := from.Add(rollSteps * Resolutions[level]); most.Before(end) {
		end = most
	}
	return Roll{level, from, end}, true
}

// Aged returns from when on each resolution is kept at now: for the days that are wanted, but nothing ends to be kept before it was
// rolled up, nor in the middle of an interval of the next resolution, and what was given up is not had again.
func (k Kept) Aged(days Days, now time.Time) Kept {
	for level, wanted := range days.each() {
		next := min(level+1, coarsest)
		from := now.UTC().AddDate(0, 0, -wanted).Truncate(Resolutions[next])
		if level < coarsest && from.After(k[next].To) {
			from = k[next].To
		}
		if from.After(k[level].From) {
			k[level].From = from
		}
	}
	return k
}

// Oldest returns when traffic begins, of which the first interval of each level begins as given: as exactly as is known. Nil where there
// is none.
func Oldest(begins [len(Resolutions)]*time.Time) (oldest *time.Time) {
	within := time.Duration(0)
	for level := coarsest; level >= 0; level-- {
		if begin := begins[level]; begin != nil && (oldest == nil || begin.Before(oldest.Add(within))) {
			oldest, within = begin, Resolutions[level]
		}
	}
	return oldest
}
