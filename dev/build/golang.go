package build

import (
	"context"
	"fmt"
	"runtime"
)

// The programs that the demo runs.
const (
	Collector = "bin/mockforge-collector"
	Demo      = "bin/demo"
)

// Backend builds the plugin's executable for this machine into dist/, under the name that Grafana looks for.
func Backend(ctx context.Context) error { return BackendFor(ctx, runtime.GOOS, runtime.GOARCH) }

// BackendFor builds the plugin's executable for an operating system and architecture, in the spelling of GOOS and GOARCH.
func BackendFor(ctx context.Context, system, architecture string) error {
	name := fmt.Sprintf("gpx_mockforge_observability_%s_%s", system, architecture)
	environment := []string{"GOOS=" + system, "GOARCH=" + architecture, "CGO_ENABLED=0"}
	return goBuild(ctx, name, "Building the plugin's backend for "+system+"/"+architecture, "dist/"+name, "./pkg", environment...)
}

// CollectorBinary builds the Collector with the extension.
func CollectorBinary(ctx context.Context) error {
	return goBuild(ctx, "collector", "Building the Collector with the extension", Collector, "./collector-extension/distribution", "CGO_ENABLED=0")
}

// DemoBinary builds what runs the demo.
func DemoBinary(ctx context.Context) error {
	return goBuild(ctx, "demo", "Building the demo", Demo, "./dev/demo", "CGO_ENABLED=0")
}

func goBuild(ctx context.Context, name, title, output, pkg string, environment ...string) error {
	if runtime.GOOS == "windows" {
		output += ".exe"
	}
	return step(ctx, name, title, environment, "go", "build", "-o", output, pkg)
}
