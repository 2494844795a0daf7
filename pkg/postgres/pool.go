package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
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
	// growing are the connections that are being made.
	growing sync.WaitGroup
	life    context.Context
	end     context.CancelFunc
}

func newPool(connector driver.Connector, most int, refusals *refusals) *pool {
	p := &pool{DB: sql.OpenDB(connector), most: most, refusals: refusals}
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

// impatient has the pool grow where a caller still waits after a while; done is called once it waits no more.
func (p *pool) impatient() (done func() bool) {
	if p.most == 1 {
		return func() bool { return true }
	}
	before := p.Stats().WaitCount
	return time.AfterFunc(poolPatience, func() {
		if now := p.Stats(); now.WaitCount > before && now.InUse >= now.MaxOpenConnections {
			p.grow()
		}
	}).Stop
}

// grow makes one more connection, for those who wait.
func (p *pool) grow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.limit >= p.most || p.refusals.pending() {
		return
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
	defer p.impatient()()
	return p.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a statement that has one row.
func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	defer p.impatient()()
	return p.DB.QueryRowContext(ctx, query, args...)
}

// ExecContext runs a statement that has no rows.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	defer p.impatient()()
	return p.DB.ExecContext(ctx, query, args...)
}

// BeginTx begins a transaction.
func (p *pool) BeginTx(ctx context.Context, options *sql.TxOptions) (*sql.Tx, error) {
	defer p.impatient()()
	return p.DB.BeginTx(ctx, options)
}

// Conn takes a connection.
func (p *pool) Conn(ctx context.Context) (*sql.Conn, error) {
	defer p.impatient()()
	return p.DB.Conn(ctx)
}

// PingContext asks whether the server answers.
func (p *pool) PingContext(ctx context.Context) error {
	defer p.impatient()()
	return p.DB.PingContext(ctx)
}
