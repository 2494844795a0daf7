package postgres

import (
	"bytes"
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// RecordingColumns returns the names of the columns that recordings are written to.
func RecordingColumns() []string { return recordingColumns }

// ColumnsOfARow returns how many columns a recording is written to.
func ColumnsOfARow(r recording.Recording) int {
	var text copyText
	recordingRow(&text, &r)
	return bytes.Count(text.rows, []byte("\t")) + 1 // The last ends by a line feed.
}

// SetReplayWaits shortens how long a replay waits for a collector, and for its answer.
func (s *Store) SetReplayWaits(take, answer time.Duration) {
	c := s.Replaying()
	c.TakeWithin, c.AnswerWithin = take, answer
	s.replays = jobs.New(c)
}

// SetWalkSteps changes how many recordings some queries look at one after another before they use indexes; 0 is none.
func (s *Store) SetWalkSteps(steps int) { s.walkSteps = steps }

// MaintainAt returns MaintainPartitions at another time, for a collector that wants recordings kept for so many days.
func (s *Store) MaintainAt(ctx context.Context, days int, now time.Time) error {
	return s.maintain(ctx, scenario.Retention{RecordingDays: days}, now)
}

// IndexAt returns IndexForSearch at another time.
func (s *Store) IndexAt(ctx context.Context, now time.Time) error { return s.indexForSearch(ctx, now) }

// SetLocalClock gives the Store a machine whose clock is ahead of that of the database.
func (s *Store) SetLocalClock(ahead time.Duration) {
	s.local = func() time.Time { return time.Now().Add(ahead) }
}

// Versions returns the versions of the migrations, in order.
func Versions(t testing.TB) []int64 {
	t.Helper()
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var versions []int64
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, version)
	}
	return versions
}

// MigrateTo brings the schema to an earlier version, from nothing or from a later one.
func (s *Store) MigrateTo(ctx context.Context, t testing.TB, version int64) {
	t.Helper()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, s.db.DB, files, goose.WithTableName("mockforge_migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(ctx, version); err != nil {
		t.Fatal(err)
	}
}
