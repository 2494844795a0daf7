package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// slowServer connects within a moment, and answers no statement before end is closed.
type slowServer struct {
	end     chan struct{}
	running atomic.Int64
	made    atomic.Int64
}

func (s *slowServer) Connect(context.Context) (driver.Conn, error) {
	time.Sleep(25 * time.Millisecond)
	s.made.Add(1)
	return guardedConn{driverConn: slowConn{server: s}}, nil
}

func (s *slowServer) Driver() driver.Driver { return nil }

type slowConn struct {
	driverConn
	server *slowServer
}

func (c slowConn) Ping(context.Context) error               { return nil }
func (c slowConn) IsValid() bool                            { return true }
func (c slowConn) ResetSession(context.Context) error       { return nil }
func (c slowConn) CheckNamedValue(*driver.NamedValue) error { return nil }
func (c slowConn) Close() error                             { return nil }
func (c slowConn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	c.server.running.Add(1)
	<-c.server.end
	return nil, errors.New("ended")
}

// However many ask at the same moment, all that there may be come to work.
func TestThePoolGrowsForAllWhoWait(t *testing.T) {
	for _, callers := range []int{1, 2, 6, 40} {
		synctest.Test(t, func(t *testing.T) {
			server := &slowServer{end: make(chan struct{})}
			p := newPool(server, 6, newRefusals(slog.New(slog.DiscardHandler)))
			ctx, leave := context.WithCancel(t.Context())
			var asked sync.WaitGroup
			for range callers {
				asked.Go(func() { _, _ = p.BeginTx(ctx, nil) })
			}
			time.Sleep(2 * time.Second)
			if want := int64(min(callers, 6)); server.running.Load() != want || server.made.Load() != want {
				t.Errorf("of %d callers %d are served, by %d connections; want %d", callers, server.running.Load(), server.made.Load(), want)
			}
			leave()
			close(server.end)
			asked.Wait()
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
