package plugin

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/grafanahttp"
	"github.com/mockforge/mockforge-observability-app/pkg/role"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ID is the plugin's id in plugin.json.
const ID = "mockforge-observability-app"

// dsnKey is the name of the connection string among the secure settings.
const dsnKey = "dsn"

var (
	// errNotConfigured says that neither a database nor a collector was named yet.
	errNotConfigured = errors.New("not configured: enter the PostgreSQL connection string or the address of a collector on the plugin's configuration page")
	// errBoth says that it is not clear where to look.
	errBoth error = validation.Errorf("collectorUrl", "must not be there together with a PostgreSQL connection string (dsn): remove one of them")
)

// home is where an organisation's recordings and scenarios are: in a database, or behind a collector, whichever is not empty.
type home struct {
	dsn          string
	collectorURL string
	token        string
	// readBodies is the least role that may read contents of recordings.
	readBodies role.Role
}

// homeFrom reads the settings of an organisation; errNotConfigured where they name nothing.
func homeFrom(settings backend.AppInstanceSettings) (home, error) {
	var data struct {
		CollectorURL string `json:"collectorUrl"`
	}
	if len(settings.JSONData) > 0 {
		if err := json.Unmarshal(settings.JSONData, &data); err != nil {
			return home{}, errors.New("collectorUrl must be an address such as http://collector:4600")
		}
	}
	h := home{
		dsn: strings.TrimSpace(settings.DecryptedSecureJSONData[dsnKey]), collectorURL: strings.TrimSpace(data.CollectorURL),
		token: settings.DecryptedSecureJSONData[grafanahttp.TokenKey],
	}
	var err error
	h.readBodies, err = role.ReadBodies(settings.JSONData)
	switch {
	case h.dsn != "" && h.collectorURL != "":
		return h, errBoth
	case h.dsn == "" && h.collectorURL == "":
		return h, errNotConfigured
	}
	return h, err
}
