package postgres_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// silent returns a server that accepts connections and never says anything.
func silent(t *testing.T) (dsn string, connected <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan struct{}, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns <- struct{}{}
			go func() { defer conn.Close(); _, _ = io.Copy(io.Discard, conn) }()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return (&url.URL{Scheme: "postgres", Host: l.Addr().String(), Path: "/x", RawQuery: "sslmode=disable&connect_timeout=0"}).String(), conns
}

func TestASeveredStoreEndsWhatIsInProgressAndBeginsNothing(t *testing.T) {
	dsn, connected := silent(t)
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := store.Query(context.WithoutCancel(t.Context()), recording.Query{})
		ended <- err
	}()
	<-connected
	store.Sever()
	if err := <-ended; !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("in progress: %v", err)
	}
	if err := store.Ping(t.Context()); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("afterwards: %v", err)
	}
}
