package mockforgeextension

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configmiddleware"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

var _ extensioncapabilities.Dependent = (*mockforge)(nil)

// Dependencies returns started before this extension: gateways accept requests from its Start on.
func (m *mockforge) Dependencies() []component.ID {
	var ids []component.ID
	for _, g := range m.config.Gateways {
		for _, id := range g.Plugins {
			if id != m.settings.ID {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func validatePlugins(plugins []component.ID) error {
	seen := map[component.ID]bool{}
	for i, id := range plugins {
		if seen[id] {
			return validation.Errorf(index("plugins", i), "must not be chained twice, %s is", id)
		}
		seen[id] = true
	}
	return nil
}

// plugins returns the extensions that a gateway chains, as plugins. An error names the key.
func (m *mockforge) plugins(ctx context.Context, ids []component.ID, host component.Host) ([]gateway.Plugin, error) {
	plugins := make([]gateway.Plugin, 0, len(ids))
	for i, id := range ids {
		if id == m.settings.ID {
			return nil, validation.Errorf(index("plugins", i), "must be another extension: %s cannot be chained on a gateway of its own", id)
		}
		wrap, err := configmiddleware.Config{ID: id}.GetHTTPServerHandler(ctx, host.GetExtensions())
		if err != nil {
			return nil, fmt.Errorf("%s: %w; it must be an HTTP middleware that is listed in service::extensions", index("plugins", i), err)
		}
		plugins = append(plugins, gateway.Plugin{Name: id.String(), Wrap: wrap})
	}
	return plugins, nil
}

// executed is told of every run of a plugin.
func (m *mockforge) executed(e gateway.Execution) {
	m.counter.Executed(e.Gateway, e.Plugin, e.Duration, e.Failed)
	if m.config.Prometheus.CollectPluginStats {
		m.metrics.Executed(e.Gateway, e.Plugin, e.Duration, e.Failed)
	}
}
