package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/lib/pq"
	"github.com/shirou/gopsutil/v4/process"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// The account and the database of the collectors.
const (
	collectorRole = "collector"
	secret        = "chaos-one"
	dbName        = "chaos"
)

// database is a PostgreSQL of a trial's own. The collectors come with an account that is no superuser's.
type database struct {
	server *devpostgres.Server
	// dsn is the DSN of the collectors, admin the superuser's for the same database.
	dsn, admin string
}

// database starts one, which the end of the trial stops.
func (s *stage) database(ctx context.Context) *database {
	port, err := probe.FreePort(ctx)
	s.must(err)
	server, err := devpostgres.Start(ctx, devpostgres.Options{Fast: true, Private: true, Port: port})
	s.must(err)
	d := &database{server: server}
	s.later(func() error {
		_ = d.thaw(context.WithoutCancel(ctx))
		return server.Stop()
	})
	d.admin = devpostgres.WithDatabase(server.DSN(), dbName)
	d.admin += "&connect_timeout=5"
	for _, statement := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD %s", collectorRole, pq.QuoteLiteral(secret)),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", dbName, collectorRole),
	} {
		s.must(devpostgres.Execute(ctx, server.DSN(), statement))
	}
	d.dsn = d.as(secret)
	version, err := d.number(ctx, "SELECT current_setting('server_version_num')::bigint")
	s.must(err)
	s.postgres = fmt.Sprintf("%d.%d", version/10_000, version%10_000)
	return d
}

// as returns the connection string of the collectors' account with a password.
func (d *database) as(password string) string {
	u, err := url.Parse(devpostgres.WithDatabase(d.server.DSN(), dbName))
	if err != nil {
		return ""
	}
	u.User = url.UserPassword(collectorRole, password)
	return u.String()
}

// do runs statements as the superuser, each in a transaction of its own.
func (d *database) do(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if err := devpostgres.Execute(ctx, d.admin, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// disconnect ends the connections of the collectors, so that they make new ones.
func (d *database) disconnect(ctx context.Context) error {
	return d.do(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"+collectorRole+"'")
}

// stored returns how often each exchange of a load is stored.
func (d *database) stored(ctx context.Context, load string) (map[string]int, error) {
	db, err := sql.Open("postgres", d.admin)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT path, count(*) FROM recorded_requests WHERE path LIKE $1 GROUP BY path", "/load/"+load+"/%")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stored := map[string]int{}
	for rows.Next() {
		var path string
		var times int
		if err := rows.Scan(&path, &times); err != nil {
			return nil, err
		}
		stored[path] = times
	}
	return stored, rows.Err()
}

// number returns what a query for one number returns.
func (d *database) number(ctx context.Context, query string) (n int64, err error) {
	db, err := sql.Open("postgres", d.admin)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// lock holds a table against all others until it is released, or the trial is over.
func (s *stage) lock(ctx context.Context, d *database, table string) (release func()) {
	db, err := sql.Open("postgres", d.admin)
	s.must(err)
	tx, err := db.BeginTx(ctx, nil)
	s.must(err)
	_, err = tx.ExecContext(ctx, "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE")
	s.must(err)
	release = func() { _ = tx.Rollback(); db.Close() }
	s.later(func() error { release(); return nil })
	return release
}

// kill ends the server as kill -9 does. Its children find out and end.
func (d *database) kill() error {
	if err := send(d.server.PID(), ending); err != nil {
		return err
	}
	return d.server.Kill()
}

// back starts the server again.
func (d *database) back(ctx context.Context) error { return d.server.Restart(ctx) }

// readOnly makes the server one that only reads, as the standby of a failover is: connections are ended, and what writes is
// refused (SQLSTATE 25006). A setting would not do: the driver begins each transaction as one that writes.
func (d *database) readOnly(ctx context.Context) error {
	file := filepath.Join(d.server.Directory(), "data", "standby.signal")
	// The server, whose account may be another, removes it.
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o666)); err != nil {
		return err
	}
	return d.server.Restart(ctx)
}

// writable makes it the primary.
func (d *database) writable(ctx context.Context) error { return d.do(ctx, "SELECT pg_promote()") }

// freeze stops the server's processes where they are, with their connections: they answer no more, and refuse nothing.
func (d *database) freeze(ctx context.Context) error { return d.toAll(ctx, freezing) }

// thaw lets them go on. It does nothing where they do.
func (d *database) thaw(ctx context.Context) error { return d.toAll(ctx, thawing) }

func (d *database) toAll(ctx context.Context, what order) error {
	pid := d.server.PID()
	if pid == 0 {
		return nil
	}
	// The server itself first, so that it makes no children meanwhile.
	if err := send(pid, what); err != nil {
		return err
	}
	p, err := process.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return err
	}
	children, err := p.ChildrenWithContext(ctx)
	if err != nil {
		return err
	}
	for _, child := range children {
		_ = send(int(child.Pid), what) // it may have ended meanwhile
	}
	return nil
}

// statementLimit is the timeout of statements where a trial waits for it: shorter than the product's, to be quick.
const statementLimit = 3 * time.Second
