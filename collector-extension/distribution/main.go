// Command distribution is an OpenTelemetry Collector with the MockForge extension, as builder-config.yaml describes it.
package main

import (
	"fmt"
	"os"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/httpprovider"
	"go.opentelemetry.io/collector/confmap/provider/httpsprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/otelcol"
)

// version is set at build time: -ldflags "-X main.version=1.2.3".
var version = "0.1.0-dev"

func main() {
	// A Collector that is a gateway and nothing else has no pipelines. --feature-gates=-service.AllowNoPipelines asks for some again.
	if err := featuregate.GlobalRegistry().Set("service.AllowNoPipelines", true); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	uuid.EnableRandPool() // Each exchange has an id, which is no secret: a call of the system for each would be a hundredth of its time.
	settings := otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{
			Command: "mockforge-collector", Description: "OpenTelemetry Collector with the MockForge extension", Version: version,
		},
		Factories: components,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{
			ResolverSettings: confmap.ResolverSettings{
				ProviderFactories: []confmap.ProviderFactory{
					envprovider.NewFactory(), fileprovider.NewFactory(), httpprovider.NewFactory(), httpsprovider.NewFactory(), yamlprovider.NewFactory(),
				},
			},
		},
		ProviderModules: providerModules,
	}
	withBallast(func() {
		if err := otelcol.NewCommand(settings).Execute(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	})
}
