package traffic_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

var midnight = time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)

// at is so long after midnight.
func at(d time.Duration) time.Time { return midnight.Add(d) }

// kept has seconds from 10:00 on, ten seconds from 8:00 to 11:59:50, minutes from 4:00 to 11:59, hours of the day before and to 11:00, and the
// ten days before.
func kept() traffic.Kept {
	return traffic.Kept{
		{From: at(10 * time.Hour)},
		{From: at(8 * time.Hour), To: at(12*time.Hour - 10*time.Second)},
		{From: at(4 * time.Hour), To: at(12*time.Hour - time.Minute)},
		{From: at(-24 * time.Hour), To: at(11 * time.Hour)},
		{From: at(-240 * time.Hour), To: at(0)},
	}
}

func TestStepsAreAtLeastThoseThatAreKept(t *testing.T) {
	for _, test := range []struct {
		name       string
		from       time.Duration
		step, want time.Duration
	}{
		{"all are kept", 10 * time.Hour, 3 * time.Second, 3 * time.Second},
		{"a second too old", 10*time.Hour - time.Second, 3 * time.Second, 10 * time.Second},
		{"its first step begins too early", 10*time.Hour + time.Second, 7 * time.Second, 10 * time.Second},
		{"ten seconds are kept", 8 * time.Hour, time.Second, 10 * time.Second},
		{"no more", 8*time.Hour - time.Nanosecond, 70 * time.Second, 2 * time.Minute},
		{"minutes are", 4 * time.Hour, 70 * time.Second, 2 * time.Minute},
		{"no more, either", 4*time.Hour - time.Second, time.Minute, time.Hour},
		{"hours are", -24 * time.Hour, 90 * time.Minute, 2 * time.Hour},
		{"nor hours", -24*time.Hour - time.Second, 90 * time.Minute, 24 * time.Hour},
		{"before all", -1000 * time.Hour, 30 * time.Hour, 48 * time.Hour},
		{"long steps stay", 0, 5 * time.Hour, 5 * time.Hour},
	} {
		if got := kept().Step(at(test.from), test.step); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if got := (traffic.Kept{}).Step(at(0), 7*time.Second); got != 7*time.Second {
		t.Errorf("where nothing was ever given up: %s", got)
	}
}

func TestPartsTakeTheCoarsestThatFits(t *testing.T) {
	const h, m, s = time.Hour, time.Minute, time.Second
	for _, test := range []struct {
		name     string
		kept     traffic.Kept
		from, to time.Duration
		step     time.Duration
		want     []traffic.Part
	}{
		{"seconds alone", kept(), 10 * h, 12*h + 5*s, 7 * s, []traffic.Part{{0, at(10 * h), at(12*h + 5*s)}}},
		{"ten seconds, then seconds", kept(), 10 * h, 12*h + 5*s, 20 * s, []traffic.Part{{1, at(10 * h), at(12*h - 10*s)}, {0, at(12*h - 10*s), at(12*h + 5*s)}}},
		{"all four", kept(), 0, 12*h + 5*s, h, []traffic.Part{
			{3, at(0), at(11 * h)}, {2, at(11 * h), at(12*h - m)}, {1, at(12*h - m), at(12*h - 10*s)}, {0, at(12*h - 10*s), at(12*h + 5*s)},
		}},
		{"days, then hours", kept(), -48 * h, 2*h + 10*s, 24 * h, []traffic.Part{{4, at(-48 * h), at(0)}, {3, at(0), at(3 * h)}}},
		{"an end within a step is exact where that is kept", kept(), 10 * h, 11*h + 34*m + 56*s, h, []traffic.Part{
			{3, at(10 * h), at(11 * h)}, {2, at(11 * h), at(11*h + 34*m)}, {1, at(11*h + 34*m), at(11*h + 34*m + 50*s)}, {0, at(11*h + 34*m + 50*s), at(11*h + 34*m + 56*s)},
		}},
		{"and as near as is kept elsewhere", kept(), 8 * h, 9*h + 34*m + 56*s, h, []traffic.Part{{3, at(8 * h), at(9 * h)}, {2, at(9 * h), at(9*h + 34*m)}, {1, at(9*h + 34*m), at(9*h + 35*m)}}},
		{"or longer", kept(), 0, 2*h + m, h, []traffic.Part{{3, at(0), at(3 * h)}}},
		{"nothing is rolled up yet", traffic.Kept{}, 0, 5 * h, h, []traffic.Part{{0, at(0), at(5 * h)}}},
		{"nothing", kept(), h, h, h, nil},
	} {
		if diff := cmp.Diff(test.want, test.kept.Parts(at(test.from), at(test.to), test.step)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// Whatever is kept and asked for: parts follow one another, of what is kept, at edges of intervals, and begin where they should.
func TestPartsHaveNoGapsOrDoubles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	within := func(d time.Duration) time.Duration { return time.Duration(random.Int64N(int64(d))) }
	for range 20_000 {
		var k traffic.Kept
		now := at(1000*time.Hour + within(time.Hour))
		for range 3 { // as maintenance makes it
			for level := 1; level < len(k); level++ {
				if roll, due := k.Next(level, now, nil); due && random.IntN(5) > 0 {
					k[level].To = roll.To
				}
			}
			k = k.Aged(traffic.Days{Seconds: 1, TenSeconds: 2, Minutes: 5, Hours: 30}, now)
			now = now.Add(within(30 * time.Hour))
		}
		from := now.Add(-within([]time.Duration{time.Hour, 100 * time.Hour, 900 * time.Hour}[random.IntN(3)]))
		to := from.Add(1 + within(50*time.Hour))
		step := k.Step(from, time.Second+within([]time.Duration{20 * time.Second, 3 * time.Hour}[random.IntN(2)]))
		from = from.Truncate(step)
		at := from
		for _, part := range k.Parts(from, to, step) {
			length := traffic.Resolutions[part.Level]
			if !part.From.Equal(at) || !part.From.Before(part.To) || part.Level < len(k)-1 && part.From.Before(k[part.Level].From) {
				t.Fatalf("%+v after %s, of %+v", part, at, k)
			}
			if part.Level > 0 && (part.To.After(k[part.Level].To) || !part.From.Truncate(length).Equal(part.From) || !part.To.Truncate(length).Equal(part.To)) {
				t.Fatalf("%+v of %+v", part, k)
			}
			at = part.To
		}
		if at.Before(to) || at.After(to) && at.Sub(to) >= step {
			t.Fatalf("parts of %s to %s by %s end at %s, of %+v", from, to, step, at, k)
		}
	}
}

func TestWhatIsDueIsRolledUpInPortions(t *testing.T) {
	now := at(12*time.Hour + 34*time.Second)
	ready := at(12 * time.Hour)
	for _, test := range []struct {
		name   string
		to     time.Duration // until when ten seconds are rolled up
		oldest *time.Time
		want   traffic.Roll
		due    bool
	}{
		{"a minute", 12*time.Hour - time.Minute, new(at(12*time.Hour - time.Minute)), traffic.Roll{Level: 1, From: at(12*time.Hour - time.Minute), To: ready}, true},
		{"nothing is over yet", 12 * time.Hour, new(at(12 * time.Hour)), traffic.Roll{}, false},
		{"ten minutes at most", 10 * time.Hour, new(at(10 * time.Hour)), traffic.Roll{Level: 1, From: at(10 * time.Hour), To: at(10*time.Hour + 10*time.Minute)}, true},
		{"a pause is passed over", 2 * time.Hour, new(at(11*time.Hour + 55*time.Minute + 7*time.Second)), traffic.Roll{Level: 1, From: at(11*time.Hour + 55*time.Minute), To: ready}, true},
		{"what begins before goes on", 11*time.Hour + 58*time.Minute, new(at(11*time.Hour + 57*time.Minute + 59*time.Second)), traffic.Roll{Level: 1, From: at(11*time.Hour + 58*time.Minute), To: ready}, true},
		{"nothing at all", 2 * time.Hour, nil, traffic.Roll{Level: 1, From: ready, To: ready}, true},
		{"nothing until then", 2 * time.Hour, new(at(13 * time.Hour)), traffic.Roll{Level: 1, From: ready, To: ready}, true},
	} {
		k := traffic.Kept{{}, {To: at(test.to)}, {To: at(test.to).Truncate(time.Minute)}, {To: at(test.to).Truncate(time.Hour)}, {To: at(test.to).Truncate(24 * time.Hour)}}
		got, due := k.Next(1, now, test.oldest)
		if due != test.due || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v, %v", test.name, got, due, test.want, test.due)
		}
		if k.Due(now) != test.due {
			t.Errorf("%s: due is %v", test.name, !test.due)
		}
	}
	// What is coarser follows what is finer, by whole steps.
	k := traffic.Kept{{}, {To: at(12 * time.Hour)}, {To: at(11*time.Hour + 30*time.Minute)}, {To: at(11 * time.Hour)}}
	if got, due := k.Next(3, now, new(at(11*time.Hour))); due {
		t.Errorf("an hour that is not over is rolled up: %+v", got)
	}
	if got, due := k.Next(2, now, new(at(11*time.Hour+30*time.Minute))); !due || !got.To.Equal(at(12*time.Hour)) {
		t.Errorf("minutes: %+v, %v", got, due)
	}
}

func TestNothingIsGivenUpBeforeItIsRolledUp(t *testing.T) {
	days := traffic.Days{Seconds: 1, TenSeconds: 2, Minutes: 3, Hours: 4}
	now := at(100*time.Hour + 34*time.Minute + 56*time.Second)
	k := traffic.Kept{{}, {To: at(70 * time.Hour)}, {To: at(69 * time.Hour)}, {To: at(20 * time.Hour)}}
	want := k
	want[0].From = at(70 * time.Hour)                                    // though a day is over at 76:34
	want[1].From = at(52*time.Hour + 34*time.Minute)                     // two days, at a whole minute
	want[2].From = at(20 * time.Hour)                                    // hours are behind
	want[3].From = time.Time{}                                           // there are no days yet
	want[4].From = now.Add(-4 * 24 * time.Hour).Truncate(24 * time.Hour) // as long as hours: nothing comes after days
	got := k.Aged(days, now)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	// Who wants more now does not get back what is gone, nor does a clock that goes back.
	if again := got.Aged(traffic.DefaultDays(), now.Add(-time.Hour)); again != got {
		t.Errorf("%+v became %+v", got, again)
	}
}

func TestTrafficBeginsAsExactlyAsIsKnown(t *testing.T) {
	for _, test := range []struct {
		name   string
		begins [len(traffic.Resolutions)]*time.Time
		want   *time.Time
	}{
		{"nothing", [len(traffic.Resolutions)]*time.Time{}, nil},
		{"seconds alone", [...]*time.Time{new(at(time.Second)), nil, nil, nil, nil}, new(at(time.Second))},
		{"all", [...]*time.Time{new(at(3661 * time.Second)), new(at(3660 * time.Second)), new(at(3660 * time.Second)), new(at(time.Hour)), new(at(0))}, new(at(3661 * time.Second))},
		{"hours of another day", [...]*time.Time{nil, nil, new(at(25*time.Hour + time.Minute)), new(at(25 * time.Hour)), new(at(0))}, new(at(0))},
		{"nothing is rolled up by the day yet", [...]*time.Time{new(at(2 * time.Hour)), nil, nil, new(at(0)), nil}, new(at(0))},
		{"seconds came late", [...]*time.Time{new(at(-time.Hour)), nil, nil, new(at(0)), nil}, new(at(-time.Hour))},
	} {
		if diff := cmp.Diff(test.want, traffic.Oldest(test.begins)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
