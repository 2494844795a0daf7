package devpostgres_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

func start(t *testing.T, options devpostgres.Options) *devpostgres.Server {
	t.Helper()
	options.Fast, options.Private = true, true
	server, err := devpostgres.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

func TestServerComesBackAfterACrashWithItsData(t *testing.T) {
	defer goleak.VerifyNone(t)
	server := start(t, devpostgres.Options{})
	if err := devpostgres.Execute(t.Context(), server.DSN(), "CREATE TABLE kept AS SELECT 1 AS one"); err != nil {
		t.Fatal(err)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := devpostgres.Execute(t.Context(), server.DSN(), "SELECT 1"); err == nil {
		t.Fatal("the server still answers after Kill")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := devpostgres.Execute(t.Context(), server.DSN(), "SELECT one FROM kept"); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatalf("stopping again: %v", err)
	}
	if _, err := os.Stat(server.Directory()); !os.IsNotExist(err) {
		t.Errorf("the temporary directory is still there: %v", err)
	}
}

func TestNamedDirectoryKeepsItsData(t *testing.T) {
	parent, err := os.MkdirTemp("", "mockforge-kept-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(parent)
	if err := os.Chmod(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(parent, "server")
	first := start(t, devpostgres.Options{Directory: directory})
	if err := devpostgres.Execute(t.Context(), first.DSN(), "CREATE TABLE kept AS SELECT 1 AS one"); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, devpostgres.Options{Directory: directory})
	if err := devpostgres.Execute(t.Context(), second.DSN(), "SELECT one FROM kept"); err != nil {
		t.Fatal(err)
	}
}

func TestATakenPortIsSaid(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, err = devpostgres.Start(t.Context(), devpostgres.Options{Private: true, Fast: true, Port: listener.Addr().(*net.TCPAddr).Port})
	if err == nil || !strings.Contains(err.Error(), "is taken") {
		t.Fatalf("the error does not say that the port is taken: %v", err)
	}
}

func TestAnUnreachableServerOfTheEnvironmentIsSaidWithoutItsPassword(t *testing.T) {
	t.Setenv(devpostgres.EnvironmentDSN, "postgres://somebody:hunter2@127.0.0.1:1/nothing?sslmode=disable")
	_, err := devpostgres.Start(t.Context(), devpostgres.Options{})
	if err == nil || !strings.Contains(err.Error(), devpostgres.EnvironmentDSN) {
		t.Fatalf("the error does not name the variable: %v", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("the error has the password: %v", err)
	}
}
