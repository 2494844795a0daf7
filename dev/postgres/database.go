package devpostgres

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/lib/pq"
)

// maintenanceDSN leads to the database that every server has.
func (s *Server) maintenanceDSN() string { return WithDatabase(s.dsn, "postgres") }

func (s *Server) createDatabase(ctx context.Context) error {
	err := Execute(ctx, s.maintenanceDSN(), "CREATE DATABASE "+pq.QuoteIdentifier(database))
	if pqErr, ok := errors.AsType[*pq.Error](err); ok && pqErr.SQLState() == "42P04" { // duplicate_database
		return nil
	}
	return err
}

// WithDatabase returns the URL dsn with another database.
func WithDatabase(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return dsn + " dbname='" + strings.ReplaceAll(name, "'", `\'`) + "'"
	}
	u.Path = "/" + name
	return u.String()
}

// Execute runs one statement on a connection of its own.
func Execute(ctx context.Context, dsn, statement string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

func ping(ctx context.Context, dsn string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return errors.New("it is not a valid connection string")
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return db.PingContext(ctx)
}
