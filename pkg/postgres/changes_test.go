package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestChangesOfARangeWithTheOneBefore(t *testing.T) {
	now := noon
	store, _ := migrated(t, func() time.Time { return now })
	for range 5 {
		_, err := store.Change(t.Context(), api.Audit{By: "alice", Action: "mode"}, nil, func(s *scenario.Scenario) error {
			s.Behavior = scenario.Behavior{Mode: scenario.Error}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	for _, test := range []struct {
		name     string
		from, to time.Time
		limit    int
		want     []int64
	}{
		{"all, and none before", at(-1), at(9), 10, []int64{5, 4, 3, 2, 1}},
		{"those within, and the one in force at the beginning", at(2), at(3), 10, []int64{4, 3, 2}},
		{"none within, but one in force", at(7), at(9), 10, []int64{5}},
		{"before all", at(-9), at(-1), 10, nil},
		{"the newest", at(-1), at(9), 2, []int64{5, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes, err := store.Changes(t.Context(), test.from, test.to, test.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, change := range changes {
				got = append(got, change.Version)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
