package postgrestest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/child/childtest"
	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// PgBouncer starts a PgBouncer in transaction mode before the database of dsn, which has two connections to it, and returns its
// connection string. settings are further lines of its configuration. Where PgBouncer is not installed the test is skipped; in
// CI it fails.
func PgBouncer(t testing.TB, dsn string, settings ...string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("needs PgBouncer: apt-get install pgbouncer")
		}
		t.Fatalf("PgBouncer: %v", err)
	}
	server, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	address, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := server.User.Password()
	configuration := fmt.Sprintf("[databases]\n* = host=%s port=%s user=%s password=%s\n[pgbouncer]\npool_mode = transaction\nauth_type = any\n"+
		"listen_addr = 127.0.0.1\nlisten_port = %s\nunix_socket_dir =\ndefault_pool_size = 2\nmax_client_conn = 200\n%s\n",
		server.Hostname(), server.Port(), server.User.Username(), password, port, strings.Join(settings, "\n"))
	file := filepath.Join(t.TempDir(), "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{file}
	if os.Geteuid() == 0 {
		arguments = []string{"-u", "nobody", file} // It refuses to be root.
	}
	childtest.Start(t, exec.Command(program, arguments...))
	server.Host = address
	through := server.String()
	ready := time.NewTicker(10 * time.Millisecond)
	defer ready.Stop()
	for deadline := time.Now().Add(time.Minute); devpostgres.Execute(t.Context(), through, "SELECT") != nil; <-ready.C {
		if time.Now().After(deadline) {
			t.Fatal("PgBouncer does not answer")
		}
	}
	return through
}
