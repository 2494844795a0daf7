package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

func TestAFileThatCannotBeUsedIsRefusedByNameAndLeftAsItIs(t *testing.T) {
	plain := func(contents string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(contents), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	statements := func(all ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) { execute(t, path, all...) }
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    string
	}{
		"a text":            {plain("not a database, but longer than its head"), "is not an SQLite database"},
		"a short text":      {plain("SQLite"), "is not an SQLite database"},
		"a torn head":       {plain("SQLite format 3\x00"), ""},
		"another program's": {statements("CREATE TABLE theirs (a)"), "of another program"},
		"another's by id":   {statements("PRAGMA application_id = 7"), "of another program"},
		"a directory":       {func(t *testing.T, path string) { mkdir(t, path) }, "is not a file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "some.db")
			c.prepare(t, path)
			before, _ := os.ReadFile(path)
			store, err := sqlite.Open(path, sqlite.Options{})
			if err == nil {
				store.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
			if after, _ := os.ReadFile(path); !cmp.Equal(before, after) {
				t.Error("it was changed")
			}
		})
	}
}

func TestADirectoryMustBeThere(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "nowhere")
	_, err := sqlite.Open(filepath.Join(directory, "mockforge.db"), sqlite.Options{})
	if err == nil || !strings.Contains(err.Error(), directory+" is not a directory") {
		t.Errorf("%v", err)
	}
	if _, err := sqlite.Open("", sqlite.Options{}); err == nil || !strings.Contains(err.Error(), "path") {
		t.Errorf("no path: %v", err)
	}
}

func TestASchemaOfALaterVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	write(t, store, simple(noon, 1))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, path, "INSERT INTO mockforge_migrations (version_id, is_applied) VALUES (4711, 1)")
	if _, err := sqlite.Open(path, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), path+" was written by a newer version") || !strings.Contains(err.Error(), "4711") {
		t.Errorf("%v", err)
	}
	execute(t, path, "DELETE FROM mockforge_migrations WHERE version_id = 4711")
	if stats, err := open(t, path, sqlite.Options{}).Stats(t.Context(), recording.Filter{}); err != nil || stats.Total != 1 {
		t.Errorf("%d recordings, %v", stats.Total, err)
	}
}

func TestOnlyItsOwnerReadsTheFile(t *testing.T) {
	// With characters that mean something in a URL.
	path := filepath.Join(t.TempDir(), "mock forge?a=b#%41.db")
	store := open(t, path, sqlite.Options{})
	write(t, store, simple(noon, 1))
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) != 4 { // With its log, what is shared of that, and the lock.
		t.Errorf("%q, %v", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatal(err)
		}
	}
}
