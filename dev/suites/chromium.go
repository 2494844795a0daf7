package suites

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// FindChromium returns the path of a Chromium that starts here: one on the machine, else Playwright's own, else Debian's
// package where the caller is root.
func FindChromium(ctx context.Context, out io.Writer) (string, error) {
	if chosen := os.Getenv("MOCKFORGE_CHROMIUM"); chosen != "" {
		return chosen, starts(ctx, chosen)
	}
	if path, ok := installedChromium(ctx); ok {
		return path, nil
	}
	if path, ok := playwrightChromium(ctx); ok {
		return path, nil
	}
	fmt.Fprintln(out, "Downloading Playwright's Chromium ...")
	download, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if exec.CommandContext(download, "npx", "playwright", "install", "chromium").Run() == nil {
		if path, ok := playwrightChromium(ctx); ok {
			return path, nil
		}
	}
	if err := debianPackages(ctx, out, "chromium"); err != nil {
		return "", errors.Join(errors.New("there is no Chromium on this machine, and Playwright's cannot be downloaded or started"), err)
	}
	if path, ok := installedChromium(ctx); ok {
		return path, nil
	}
	return "", errors.New("Debian's Chromium does not start")
}

func installedChromium(ctx context.Context) (string, bool) {
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
	} {
		if path, err := exec.LookPath(name); err == nil && starts(ctx, path) == nil {
			return path, true
		}
	}
	return "", false
}

// playwrightChromium returns the Chromium in Playwright's cache, where it was downloaded and its libraries are on the machine.
func playwrightChromium(ctx context.Context) (string, bool) {
	output, err := exec.CommandContext(ctx, "node", "-e", "console.log(require('@playwright/test').chromium.executablePath())").Output()
	path := strings.TrimSpace(string(output))
	return path, err == nil && path != "" && starts(ctx, path) == nil
}

// starts tries whether the browser at path opens a page.
func starts(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	output, err := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom", "about:blank").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s does not start: %w: %.300s", path, err, output)
	}
	return nil
}
