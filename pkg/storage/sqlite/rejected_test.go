package sqlite_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// SQLite stores whatever a recording may be, short of a value of a gigabyte; a trigger stands for that.
func TestWhatCannotBeStoredDoesNotTakeItsBatchAlong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, path, "CREATE TRIGGER refusing BEFORE INSERT ON recordings WHEN new.path LIKE '/secret%' BEGIN SELECT raise(ABORT, 'too long: /secret'); END")
	store = open(t, path, sqlite.Options{})
	var batch []recording.Recording
	var refused []uuid.UUID
	for i := range 9 {
		r := simple(noon, i)
		if i == 2 || i == 7 {
			r.Path = "/secret"
			refused = append(refused, r.ID)
		}
		batch = append(batch, r)
	}
	err = store.WriteRecordings(t.Context(), batch)
	rejected, ok := errors.AsType[*api.RejectedError](err)
	if !ok || !slices.Equal(rejected.IDs, refused) || errors.Is(err, api.ErrUnavailable) {
		t.Fatalf("%v", err)
	}
	if reason := rejected.Reason(); reason == "" || slices.Contains([]string{rejected.Err.Error(), err.Error()}, reason) {
		t.Errorf("logs would say %q", reason)
	}
	if stats, err := store.Stats(t.Context(), recording.Filter{}); err != nil || stats.Total != 7 {
		t.Errorf("%d are stored, want 7 (%v)", stats.Total, err)
	}
	if sqlite.TooMuch(err) || !sqlite.TooMuch(api.ErrTooLong) || sqlite.TooMuch(nil) {
		t.Error("what is too much is another matter")
	}
}
