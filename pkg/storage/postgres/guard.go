package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// cancelPatience is how long a statement may take to end once its context has.
const cancelPatience = 2 * time.Second

// guarded are connections whose statements end with their contexts. The driver asks the server once, over another
// connection, to cancel one: a request that comes before the statement has begun is lost, and so is every one while the
// server's machine does not answer.
type guarded struct {
	ways     *ways
	refusals *refusals
}

type dialedKey struct{}

// Connect connects, and remembers over what.
func (g guarded) Connect(ctx context.Context) (driver.Conn, error) {
	if err := g.refusals.refused(); err != nil {
		return nil, err
	}
	var over net.Conn
	made, err := g.ways.connect(context.WithValue(ctx, dialedKey{}, &over))
	g.refusals.note(err)
	if err != nil {
		return nil, err
	}
	known, ok := made.(driverConn)
	if !ok || over == nil {
		return made, nil
	}
	return guardedConn{known, over, g.ways}, nil
}

// Driver returns that of the connections.
func (g guarded) Driver() driver.Driver { return g.ways.direct.Driver() }

// driverConn is what a connection of pq can do.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type guardedConn struct {
	driverConn
	over net.Conn
	ways *ways
}

// guard closes the connection where what ctx is of does not end by itself; done is called when it has.
func (c guardedConn) guard(ctx context.Context) (done func()) {
	serve(ctx)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(cancelPatience)
		defer timer.Stop()
		select {
		case <-ended:
		case <-timer.C:
			_ = c.over.Close()
		}
	})
	return func() { stop(); close(ended) }
}

// Close closes the connection. That it was cut before, by guard or by Sever, is no failure.
func (c guardedConn) Close() error {
	err := c.driverConn.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// QueryContext runs a statement that has rows.
func (c guardedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	limited, cancel := c.ways.limited(ctx)
	defer c.guard(limited)()
	rows, err := c.driverConn.QueryContext(limited, query, args)
	if err != nil {
		cancel()
		return nil, tooLong(limited, err)
	}
	if limited != ctx {
		return limitedRows{rows, cancel}, nil
	}
	return rows, nil
}

// ExecContext runs a statement that has none.
func (c guardedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	limited, cancel := c.ways.limited(ctx)
	defer cancel()
	defer c.guard(limited)()
	result, err := c.driverConn.ExecContext(limited, query, args)
	return result, tooLong(limited, err)
}

// BeginTx begins a transaction.
func (c guardedConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	defer c.guard(ctx)()
	return c.driverConn.BeginTx(ctx, options)
}

// PrepareContext prepares a statement.
func (c guardedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	defer c.guard(ctx)()
	return c.driverConn.PrepareContext(ctx, query)
}

// Ping asks whether the server answers.
func (c guardedConn) Ping(ctx context.Context) error {
	defer c.guard(ctx)()
	return c.driverConn.Ping(ctx)
}

// tooLong says of a statement that was ended since it met the bound of its time that it has, as PostgreSQL's own would.
func tooLong(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errStatementTimeout) {
		return api.ErrTooLong
	}
	return err
}
