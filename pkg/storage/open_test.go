package storage_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func opened(t *testing.T, config storage.Config) storage.Store {
	t.Helper()
	store, err := storage.Open(config, storage.Options{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func setError(s *scenario.Scenario) error {
	s.Mode = scenario.Error
	return nil
}

// Who has a store works with it alike, whichever it is.
func TestWhatIsOpenedWorksAlike(t *testing.T) {
	for name, config := range map[string]storage.Config{
		"a file":     {Path: filepath.Join(t.TempDir(), "mockforge.db")},
		"PostgreSQL": {DSN: postgrestest.DSN(t)},
	} {
		t.Run(name, func(t *testing.T) {
			store := opened(t, config)
			for range 2 {
				if err := store.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.Ping(t.Context()); err != nil {
				t.Error(err)
			}
			changed, err := store.Change(t.Context(), api.Audit{By: "Ada", Action: "mode"}, nil, setError)
			if err != nil || changed.Version != 1 {
				t.Fatalf("%+v, %v", changed, err)
			}
			if err := store.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 1, HistoryDays: 90}); err != nil {
				t.Error(err)
			}
			if err := store.IndexForSearch(t.Context()); err != nil {
				t.Error(err)
			}
			if storage.TooMuch(store, errors.New("anything")) {
				t.Error("any error is of the size of a batch")
			}
		})
	}
}

func TestWhatIsWrongIsToldByItsField(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	opened(t, storage.Config{Path: path})
	if store, err := storage.Open(storage.Config{Path: path}, storage.Options{}); store != nil || !isInUse(err) {
		t.Errorf("a file that is taken: %v, %v", store, err)
	}
	store, err := storage.Open(storage.Config{Type: "oracle"}, storage.Options{})
	if wrong, ok := errors.AsType[*validation.Error](err); store != nil || !ok || wrong.Field != "type" {
		t.Errorf("a type that there is not: %v, %v", store, err)
	}
}

func isInUse(err error) bool {
	_, ok := errors.AsType[*sqlite.InUseError](err)
	return ok
}

// A server that is given up refuses what begins; another pool of the same server works on.
func TestAServerIsDividedAndSevered(t *testing.T) {
	store := opened(t, storage.Config{DSN: postgrestest.DSN(t)})
	divider, ok := store.(storage.Divider)
	if !ok {
		t.Fatal("PostgreSQL cannot be divided")
	}
	other, err := divider.Another("others", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	storage.Sever(store)
	if err := store.Ping(t.Context()); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("severed: %v", err)
	}
	if err := other.Ping(t.Context()); err != nil {
		t.Errorf("another: %v", err)
	}
}

// A file is there: nobody waits for it in vain.
func TestSeveringAFileDoesNothing(t *testing.T) {
	store := opened(t, storage.Config{Path: filepath.Join(t.TempDir(), "mockforge.db")})
	storage.Sever(store)
	if err := store.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
