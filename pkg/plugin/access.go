package plugin

import (
	"errors"
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// errNoRole refuses users whom the organisation gives no role, and calls that Grafana makes for nobody.
var errNoRole = errors.New("the Viewer role of the organisation is needed")

// canWrite says which of Grafana's roles of an organisation may change the scenario.
func canWrite(role string) bool { return role == "Admin" || role == "Editor" }

// canRead says which roles may look; it leaves out None, which Grafana gives to users without any basic role.
func canRead(role string) bool { return role == "Viewer" || canWrite(role) }

// authorize tells the control API who calls. Grafana authenticates the user and sends role and login with every call;
// the browser has no say in either.
func authorize(r *http.Request) (api.Actor, error) {
	user := backend.UserFromContext(r.Context())
	if user == nil || !canRead(user.Role) {
		return api.Actor{}, errNoRole
	}
	name := user.Login
	if name == "" {
		name = user.Email
	}
	return api.Actor{Name: name, CanWrite: canWrite(user.Role)}, nil
}
