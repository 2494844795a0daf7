package plugin

import (
	"errors"
	"net/http"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/role"
)

// errNoRole refuses users whom the organisation gives no role, and calls that Grafana makes for nobody.
var errNoRole = errors.New("the Viewer role of the organisation is needed")

// access tells what callers may do. Grafana authenticates the user and sends role and login with every call; the browser
// has no say in either.
//
// plugin.json declares the rights to Grafana, too. A backend learns of those only through a service account, which Grafana
// gives to plugins behind a feature toggle and for one organisation: so the role decides, everywhere.
type access struct {
	// readBodies is the least role that may read contents of recordings.
	readBodies role.Role
}

// canRead reports whether the role of user may look; it leaves out None, which Grafana gives to users without any basic role.
func canRead(user *backend.User) bool {
	return user != nil && role.Role(user.Role).AtLeast(role.Viewer)
}

// actor returns who sends a request of the control API.
func (a access) actor(r *http.Request) (api.Actor, error) {
	user := backend.UserFromContext(r.Context())
	if !canRead(user) {
		return api.Actor{}, errNoRole
	}
	name := user.Login
	if name == "" {
		name = user.Email
	}
	is := role.Role(user.Role)
	return api.Actor{Name: name, CanWrite: is.AtLeast(role.Editor), CanReadBodies: is.AtLeast(a.readBodies)}, nil
}
