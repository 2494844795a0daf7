// Package postgrestest gives each test a database of its own on a real PostgreSQL.
package postgrestest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

// shared is the one server of this test process.
var shared = sync.OnceValues(func() (*devpostgres.Server, error) {
	server, err := devpostgres.Start(context.Background(), devpostgres.Options{Fast: true})
	if err == nil && !server.External() {
		removeAtExit(server.Directory())
	}
	return server, err
})

// DSN returns the connection string of a new, empty database, which is dropped when the test ends. Where no PostgreSQL can
// be had the test is skipped with the reason; in CI it fails.
func DSN(t testing.TB) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		unavailable(t, err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := devpostgres.Execute(t.Context(), server.DSN(), "CREATE DATABASE "+pq.QuoteIdentifier(name)); err != nil {
		t.Fatalf("create a database for the test: %v", err)
	}
	t.Cleanup(func() {
		err := devpostgres.Execute(context.Background(), server.DSN(), "DROP DATABASE "+pq.QuoteIdentifier(name)+" WITH (FORCE)")
		if err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
	})
	return devpostgres.WithDatabase(server.DSN(), name)
}

// Server starts a server for this test alone, which it may kill and restart.
func Server(t testing.TB) *devpostgres.Server {
	t.Helper()
	return ServerOf(t, 0)
}

// ServerOf is Server with a number of connections; 0 is as many as any test needs.
func ServerOf(t testing.TB, connections int) *devpostgres.Server {
	t.Helper()
	server, err := devpostgres.Start(t.Context(), devpostgres.Options{Fast: true, Private: true, MaxConnections: connections})
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	return server
}

func unavailable(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "" && errors.Is(err, devpostgres.ErrNoBinaries) {
		t.Skipf("needs PostgreSQL: %v", err)
	}
	t.Fatalf("PostgreSQL: %v", err)
}

// atExit is the pipe whose end tells the remover that this process is gone.
var atExit *os.File //nolint:unused // held open, never read

// removeAtExit has a shell wait for the end of this process, however it comes, then stop the server and remove its
// directory: a package of tests has no hook at its end other than TestMain, which belongs to the tests.
func removeAtExit(directory string) {
	const script = `read -r _
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -f "$1/data/postmaster.pid" ] || break
  kill -INT "$(head -n 1 "$1/data/postmaster.pid")" 2>/dev/null || break
  sleep 0.2
done
rm -rf "$1"`
	shell, err := exec.LookPath("sh")
	if err != nil {
		return
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return
	}
	defer reader.Close()
	command := exec.Command(shell, "-c", script, "sh", directory)
	command.Stdin = reader
	ownGroup(command)
	if command.Start() != nil {
		_ = writer.Close()
		return
	}
	atExit = writer
}
