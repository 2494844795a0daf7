// The backend of the MockForge Recordings data source: the executable that Grafana starts and talks to over gRPC. It is
// an executable of its own, since Grafana runs one for each plugin, nested ones included.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	sdk "github.com/grafana/grafana-plugin-sdk-go/backend/datasource"

	"github.com/mockforge/mockforge-observability-app/pkg/datasource"
)

func main() {
	if err := sdk.Manage(datasource.ID, datasource.New, sdk.ManageOpts{}); err != nil {
		backend.Logger.Error("The data source's backend could not be served", "error", err)
		os.Exit(1)
	}
}
