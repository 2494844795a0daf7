package build

import (
	"context"
	"fmt"
	"runtime"
)

// The programs that are built for this machine.
const (
	Collector = "bin/mockforge-collector"
	Demo      = "bin/demo"
	CLI       = "bin/mockforge"
)

// backends are the executables of the plugin: its own, and that of each nested plugin with a backend, in the folder and
// under the name that Grafana looks for.
var backends = []struct{ title, folder, name, pkg string }{
	{"the plugin's backend", "dist", "gpx_mockforge_observability", "./pkg"},
	{"the data source's backend", "dist/datasource", "gpx_mockforge_recordings", "./pkg/datasource/cmd"},
}

// Backend builds the plugin's executables for this machine into dist/.
func Backend(ctx context.Context) error { return BackendFor(ctx, runtime.GOOS, runtime.GOARCH) }

// BackendFor builds the plugin's executables for an operating system and architecture, in the spelling of GOOS and GOARCH.
func BackendFor(ctx context.Context, system, architecture string) error {
	environment := []string{"GOOS=" + system, "GOARCH=" + architecture, "CGO_ENABLED=0"}
	for _, b := range backends {
		name := fmt.Sprintf("%s_%s_%s", b.name, system, architecture)
		title := "Building " + b.title + " for " + system + "/" + architecture
		if err := goBuild(ctx, name, title, b.folder+"/"+name, b.pkg, environment...); err != nil {
			return err
		}
	}
	return nil
}

// CollectorBinary builds the Collector with the extension.
func CollectorBinary(ctx context.Context) error {
	return goBuild(ctx, "collector", "Building the Collector with the extension", Collector, "./collector-extension/distribution", "CGO_ENABLED=0")
}

// CLIBinary builds the command line.
func CLIBinary(ctx context.Context) error {
	return goBuild(ctx, "cli", "Building the command line", CLI, "./cmd/mockforge", "CGO_ENABLED=0")
}

// demoBinary builds what runs the demo.
func demoBinary(ctx context.Context) error {
	return goBuild(ctx, "demo", "Building the demo", Demo, "./dev/demo", "CGO_ENABLED=0")
}

func goBuild(ctx context.Context, name, title, output, pkg string, environment ...string) error {
	if runtime.GOOS == "windows" {
		output += ".exe"
	}
	return step(ctx, name, title, environment, "go", "build", "-o", output, pkg)
}
