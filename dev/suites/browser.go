package suites

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/build"
)

// storageVariable chooses what a demo stores in.
const storageVariable = "MOCKFORGE_DEMO_STORAGE"

// Browser returns the Playwright tests in headless Chromium, once for each storage, each time against a demo of their own. Where the
// environment has a storage, or a demo that runs already, they are run once.
func Browser() []Suite {
	if os.Getenv("MOCKFORGE_ENDPOINTS") != "" || os.Getenv(storageVariable) != "" {
		return []Suite{browser("Browser tests", cmp.Or(os.Getenv(storageVariable), "postgres"))}
	}
	return []Suite{browser("Browser tests over PostgreSQL", "postgres"), browser("Browser tests over a file", "sqlite")}
}

func browser(name, storage string) Suite {
	return Suite{name, func(ctx context.Context, out io.Writer) (Result, error) {
		if err := build.All(ctx); err != nil {
			return Result{}, err
		}
		chromium, err := FindChromium(ctx, out)
		if err != nil {
			return Result{}, unavailable{"no browser: " + err.Error()}
		}
		report, err := reportFile("playwright-" + storage + ".json")
		if err != nil {
			return Result{}, err
		}
		command := exec.CommandContext(ctx, "npx", "playwright", "test")
		command.Env = append(os.Environ(), "MOCKFORGE_CHROMIUM="+chromium, "PLAYWRIGHT_JSON_OUTPUT_FILE="+report, storageVariable+"="+storage)
		command.Stdout, command.Stderr = out, out
		// Playwright stops its demo in its global teardown, for which it needs an interrupt rather than a kill.
		command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
		command.WaitDelay = 30 * time.Second
		runErr := command.Run()
		var counts struct {
			Stats struct{ Expected, Unexpected, Flaky, Skipped int }
		}
		if err := readReport(report, &counts); err != nil {
			return Result{}, errors.Join(runErr, err)
		}
		result := Result{
			Passed:  counts.Stats.Expected,
			Failed:  counts.Stats.Unexpected + counts.Stats.Flaky,
			Skipped: counts.Stats.Skipped,
		}
		return result, exitError(runErr, result)
	}}
}
