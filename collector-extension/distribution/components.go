package main

import (
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/bearertokenauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/healthcheckextension"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/zpagesextension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"

	mockforgeextension "github.com/mockforge/mockforge-observability-app/collector-extension"
	"github.com/mockforge/mockforge-observability-app/collector-extension/distribution/headerstampextension"
	"github.com/mockforge/mockforge-observability-app/collector-extension/mockforgereceiver"
)

// The modules of the components, as the components command shows them.
const (
	coreVersion   = " v0.162.0"
	stableVersion = " v1.68.0"
	core          = "go.opentelemetry.io/collector/"
	contrib       = "github.com/open-telemetry/opentelemetry-collector-contrib/"
)

var providerModules = map[string]string{
	"env":   core + "confmap/provider/envprovider" + stableVersion,
	"file":  core + "confmap/provider/fileprovider" + stableVersion,
	"http":  core + "confmap/provider/httpprovider" + stableVersion,
	"https": core + "confmap/provider/httpsprovider" + stableVersion,
	"yaml":  core + "confmap/provider/yamlprovider" + stableVersion,
}

// part is a factory with the module that it is from.
type part[F component.Factory] struct {
	factory F
	module  string
}

func components() (otelcol.Factories, error) {
	factories := otelcol.Factories{Telemetry: otelconftelemetry.NewFactory()}
	var err error
	if factories.Extensions, factories.ExtensionModules, err = collect(
		part[extension.Factory]{mockforgeextension.NewFactory(), "github.com/mockforge/mockforge-observability-app/collector-extension v" + version},
		part[extension.Factory]{headerstampextension.NewFactory(), "github.com/mockforge/mockforge-observability-app/collector-extension/distribution/headerstampextension v" + version},
		part[extension.Factory]{zpagesextension.NewFactory(), core + "extension/zpagesextension" + coreVersion},
		part[extension.Factory]{healthcheckextension.NewFactory(), contrib + "extension/healthcheckextension" + coreVersion},
		part[extension.Factory]{bearertokenauthextension.NewFactory(), contrib + "extension/bearertokenauthextension" + coreVersion},
	); err != nil {
		return otelcol.Factories{}, err
	}
	if factories.Receivers, factories.ReceiverModules, err = collect(
		part[receiver.Factory]{mockforgereceiver.NewFactory(), "github.com/mockforge/mockforge-observability-app/collector-extension/mockforgereceiver v" + version},
		part[receiver.Factory]{otlpreceiver.NewFactory(), core + "receiver/otlpreceiver" + coreVersion},
	); err != nil {
		return otelcol.Factories{}, err
	}
	if factories.Processors, factories.ProcessorModules, err = collect(
		part[processor.Factory]{batchprocessor.NewFactory(), core + "processor/batchprocessor" + coreVersion},
		part[processor.Factory]{memorylimiterprocessor.NewFactory(), core + "processor/memorylimiterprocessor" + coreVersion},
	); err != nil {
		return otelcol.Factories{}, err
	}
	if factories.Exporters, factories.ExporterModules, err = collect(
		part[exporter.Factory]{otlpexporter.NewFactory(), core + "exporter/otlpexporter" + coreVersion},
		part[exporter.Factory]{otlphttpexporter.NewFactory(), core + "exporter/otlphttpexporter" + coreVersion},
		part[exporter.Factory]{debugexporter.NewFactory(), core + "exporter/debugexporter" + coreVersion},
	); err != nil {
		return otelcol.Factories{}, err
	}
	return factories, nil
}

func collect[F component.Factory](parts ...part[F]) (map[component.Type]F, map[component.Type]string, error) {
	list, modules := make([]F, 0, len(parts)), make(map[component.Type]string, len(parts))
	for _, p := range parts {
		list, modules[p.factory.Type()] = append(list, p.factory), p.module
	}
	factories, err := otelcol.MakeFactoryMap(list...)
	return factories, modules, err
}
