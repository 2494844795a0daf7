//go:build mage

// The commands of the developer: `go tool mage -l` lists them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/magefile/mage/mg"

	"github.com/mockforge/mockforge-observability-app/dev/build"
	"github.com/mockforge/mockforge-observability-app/dev/suites"
)

// Aliases gives the targets of a namespace their short names.
var Aliases = map[string]any{"build": Build.All}

// Demo builds what is needed and runs the whole product with traffic; Ctrl-C stops it.
func Demo(ctx context.Context) error {
	// mage does not pass SIGTERM on: without this a demo would outlive the mage that was asked to end.
	parent := os.Getppid()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if os.Getppid() != parent {
				cancel()
			}
			time.Sleep(250 * time.Millisecond)
		}
	}()
	fmt.Println("Building the demo (the first time takes some minutes):")
	if err := build.All(ctx); err != nil {
		return err
	}
	fmt.Println("Starting the demo:")
	binary, err := filepath.Abs(build.Demo)
	if err != nil {
		return err
	}
	environment := append(os.Environ(), fmt.Sprintf("MOCKFORGE_DEMO_PARENT=%d", parent))
	if runtime.GOOS != "windows" {
		// In place of this process: signals and the exit code then are the demo's own.
		return syscall.Exec(binary, []string{binary}, environment)
	}
	demo := exec.CommandContext(ctx, binary+".exe")
	demo.Env, demo.Stdout, demo.Stderr = environment, os.Stdout, os.Stderr
	return demo.Run()
}

// Build has the parts of the product.
type Build mg.Namespace

// All builds everything.
func (Build) All(ctx context.Context) error { return build.All(ctx) }

// Frontend builds the plugin's pages into dist/.
func (Build) Frontend(ctx context.Context) error { return build.Frontend(ctx) }

// Backend builds the plugin's executable into dist/.
func (Build) Backend(ctx context.Context) error { return build.Backend(ctx) }

// Collector builds the Collector with the extension into bin/.
func (Build) Collector(ctx context.Context) error { return build.CollectorBinary(ctx) }

// CLI builds the command line into bin/.
func (Build) CLI(ctx context.Context) error { return build.CLIBinary(ctx) }

// Test runs all suites and ends with a line that sums them up.
func Test(ctx context.Context) error { return run(ctx, suites.All()...) }

// TestGo runs the Go tests with the race detector.
func TestGo(ctx context.Context) error { return run(ctx, suites.AllGo()) }

// TestFrontend runs the unit tests and the type check of the frontend.
func TestFrontend(ctx context.Context) error {
	return run(ctx, suites.Frontend(), suites.TypeCheck())
}

// TestBrowser runs the browser tests over each storage, each time against a demo of their own.
func TestBrowser(ctx context.Context) error { return run(ctx, suites.Browser()...) }

// Lint runs the linters of Go and TypeScript.
func Lint(ctx context.Context) error { return run(ctx, suites.GolangCI(), suites.ESLint()) }

// Format formats the Go and the TypeScript code.
func Format(ctx context.Context) error {
	return errors.Join(
		sh(ctx, "go", "tool", "-modfile=dev/tools/go.mod", "golangci-lint", "fmt"),
		sh(ctx, "npm", "run", "--silent", "lint:fix"),
	)
}

// Bench measures the product beside peers and writes bench/RESULTS.md; BENCH_ARGS has flags for it, such as -rounds 10.
func Bench(ctx context.Context) error {
	if err := build.CollectorBinary(ctx); err != nil {
		return err
	}
	return sh(ctx, "go", append([]string{"run", "./bench"}, strings.Fields(os.Getenv("BENCH_ARGS"))...)...)
}

// Chaos runs the built Collector and a real PostgreSQL through faults and writes bench/RESULTS-CHAOS.md; it fails where a promise was
// broken. CHAOS_ARGS has flags for it, such as -only streams.
func Chaos(ctx context.Context) error {
	if err := build.CollectorBinary(ctx); err != nil {
		return err
	}
	return sh(ctx, "go", append([]string{"run", "./dev/chaos"}, strings.Fields(os.Getenv("CHAOS_ARGS"))...)...)
}

// Screenshots takes those of README and docs, against a demo of their own.
func Screenshots(ctx context.Context) error {
	if err := build.All(ctx); err != nil {
		return err
	}
	chromium, err := suites.FindChromium(ctx, os.Stdout)
	if err != nil {
		return err
	}
	if err := os.Setenv("MOCKFORGE_CHROMIUM", chromium); err != nil {
		return err
	}
	return sh(ctx, "npx", "playwright", "test", "--config", "tests/screenshots/playwright.config.ts")
}

func run(ctx context.Context, all ...suites.Suite) error {
	if err := build.Packages(ctx); err != nil {
		return err
	}
	return suites.Run(ctx, os.Stdout, all...)
}

func sh(ctx context.Context, name string, arguments ...string) error {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command.Run()
}
