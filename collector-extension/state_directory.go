package mockforgeextension

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// databaseName is the file in the state directory.
const databaseName = "mockforge.db"

// systemDirectory is where a service of the system keeps its state (Filesystem Hierarchy Standard, /var/lib).
const systemDirectory = "/var/lib/mockforge"

// stateDirectories returns where a collector may keep its state, the best first:
//
//   - the one of STATE_DIRECTORY, which systemd sets for a service with StateDirectory=, and nowhere else then;
//   - %LocalAppData%\mockforge on Windows;
//   - /var/lib/mockforge, where root or whoever owns it runs the collector;
//   - mockforge in XDG_STATE_HOME, or in ~/.local/state (XDG Base Directory Specification).
func stateDirectories(getenv func(string) string, system string) []string {
	// systemd separates several by colons.
	if own, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), string(os.PathListSeparator)); own != "" {
		return []string{own}
	}
	if runtime.GOOS == "windows" {
		if local := getenv("LocalAppData"); local != "" {
			return []string{filepath.Join(local, "mockforge")}
		}
		return nil
	}
	directories := []string{system}
	if home := getenv("XDG_STATE_HOME"); filepath.IsAbs(home) { // The specification has others ignored.
		directories = append(directories, filepath.Join(home, "mockforge"))
	} else if home := getenv("HOME"); filepath.IsAbs(home) {
		directories = append(directories, filepath.Join(home, ".local", "state", "mockforge"))
	}
	return directories
}

// stateDirectory returns the first of directories that has a database, or can be written to; it is made where it is not there.
func stateDirectory(directories []string) (string, error) {
	if len(directories) == 0 {
		return "", errors.New("this user has no directory for state")
	}
	var errs []error
	for _, directory := range directories {
		err := canKeep(directory)
		if err == nil {
			return directory, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// canKeep returns why a directory cannot keep a database. One that has a database is the one, whatever else: its disk may be full, and
// another directory would have another scenario.
func canKeep(directory string) error {
	if _, err := os.Stat(filepath.Join(directory, databaseName)); err == nil {
		return nil
	}
	// Only its owner may read what clients have sent.
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("%s cannot be made: %w", directory, inner(err))
	}
	probe, err := os.CreateTemp(directory, ".probe-")
	if err != nil {
		return fmt.Errorf("%s cannot be written to: %w", directory, inner(err))
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// inner leaves out the path, which the whole error has already.
func inner(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}
