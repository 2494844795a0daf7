package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unsafe"
)

// copyChunk is how many bytes of rows are given to the driver at a time. It sends them at once, in one message, if they are more than
// 63 KiB, and has room for 64 KiB, of which it needs five before and one behind them.
const copyChunk = 64<<10 - 6

// copier is the statement of a COPY FROM STDIN in lib/pq, which takes rows as they are sent to the server.
type copier interface {
	driver.Stmt
	CopyData(ctx context.Context, rows string) (driver.Result, error)
}

// copyTexts are used again: a batch needs some tens of KiB.
var copyTexts = sync.Pool{New: func() any { return new(copyText) }}

// copyRows copies what write puts into its argument, row by row, into a table. conn must be in a transaction; write
// returns false when there is nothing more.
func copyRows(ctx context.Context, conn *sql.Conn, table string, columns []string, write func(*copyText) (more bool)) error {
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

func sendRows(ctx context.Context, statement copier, write func(*copyText) bool) error {
	text := copyTexts.Get().(*copyText)
	defer text.put()
	// Rows are sent as soon as the next one makes a message of them, with as many of them as fit in one.
	whole := 0
	for more := true; more; {
		if more = write(text); len(text.rows) > copyChunk && whole > 0 {
			if err := send(ctx, statement, text.rows[:whole]); err != nil {
				return err
			}
			text.rows = append(text.rows[:0], text.rows[whole:]...)
		}
		whole = len(text.rows)
	}
	return send(ctx, statement, text.rows)
}

func send(ctx context.Context, statement copier, rows []byte) error {
	if len(rows) == 0 {
		return nil
	}
	// The driver ends what it is given by a line feed of its own, and copies it.
	_, err := statement.CopyData(ctx, unsafe.String(&rows[0], len(rows)-1)) //nolint:gosec // nobody writes to rows meanwhile, and the driver keeps none of it
	return err
}

// maxKeptRows is how much of the memory of rows is kept, in bytes.
const maxKeptRows = 1 << 20

func (c *copyText) put() {
	c.rows = c.rows[:0]
	if cap(c.rows) <= maxKeptRows {
		copyTexts.Put(c)
	}
}
