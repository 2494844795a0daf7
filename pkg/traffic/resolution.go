package traffic

import (
	"strconv"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Resolutions are the lengths of the intervals in which traffic is kept, the finest first: as it was counted, and rolled up into
// longer ones, each of which is a multiple of those before it. Intervals that are rolled up begin at multiples of their length.
var Resolutions = [...]time.Duration{time.Second, 10 * time.Second, time.Minute, time.Hour, 24 * time.Hour}

// coarsest is the last of the resolutions.
const coarsest = len(Resolutions) - 1

// Days is for how many days traffic of each resolution is kept. That by the day is kept as long as that by the hour: it is there so that
// months by route are told from few rows.
type Days struct {
	Seconds    int `mapstructure:"1s"`
	TenSeconds int `mapstructure:"10s"`
	Minutes    int `mapstructure:"1m"`
	Hours      int `mapstructure:"1h"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// maxDays is how long traffic can be kept.
const maxDays = 3650

// DefaultDays are for those who say nothing.
func DefaultDays() Days { return Days{Seconds: 1, TenSeconds: 7, Minutes: 90, Hours: 730} }

// each returns the days in the order of Resolutions.
func (d Days) each() [len(Resolutions)]int {
	return [...]int{d.Seconds, d.TenSeconds, d.Minutes, d.Hours, d.Hours}
}

// Validate names the resolution that is kept too long, not at all, or for less time than a finer one.
func (d Days) Validate() error {
	finer := ""
	least := 1
	for i, days := range d.each() {
		name := Name(Resolutions[i])
		switch {
		case days > maxDays || days < 1:
			return validation.Errorf(name, "must be between 1 and %d days, is %d", maxDays, days)
		case days < least:
			return validation.Errorf(name, "must be at least the %d days of %s, is %d", least, finer, days)
		}
		finer, least = name, days
	}
	return nil
}

// AtLeast returns the longer of both, by resolution.
func (d Days) AtLeast(e Days) Days {
	return Days{
		Seconds: max(d.Seconds, e.Seconds), TenSeconds: max(d.TenSeconds, e.TenSeconds),
		Minutes: max(d.Minutes, e.Minutes), Hours: max(d.Hours, e.Hours),
	}
}

// Name returns a length as configurations and people write it, such as 10s or 1h.
func Name(length time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if length >= unit.length && length%unit.length == 0 {
			return strconv.FormatInt(int64(length/unit.length), 10) + unit.name
		}
	}
	return length.String()
}

// most is how many intervals of a resolution are added up for one answer, by detail: an interval has a page for each gateway where it is
// told by route. More take longer than a dashboard should.
var most = [Details]time.Duration{Totals: 12_000, Routes: 1_500}

// Fitting returns the step in which a length of time is told from few rows, where it is asked for in steps of the given one: it is not
// shorter than that, and a multiple of the coarsest resolution that is not longer, as a step of 61 s takes sixty times the
// rows of one of two minutes. By route, long times are told in longer steps yet: 90 days by the day.
func Fitting(step, length time.Duration, detail Detail) time.Duration {
	level := coarsest
	for level > 0 && step < Resolutions[level] {
		level--
	}
	for level > 0 && level < coarsest && length/Resolutions[level] > most[detail] {
		level++
	}
	return max(roundUp(step, Resolutions[level]), Resolutions[0])
}

// Detail is what has to be read for a breakdown.
func (d Dimension) Detail(selection Selection) Detail {
	if d == ByRoute || len(selection.Routes) > 0 {
		return Routes
	}
	return Totals
}

func roundUp(step, to time.Duration) time.Duration { return step + (to-step%to)%to }

// ceil returns the first multiple of a length that is not before t.
func ceil(t time.Time, length time.Duration) time.Time {
	down := t.Truncate(length)
	if down.Before(t) {
		return down.Add(length)
	}
	return down
}
