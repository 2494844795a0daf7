package postgres_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// Days pass by a clock of the test's own, and several instances look after retention at the same time, as those of a
// fleet do that was started at once.
func TestEachOldDayIsDroppedByOneInstanceOfTheFleet(t *testing.T) {
	store, dsn := migrated(t, nil)
	var fleet []*postgres.Store
	logs := make([]bytes.Buffer, 3)
	for i := range logs {
		instance, err := postgres.Open(dsn, postgres.Options{Logger: slog.New(slog.NewTextHandler(&logs[i], nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { instance.Close() })
		fleet = append(fleet, instance)
	}
	const retention = 3
	var stays [][]string
	dropped := map[string]int{}
	for day := range 6 {
		now := noon.AddDate(0, 0, day)
		if err := store.WriteRecordings(t.Context(), []recording.Recording{simple(now, byte(day))}); err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		for _, instance := range fleet {
			running.Go(func() {
				if err := instance.MaintainAt(t.Context(), retention, now); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		page, err := store.Query(t.Context(), recording.Query{Ascending: true})
		if err != nil {
			t.Fatal(err)
		}
		var days []string
		for _, r := range page.Recordings {
			days = append(days, r.Timestamp.Format(time.DateOnly))
		}
		stays = append(stays, days)
	}
	date := func(day int) string { return noon.AddDate(0, 0, day).Format(time.DateOnly) }
	if diff := cmp.Diff([][]string{
		{date(0)},
		{date(0), date(1)},
		{date(0), date(1), date(2)},
		{date(0), date(1), date(2), date(3)},
		{date(1), date(2), date(3), date(4)},
		{date(2), date(3), date(4), date(5)},
	}, stays); diff != "" {
		t.Errorf("days that have recordings, day by day (-want +got):\n%s", diff)
	}
	for i := range logs {
		for line := range strings.Lines(logs[i].String()) {
			if _, partition, ok := strings.Cut(line, "partition="); ok && strings.Contains(line, "old recordings dropped") {
				dropped[strings.TrimSpace(partition)]++
			}
		}
	}
	want := map[string]int{}
	for day := range 2 {
		suffix := strings.ReplaceAll(date(day), "-", "")
		want["recorded_requests_"+suffix], want["recorded_messages_"+suffix] = 1, 1
	}
	if diff := cmp.Diff(want, dropped); diff != "" {
		t.Errorf("how often each was dropped by the fleet (-want +got):\n%s", diff)
	}
}
