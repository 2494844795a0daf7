// The backend of the MockForge Observability app plugin: the executable that Grafana starts and talks to over gRPC.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/app"

	"github.com/mockforge/mockforge-observability-app/pkg/plugin"
)

func main() {
	if err := app.Manage(plugin.ID, plugin.NewApp, app.ManageOpts{}); err != nil {
		backend.Logger.Error("The plugin's backend could not be served", "error", err)
		os.Exit(1)
	}
}
