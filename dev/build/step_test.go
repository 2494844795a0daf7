package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestStepFailures(t *testing.T) {
	for _, c := range []struct {
		name, script string
		lines        int
		want         string
	}{
		{"npm without a network", `echo "npm warn x"; echo "npm error network request to https://example.org failed"; exit 1`, 1, "check the network"},
		{"go without a network", `echo "go: example.org/x@v1.0.0: dial tcp: lookup example.org: no such host"; exit 1`, 1, "check the network"},
		{"an error in the code", `echo "main.go:1: syntax error"; exit 2`, 2, "main.go:1: syntax error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			err := step(t.Context(), "step", "Building", nil, "/bin/sh", "-c", c.script)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "\n")+1 != c.lines {
				t.Errorf("%v; want %d lines with %q", err, c.lines, c.want)
			}
		})
	}
	t.Run("a missing program", func(t *testing.T) {
		t.Chdir(t.TempDir())
		if err := step(t.Context(), "step", "Building", nil, "there-is-no-such-program"); err == nil || !strings.Contains(err.Error(), exec.ErrNotFound.Error()) {
			t.Errorf("%v; want %v", err, exec.ErrNotFound)
		}
	})
}

func TestFresh(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(path string, age time.Duration) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("src/page.ts", time.Hour)
	if fresh("dist/module.js", "src") {
		t.Error("an output that does not exist is fresh")
	}
	write("dist/module.js", time.Minute)
	if !fresh("dist/module.js", "src", "there-is-no-such-file") {
		t.Error("an output newer than its inputs is not fresh")
	}
	write("src/node_modules/x.js", 0)
	if !fresh("dist/module.js", "src") {
		t.Error("installed packages count as inputs")
	}
	write("src/deep/other.ts", 0)
	if fresh("dist/module.js", "src") {
		t.Error("an output older than one of its inputs is fresh")
	}
}
