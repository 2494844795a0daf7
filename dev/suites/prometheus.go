package suites

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// withPrometheus returns environment with a PATH on which prometheus and promtool are. Where they are absent, Debian's package
// is unpacked into the user's cache: installed, it would start a server. The tests that need it say where that failed.
func withPrometheus(ctx context.Context, out io.Writer, environment []string) []string {
	if _, err := exec.LookPath("prometheus"); err == nil {
		return environment
	}
	directory, err := unpackedPrometheus(ctx, out)
	if err != nil {
		fmt.Fprintf(out, "Prometheus is absent, and cannot be had: %v\n", err)
		return environment
	}
	return append(environment, "PATH="+directory+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// unpackedPrometheus returns the directory with the programs of the package.
func unpackedPrometheus(ctx context.Context, out io.Writer) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	root := filepath.Join(cache, "mockforge", "prometheus")
	binaries := filepath.Join(root, "usr", "bin")
	if _, err := os.Stat(filepath.Join(binaries, "prometheus")); err == nil {
		return binaries, nil
	}
	fmt.Fprintln(out, "Downloading Debian's package prometheus ...")
	directory, err := os.MkdirTemp("", "mockforge-prometheus-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(directory)
	if err := aptIn(ctx, directory, "download", "prometheus"); err != nil {
		// Lists of packages that are missing, or name a version that is no longer there.
		if updating := aptIn(ctx, directory, "update"); updating != nil {
			return "", updating
		}
		if err := aptIn(ctx, directory, "download", "prometheus"); err != nil {
			return "", err
		}
	}
	packages, err := filepath.Glob(filepath.Join(directory, "prometheus_*.deb"))
	if err != nil || len(packages) != 1 {
		return "", fmt.Errorf("apt-get downloaded %d packages, want 1", len(packages))
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	if output, err := exec.CommandContext(ctx, "dpkg-deb", "--extract", packages[0], root).CombinedOutput(); err != nil {
		return "", fmt.Errorf("dpkg-deb: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return binaries, nil
}

func aptIn(ctx context.Context, directory string, arguments ...string) error {
	command := exec.CommandContext(ctx, "apt-get", arguments...)
	command.Dir = directory
	if output, err := command.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return fmt.Errorf("apt-get %s: %w: %s", arguments[0], err, lines[len(lines)-1])
	}
	return nil
}
