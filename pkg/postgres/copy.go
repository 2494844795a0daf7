package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// copyChunk is how many bytes of rows are given to the driver at a time.
const copyChunk = 32 << 10

// copier is the statement of a COPY FROM STDIN in lib/pq, which takes rows as they are sent to the server.
type copier interface {
	driver.Stmt
	CopyData(ctx context.Context, rows string) (driver.Result, error)
}

// copyTexts are used again: a batch needs some tens of KiB.
var copyTexts = sync.Pool{New: func() any { return new(copyText) }}

// copyRows copies what write puts into its argument, row by row, into a table. conn must be in a transaction; write
// returns false when there is nothing more.
func copyRows(ctx context.Context, conn *sql.Conn, table string, columns []string, write func(*copyText) (more bool, err error)) error {
	return conn.Raw(func(connection any) error {
		preparer, ok := connection.(driver.ConnPrepareContext)
		if !ok {
			return fmt.Errorf("the driver has no statements with a context: %T", connection)
		}
		prepared, err := preparer.PrepareContext(ctx, "COPY "+table+" ("+strings.Join(columns, ", ")+") FROM STDIN")
		if err != nil {
			return err
		}
		statement, ok := prepared.(copier)
		if !ok {
			return errors.Join(fmt.Errorf("the driver has no COPY: %T", prepared), prepared.Close())
		}
		// Close ends the rows, and is where the errors of the server are reported.
		return errors.Join(sendRows(ctx, statement, write), statement.Close())
	})
}

func sendRows(ctx context.Context, statement copier, write func(*copyText) (bool, error)) error {
	text := copyTexts.Get().(*copyText)
	defer copyTexts.Put(text)
	for more := true; more; {
		var err error
		text.rows = text.rows[:0]
		for more && len(text.rows) < copyChunk {
			if more, err = write(text); err != nil {
				return err
			}
		}
		if len(text.rows) == 0 {
			return nil
		}
		// The driver ends what it is given by a line feed of its own.
		if _, err := statement.CopyData(ctx, string(text.rows[:len(text.rows)-1])); err != nil {
			return err
		}
	}
	return nil
}
