package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

const copyIn = "COPY recorded_requests FROM STDIN"

// table is the one of recordings, written without the product.
type table struct {
	db   *sql.DB
	conn *sql.Conn
}

func openTable(ctx context.Context, dsn string) (*table, error) {
	connector, err := pq.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	t := &table{db: sql.OpenDB(connector)}
	if t.conn, err = t.db.Conn(ctx); err != nil {
		t.db.Close()
		return nil, err
	}
	return t, nil
}

func (t *table) close() {
	_ = t.conn.Close()
	t.db.Close()
}

func (t *table) clear(ctx context.Context) error {
	_, err := t.conn.ExecContext(ctx, "TRUNCATE recorded_requests, recorded_messages")
	return err
}

// expect returns an error where there are not so many rows.
func (t *table) expect(ctx context.Context, rows int) error {
	var count int
	if err := t.conn.QueryRowContext(ctx, "SELECT count(*) FROM recorded_requests").Scan(&count); err != nil {
		return err
	}
	if count != rows {
		return fmt.Errorf("%d of %d rows were stored", count, rows)
	}
	return nil
}

// dump returns the rows in the text form of COPY. lib/pq has no COPY TO STDOUT, so the server makes them in a table that
// it reads its own file into; it is the private server of this run, where we are superuser.
func (t *table) dump(ctx context.Context) ([]string, error) {
	var directory string
	if err := t.conn.QueryRowContext(ctx, "SHOW data_directory").Scan(&directory); err != nil {
		return nil, err
	}
	file := directory + "/bench.copy"
	for _, statement := range []string{
		"COPY (SELECT * FROM recorded_requests) TO " + pq.QuoteLiteral(file),
		"CREATE TEMPORARY TABLE lines (line text)",
		// Separators that no line has, so that each is one value as it is.
		"COPY lines FROM " + pq.QuoteLiteral(file) + ` WITH (FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', NULL E'\x03')`,
	} {
		if _, err := t.conn.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	rows, err := t.conn.QueryContext(ctx, "SELECT line FROM lines")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}

// rawCopy is what lib/pq's statement of a COPY offers beside database/sql: lines that are ready.
type rawCopy interface {
	// Exec without values ends the COPY, where the server's errors are reported.
	Exec(values []driver.Value) (driver.Result, error)
	CopyData(ctx context.Context, line string) (driver.Result, error)
}

// copy sends the lines, so many in each transaction.
func (t *table) copy(ctx context.Context, lines []string, batch int) error {
	for len(lines) > 0 {
		n := min(batch, len(lines))
		if err := t.copyBatch(ctx, lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

func (t *table) copyBatch(ctx context.Context, lines []string) error {
	if _, err := t.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	err := t.conn.Raw(func(connection any) (err error) {
		preparer, ok := connection.(driver.ConnPrepareContext)
		if !ok {
			return errors.New("the driver cannot prepare a COPY")
		}
		prepared, err := preparer.PrepareContext(ctx, copyIn)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, prepared.Close()) }()
		statement, ok := prepared.(rawCopy)
		if !ok {
			return errors.New("the driver cannot send lines of a COPY")
		}
		for _, line := range lines {
			if _, err := statement.CopyData(ctx, line); err != nil {
				return err
			}
		}
		_, err = statement.Exec(nil)
		return err
	})
	end := "COMMIT"
	if err != nil {
		end = "ROLLBACK"
	}
	_, endErr := t.conn.ExecContext(ctx, end)
	return errors.Join(err, endErr)
}
