package postgrestest

import (
	"database/sql"
	"testing"

	"github.com/lib/pq"
)

// Observer has a connection of its own, by which it sees who else has some to the same database.
type Observer struct{ db *sql.DB }

// Observe makes one that lasts for the test.
func Observe(t testing.TB, dsn string) *Observer {
	t.Helper()
	db := connectionsTo(t, dsn)
	db.SetMaxOpenConns(1)
	return &Observer{db}
}

// Connections returns how many connections programs of these names have now.
func (o *Observer) Connections(t testing.TB, applications ...string) (n int) {
	t.Helper()
	if err := o.db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = ANY($1)`, pq.Array(applications)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Occupy takes all connections that a server has left, until leave is called.
func Occupy(t testing.TB, dsn string) (leave func()) {
	t.Helper()
	db := connectionsTo(t, dsn)
	var taken []*sql.Conn
	for {
		conn, err := db.Conn(t.Context())
		if err != nil {
			break
		}
		taken = append(taken, conn)
	}
	db.SetMaxIdleConns(-1)
	return func() {
		for _, conn := range taken {
			_ = conn.Close()
		}
	}
}

func connectionsTo(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	connector, err := pq.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}
