// Package build makes what the demo and the tests need: npm packages, the frontend, the plugin's backend, the
// Collector, the demo. Each step says in one line what it does, and does nothing where its result is up to date.
package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// logDirectory has one log per step. It is not committed.
const logDirectory = ".demo/build"

// step runs one command, with its output in a log, and prints a line before and after.
func step(ctx context.Context, name, title string, environment []string, command string, arguments ...string) error {
	if err := os.MkdirAll(logDirectory, 0o755); err != nil {
		return err
	}
	path := filepath.Join(logDirectory, name+".log")
	log, err := os.Create(path)
	if err != nil {
		return err
	}
	defer log.Close()
	fmt.Printf("  %s ...\n", title)
	started := time.Now()
	cmd := exec.CommandContext(ctx, command, arguments...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return failure(title, path, err)
	}
	fmt.Printf("  %s: done in %.1f s\n", title, time.Since(started).Seconds())
	return nil
}

// failure returns what went wrong in one line, and what the command said last.
func failure(title, path string, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s: %w", title, err)
	}
	content, _ := os.ReadFile(path)
	if line, ok := downloadFailure(string(content)); ok {
		return fmt.Errorf("%s: a download failed (%s): check the network or the proxy, then run it again; the whole output is in %s", title, line, path)
	}
	const lines = 15
	all := strings.Split(string(bytes.TrimSpace(content)), "\n")
	tail := all[max(0, len(all)-lines):]
	return fmt.Errorf("%s failed (%w); the whole output is in %s, its end is:\n    %s", title, err, path, strings.Join(tail, "\n    "))
}

// networkTrouble is what npm and the go command say when they cannot download.
var networkTrouble = []string{
	"ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "npm error network", "npm error code E4", "npm error code E5",
	"dial tcp", "no such host", "TLS handshake timeout", "i/o timeout", "connection refused",
}

// downloadFailure returns the line of a log that tells of a failed download.
func downloadFailure(log string) (string, bool) {
	for line := range strings.Lines(log) {
		for _, sign := range networkTrouble {
			if strings.Contains(line, sign) {
				return strings.TrimSpace(line[:min(len(line), 200)]), true
			}
		}
	}
	return "", false
}
