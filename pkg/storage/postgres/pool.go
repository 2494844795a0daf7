package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// poolPatience is how long a caller waits for a connection that is busy before the pool gets one more: most statements
	// are over sooner, and many collectors share one server.
	poolPatience = 10 * time.Millisecond
	// poolRest is how long connections that nobody uses are kept, but for one.
	poolRest = 5 * time.Second
)

// pool is a pool of one connection, which grows while callers wait for it, up to most, and gives back what it does not use.
//
//	one connection ── a caller waits 10 ms ──▶ one more ── … ──▶ most
//	      ▲                                                        │
//	      └────────────── for 5 s no two were in use ──────────────┘
//
// A server that has no connection left refuses the one more, and nobody else: those who wait get the connections that there are.
type pool struct {
	*sql.DB
	most int
	// refusals is asked before a connection is made that nobody depends on.
	refusals *refusals

	mu     sync.Mutex
	limit  int
	rest   *time.Timer
	closed bool
	// connecting is how many connections are being made now.
	connecting atomic.Int64
	// growing are the connections that are being made.
	growing sync.WaitGroup
	life    context.Context
	end     context.CancelFunc
}

// counted counts the connections that are being made.
type counted struct {
	driver.Connector
	now *atomic.Int64
}

// Connect connects.
func (c counted) Connect(ctx context.Context) (driver.Conn, error) {
	c.now.Add(1)
	defer c.now.Add(-1)
	return c.Connector.Connect(ctx)
}

func newPool(connector driver.Connector, most int, refusals *refusals) *pool {
	p := &pool{most: most, refusals: refusals}
	p.DB = sql.OpenDB(counted{connector, &p.connecting})
	p.life, p.end = context.WithCancel(context.Background())
	p.setLimit(1)
	p.SetConnMaxIdleTime(poolRest)
	return p
}

func (p *pool) setLimit(n int) {
	p.limit = n
	p.SetMaxOpenConns(n)
	p.SetMaxIdleConns(n)
}

// waiter is a caller that may wait for a connection.
type waiter struct{ served, gone atomic.Bool }

type waiterKey struct{}

// serve notes that who waits with ctx has a connection.
func serve(ctx context.Context) {
	if w, ok := ctx.Value(waiterKey{}).(*waiter); ok {
		w.served.Store(true)
	}
}

// impatient has the pool grow for as long as a caller waits; done is called once it waits no more. One look would not do: what was
// made for this caller may have gone to another.
func (p *pool) impatient(ctx context.Context) (waiting context.Context, done func()) {
	if p.most == 1 {
		return ctx, func() {}
	}
	w := &waiter{}
	var look func()
	look = func() {
		if w.served.Load() || w.gone.Load() {
			return
		}
		// While one is being made, another is not asked for.
		if now := p.Stats(); now.InUse >= now.MaxOpenConnections && p.connecting.Load() == 0 && !p.grow() {
			return
		}
		time.AfterFunc(poolPatience, look)
	}
	first := time.AfterFunc(poolPatience, look)
	return context.WithValue(ctx, waiterKey{}, w), func() { w.gone.Store(true); first.Stop() }
}

// grow makes one more connection, for those who wait, and reports whether there may be more later.
func (p *pool) grow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if p.limit >= p.most || p.refusals.pending() {
		return true
	}
	p.setLimit(p.limit + 1)
	if p.rest == nil {
		p.rest = time.AfterFunc(poolRest, p.shrink)
	}
	p.growing.Go(func() {
		// Those who wait get no connection by a higher limit alone, but what this one leaves behind.
		ctx, cancel := context.WithTimeout(p.life, connectTimeout)
		defer cancel()
		_ = p.DB.PingContext(ctx)
	})
	return true
}

// shrink gives back what is not in use.
func (p *pool) shrink() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	n := max(1, p.Stats().InUse)
	if n < p.limit {
		p.setLimit(n)
	}
	if p.rest = nil; n > 1 {
		p.rest = time.AfterFunc(poolRest, p.shrink)
	}
}

// Close closes every connection.
func (p *pool) Close() error {
	p.mu.Lock()
	p.closed = true
	if p.rest != nil {
		p.rest.Stop()
	}
	p.mu.Unlock()
	p.end()
	err := p.DB.Close()
	p.growing.Wait()
	return err
}

// QueryContext runs a statement that has rows.
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, done := p.impatient(ctx)
	defer done()
	return p.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a statement that has one row.
func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ctx, done := p.impatient(ctx)
	defer done()
	return p.DB.QueryRowContext(ctx, query, args...)
}

// ExecContext runs a statement that has no rows.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, done := p.impatient(ctx)
	defer done()
	return p.DB.ExecContext(ctx, query, args...)
}

// BeginTx begins a transaction.
func (p *pool) BeginTx(ctx context.Context, options *sql.TxOptions) (*sql.Tx, error) {
	ctx, done := p.impatient(ctx)
	defer done()
	return p.DB.BeginTx(ctx, options)
}

// Conn takes a connection.
func (p *pool) Conn(ctx context.Context) (*sql.Conn, error) {
	ctx, done := p.impatient(ctx)
	defer done()
	return p.DB.Conn(ctx)
}

// PingContext asks whether the server answers.
func (p *pool) PingContext(ctx context.Context) error {
	ctx, done := p.impatient(ctx)
	defer done()
	return p.DB.PingContext(ctx)
}
