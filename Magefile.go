//go:build mage

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/magefile/mage/mg"

	"github.com/mockforge/mockforge-observability-app/dev/build"
)

// Aliases gives the targets of a namespace their short names.
var Aliases = map[string]any{"build": Build.All}

// Demo builds what is needed and runs the whole product with traffic; Ctrl-C stops it.
func Demo(ctx context.Context) error {
	fmt.Println("Building the demo (the first time takes some minutes):")
	if err := build.All(ctx); err != nil {
		return err
	}
	fmt.Println("Starting the demo:")
	binary, err := filepath.Abs(build.Demo)
	if err != nil {
		return err
	}
	environment := append(os.Environ(), "MOCKFORGE_DEMO_WATCH_PARENT=1")
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
