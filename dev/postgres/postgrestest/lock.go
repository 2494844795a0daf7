package postgrestest

import (
	"context"
	"database/sql"
	"sync"
	"testing"

	"github.com/lib/pq"
)

// Lock keeps everybody from a table until unlock is called, or the test ends. Waiting is how many statements of an
// application, by its name, wait for a lock.
func Lock(t testing.TB, dsn, table string) (waiting func(application string) int, unlock func()) {
	t.Helper()
	connector, err := pq.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	unlock = sync.OnceFunc(func() { _ = tx.Rollback(); _ = db.Close() })
	t.Cleanup(unlock)
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE "+pq.QuoteIdentifier(table)+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	return func(application string) (n int) {
		err := db.QueryRowContext(context.Background(), `SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
			WHERE NOT granted AND application_name = $1`, application).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}, unlock
}
