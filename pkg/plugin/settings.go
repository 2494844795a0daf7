package plugin

import (
	"errors"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// ID is the plugin's id in plugin.json.
const ID = "mockforge-observability-app"

// dsnKey is the name of the connection string among the secure settings.
const dsnKey = "dsn"

// errNotConfigured says that no database was named yet.
var errNotConfigured = errors.New("not configured: enter the PostgreSQL connection string on the plugin's configuration page")

// dsnFrom returns the connection string of an organisation, or errNotConfigured where it has none.
func dsnFrom(settings backend.AppInstanceSettings) (string, error) {
	dsn := strings.TrimSpace(settings.DecryptedSecureJSONData[dsnKey])
	if dsn == "" {
		return "", errNotConfigured
	}
	return dsn, nil
}
