package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// open gives a Store on dsn that closes with the test.
func open(t testing.TB, dsn string, now func() time.Time) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(dsn, postgres.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// migrated gives a Store on a database of its own, and the DSN.
func migrated(t testing.TB, now func() time.Time) (*postgres.Store, string) {
	t.Helper()
	dsn := postgrestest.DSN(t)
	store := open(t, dsn, now)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, dsn
}

func TestOpenRefusesABadDSNWithoutQuotingIt(t *testing.T) {
	for _, dsn := range []string{"", "  ", "postgres://u:hunter2@host:notaport/db", "host=a port=x password=hunter2", "postgres://u:hunter2@h/db?sslmode=perhaps", "hunter2"} {
		store, err := postgres.Open(dsn, postgres.Options{})
		if err == nil {
			_ = store.Close()
			t.Errorf("%q was accepted", dsn)
			continue
		}
		if all := validation.All(err); len(all) != 1 || all[0].Field != "dsn" {
			t.Errorf("%q: the error does not name the field dsn: %v", dsn, err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error has the password: %v", dsn, err)
		}
	}
}

func TestWithoutADatabaseEverythingIsUnavailable(t *testing.T) {
	store := open(t, "postgres://u:hunter2@127.0.0.1:1/db", nil)
	_, err := store.Current(t.Context())
	for _, err := range []error{err, store.Ping(t.Context()), store.Migrate(t.Context()), store.Register(t.Context(), scenario.Instance{})} {
		if !errors.Is(err, api.ErrUnavailable) {
			t.Errorf("not unavailable: %v", err)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error has the password: %v", err)
		}
	}
}

func TestASchemaThatIsNotThereYetIsUnavailable(t *testing.T) {
	store := open(t, postgrestest.DSN(t), nil)
	if _, err := store.Current(t.Context()); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("not unavailable: %v", err)
	}
}

func TestManyInstancesMigrateAtOnce(t *testing.T) {
	dsn := postgrestest.DSN(t)
	var group sync.WaitGroup
	for range 4 {
		store := open(t, dsn, nil)
		group.Go(func() {
			if err := store.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if _, err := open(t, dsn, nil).Current(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// execute runs a statement of the test's own.
func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

// count returns the number of rows of a table, or of one with a condition behind it.
func count(t *testing.T, dsn, from string) int {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(context.Background(), "SELECT count(*) FROM "+from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
