package postgrestest

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
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
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	_ = listener.Close()
	password, _ := server.User.Password()
	configuration := fmt.Sprintf("[databases]\n* = host=%s port=%s user=%s password=%s\n[pgbouncer]\npool_mode = transaction\nauth_type = any\n"+
		"listen_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\ndefault_pool_size = 2\nmax_client_conn = 200\n%s\n",
		server.Hostname(), server.Port(), server.User.Username(), password, address.Port, strings.Join(settings, "\n"))
	file := filepath.Join(t.TempDir(), "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := []string{file}
	if os.Geteuid() == 0 {
		arguments = []string{"-u", "nobody", file} // It refuses to be root.
	}
	var log bytes.Buffer
	process := exec.Command(program, arguments...)
	process.Stdout, process.Stderr = &log, &log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		_ = process.Wait()
		if t.Failed() {
			t.Logf("log of PgBouncer:\n%s", log.String())
		}
	})
	server.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(address.Port))
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
