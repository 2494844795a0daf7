package build

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

const oldestNode = 20

// Packages installs the npm packages where they are absent or the lock file is newer than them.
func Packages(ctx context.Context) error {
	if err := checkNode(ctx); err != nil {
		return err
	}
	if fresh("node_modules/.package-lock.json", "package-lock.json") {
		return nil
	}
	return step(ctx, "npm", "Installing npm packages (npm ci)", nil, "npm", "ci", "--no-audit", "--no-fund")
}

func checkNode(ctx context.Context) error {
	output, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return fmt.Errorf("node is missing: install Node.js %d or newer from https://nodejs.org", oldestNode)
	}
	text := strings.TrimSpace(string(output))
	major, _, _ := strings.Cut(strings.TrimPrefix(text, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return fmt.Errorf("node is %s: install Node.js %d or newer from https://nodejs.org", text, oldestNode)
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return fmt.Errorf("npm is missing: it comes with Node.js from https://nodejs.org, or as the package npm")
	}
	return nil
}
