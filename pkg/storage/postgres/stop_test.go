package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func stopOf(base int64, at time.Time) scenario.Stop {
	return scenario.Stop{Relief: scenario.Everything(), By: "ada", Action: "stop", Reason: "enough", At: at, Base: base}
}

func TestAStopIsToldUnderItsNameAndTime(t *testing.T) {
	store, _ := migrated(t, nil)
	if _, err := store.Change(t.Context(), api.Audit{By: "bob", Action: "mode"}, nil, switchTo(scenario.Error)); err != nil {
		t.Fatal(err)
	}
	stop := stopOf(1, time.Now().Add(-time.Minute))
	told, is, err := store.Relieve(t.Context(), stop)
	if err != nil || !is {
		t.Fatalf("%v, %v", is, err)
	}
	want := scenario.Scenario{
		Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}},
		Version:    2, SetAt: stop.At.UTC().Truncate(time.Microsecond), SetBy: "ada", Reason: "enough",
	}
	// Again, as where the answer was lost.
	again, is, err := store.Relieve(t.Context(), stop)
	if err != nil || !is {
		t.Errorf("again: %v, %v", is, err)
	}
	current, err := store.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []scenario.Scenario{told, again, current} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	history, err := store.History(t.Context(), 0, 10)
	if err != nil || len(history) != 2 || history[0].Action != "stop" || history[0].By != "ada" || !history[0].At.Equal(want.SetAt) {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestALaterChangeWinsOverAStopAndAnEarlierOneDoesNot(t *testing.T) {
	// The collector's clock is wrong: only how long ago the stop was counts.
	for _, wrong := range []time.Duration{0, 24 * time.Hour, -24 * time.Hour} {
		clock := func() time.Time { return time.Now().Add(wrong) }
		for name, test := range map[string]struct {
			base int64
			ago  time.Duration
			told bool
		}{
			"set before the stop, which did not know of it": {0, 0, true},
			"set after the stop":                            {0, time.Hour, false},
			"set after the stop, which knew of it":          {1, time.Hour, true},
			"a database that went back":                     {7, time.Hour, true},
		} {
			store, _ := migrated(t, clock)
			if _, err := store.Change(t.Context(), api.Audit{By: "bob", Action: "mode"}, nil, switchTo(scenario.Error)); err != nil {
				t.Fatal(err)
			}
			got, told, err := store.Relieve(t.Context(), stopOf(test.base, clock().Add(-test.ago)))
			want := scenario.Healthy
			if !test.told {
				want = scenario.Error
			}
			if err != nil || told != test.told || got.Mode != want {
				t.Errorf("%s, clock wrong by %v: told %v, %s, %v", name, wrong, told, got.Mode, err)
			}
			if current, err := store.Current(t.Context()); err != nil || current.Mode != want {
				t.Errorf("%s, clock wrong by %v: %s, %v", name, wrong, current.Mode, err)
			}
		}
	}
}

// Two collectors were stopped while the database was away: the part that one of them took away does not hide that the
// other was stopped whole.
func TestStopsThatAreToldDoNotHideEachOther(t *testing.T) {
	store, _ := migrated(t, nil)
	if _, err := store.Change(t.Context(), api.Audit{By: "bob", Action: "mode"}, nil, func(s *scenario.Scenario) error {
		s.Behavior, s.Latency = scenario.Behavior{Mode: scenario.Error}, &scenario.Latency{MaxMS: 5}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	part := scenario.Stop{Relief: scenario.Relief{Latency: true}, By: "eve", Action: "latency", At: time.Now(), Base: 1}
	for _, stop := range []scenario.Stop{part, stopOf(1, time.Now())} {
		if _, told, err := store.Relieve(t.Context(), stop); err != nil || !told {
			t.Errorf("%s: %v, %v", stop.Action, told, err)
		}
	}
	if current, err := store.Current(t.Context()); err != nil || current.Injects() || current.Version != 3 {
		t.Errorf("%+v, %v", current, err)
	}
	history, err := store.History(t.Context(), 0, 10)
	if err != nil || len(history) != 3 || history[1].By != "eve" {
		t.Errorf("history %+v, %v", history, err)
	}
}
