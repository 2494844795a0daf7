package datasource

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/grafanahttp"
	"github.com/mockforge/mockforge-observability-app/pkg/role"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ID is the data source's id in plugin.json.
const ID = "mockforge-recordings-datasource"

// dsnKey is the name of the connection string among the secure settings.
const dsnKey = "dsn"

// errNotConfigured says that neither a database nor a collector was named yet.
var errNotConfigured = errors.New("not configured: enter the PostgreSQL connection string or the address of a collector in the settings of the data source")

// errBoth says that it is not clear where to look.
var errBoth error = validation.Errorf("collectorUrl", "must not be there together with a PostgreSQL connection string (dsn): remove one of them")

// settings are what an admin chose.
type settings struct {
	dsn string
	// CollectorURL is the control API that is asked in place of a database, with token.
	CollectorURL string `json:"collectorUrl"`
	token        string
	// TracesUID names the data source to which trace ids link; empty is none.
	TracesUID string `json:"tracesUid"`
	// TracesType is the plugin id of that data source; empty is Tempo.
	TracesType string `json:"tracesType"`
	// readBodies is the least role that may search in contents of recordings.
	readBodies role.Role
}

func readSettings(from backend.DataSourceInstanceSettings) (settings, error) {
	var s settings
	if len(from.JSONData) > 0 {
		if err := json.Unmarshal(from.JSONData, &s); err != nil {
			return s, fmt.Errorf("the settings of the data source cannot be read: %w", err)
		}
	}
	var err error
	if s.readBodies, err = role.ReadBodies(from.JSONData); err != nil {
		return s, err
	}
	s.dsn = strings.TrimSpace(from.DecryptedSecureJSONData[dsnKey])
	s.CollectorURL, s.token = strings.TrimSpace(s.CollectorURL), from.DecryptedSecureJSONData[grafanahttp.TokenKey]
	switch {
	case s.dsn == "" && s.CollectorURL == "":
		return s, errNotConfigured
	case s.dsn != "" && s.CollectorURL != "":
		return s, errBoth
	}
	return s, nil
}
