package traffic_test

import (
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestDaysAreNamedByTheirResolution(t *testing.T) {
	for _, test := range []struct {
		days  traffic.Days
		field string
	}{
		{traffic.DefaultDays(), ""},
		{traffic.Days{Seconds: 1, TenSeconds: 1, Minutes: 1, Hours: 1}, ""},
		{traffic.Days{Seconds: 3650, TenSeconds: 3650, Minutes: 3650, Hours: 3650}, ""},
		{traffic.Days{}, "1s"},
		{traffic.Days{Seconds: 3651, TenSeconds: 3651, Minutes: 3651, Hours: 3651}, "1s"},
		{traffic.Days{Seconds: 2, TenSeconds: 1, Minutes: 2, Hours: 2}, "10s"},
		{traffic.Days{Seconds: 1, TenSeconds: 7, Minutes: -1, Hours: 730}, "1m"},
		{traffic.Days{Seconds: 1, TenSeconds: 7, Minutes: 90, Hours: 89}, "1h"},
	} {
		var field string
		if all := validation.All(test.days.Validate()); len(all) > 0 {
			field = all[0].Field
		}
		if field != test.field {
			t.Errorf("%+v: an error of %q, want of %q", test.days, field, test.field)
		}
	}
	longest := traffic.Days{Seconds: 2, TenSeconds: 3, Minutes: 4, Hours: 1000}.AtLeast(traffic.DefaultDays())
	if want := (traffic.Days{Seconds: 2, TenSeconds: 7, Minutes: 90, Hours: 1000}); longest != want {
		t.Errorf("the longer of both are %+v, want %+v", longest, want)
	}
}

func TestFittingStepsAreOfWhatIsKept(t *testing.T) {
	for step, want := range map[time.Duration]time.Duration{
		0: time.Second, time.Second: time.Second, 1500 * time.Millisecond: 2 * time.Second, 9 * time.Second: 9 * time.Second,
		10 * time.Second: 10 * time.Second, 11 * time.Second: 20 * time.Second, 59 * time.Second: time.Minute, 61 * time.Second: 2 * time.Minute,
		59*time.Minute + time.Second: time.Hour, 61 * time.Minute: 2 * time.Hour, 25 * time.Hour: 48 * time.Hour,
	} {
		if got := traffic.Fitting(step, time.Hour, traffic.Routes); got != want {
			t.Errorf("%s: %s, want %s", step, got, want)
		}
	}
	const day = 24 * time.Hour
	for _, test := range []struct {
		step, length   time.Duration
		totals, routes time.Duration
	}{
		{5 * time.Second, day, 5 * time.Second, 5 * time.Second}, // Seconds are not rolled up.
		{15 * time.Second, 4 * time.Hour, 20 * time.Second, 20 * time.Second},
		{15 * time.Second, 5 * time.Hour, 20 * time.Second, time.Minute},
		{30 * time.Second, 2 * day, time.Minute, time.Hour},
		{2 * time.Minute, day, 2 * time.Minute, 2 * time.Minute},
		{10 * time.Minute, 7 * day, 10 * time.Minute, time.Hour},
		{10 * time.Minute, 9 * day, time.Hour, time.Hour},
		{time.Hour, 30 * day, time.Hour, time.Hour},
		{2 * time.Hour, 62 * day, 2 * time.Hour, 2 * time.Hour},
		{2 * time.Hour, 90 * day, 2 * time.Hour, day},
		{18 * time.Hour, 730 * day, day, day},
	} {
		if got := traffic.Fitting(test.step, test.length, traffic.Totals); got != test.totals {
			t.Errorf("%s of %s: %s, want %s", test.step, test.length, got, test.totals)
		}
		if got := traffic.Fitting(test.step, test.length, traffic.Routes); got != test.routes {
			t.Errorf("%s of %s by route: %s, want %s", test.step, test.length, got, test.routes)
		}
	}
	for length, want := range map[time.Duration]string{time.Second: "1s", 90 * time.Second: "90s", 2 * time.Minute: "2m", 48 * time.Hour: "48h", 1500 * time.Millisecond: "1.5s"} {
		if got := traffic.Name(length); got != want {
			t.Errorf("%s is named %s, want %s", length, got, want)
		}
	}
}
