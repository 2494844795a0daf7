package postgres_test

import (
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// One of a fleet does the work of a minute, and the others find it done for less than a minute.
func TestTheWorkOfAMinuteIsDoneByOne(t *testing.T) {
	store, dsn := migrated(t, nil)
	other, _ := collector(t, dsn)
	for _, step := range []struct {
		name, before string
		roll, want   bool
	}{
		{"nobody has done it", "", false, false},
		{"another has", "", true, true},
		{"it was most of a minute ago", "UPDATE traffic_kept SET rolled_to = now() - interval '79 seconds'", false, true},
		{"it was longer ago", "UPDATE traffic_kept SET rolled_to = now() - interval '81 seconds'", false, false},
		{"it is done again", "", true, true},
	} {
		if step.before != "" {
			execute(t, dsn, step.before)
		}
		if step.roll {
			if err := other.RollUpTraffic(t.Context(), scenario.Retention{}); err != nil {
				t.Fatal(err)
			}
		}
		if tended, err := store.Tended(t.Context()); err != nil || tended != step.want {
			t.Errorf("where %s: %t, %v, want %t", step.name, tended, err, step.want)
		}
	}
}
