package devpostgres

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

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
		if s.port, err = probe.FreePort(ctx); err != nil {
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
