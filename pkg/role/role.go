// Package role has the basic roles that Grafana gives to the users of an organisation, and which of them may read contents
// of recordings.
package role

import (
	"encoding/json"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Role is the name of a basic role as Grafana sends it with every call. The browser has no say in it.
type Role string

// The roles that may do anything here. None, which Grafana gives to users without a basic role, and "", which is nobody, may
// not.
const (
	Viewer Role = "Viewer"
	Editor Role = "Editor"
	Admin  Role = "Admin"
)

var order = []Role{Viewer, Editor, Admin}

// AtLeast reports whether r may do what least may. A role that is unknown may do nothing.
func (r Role) AtLeast(least Role) bool {
	place := slices.Index(order, r)
	return place >= 0 && slices.Contains(order[:place+1], least)
}

// readBodiesKey is the setting of the app, and of the data source, that says from which role on contents of recordings may be
// read.
const readBodiesKey = "readBodiesRole"

// ReadBodies reads that setting from the jsonData of a plugin: Viewer where there is none. The error is a *validation.Error
// that names it.
func ReadBodies(jsonData []byte) (Role, error) {
	var settings struct {
		ReadBodiesRole json.RawMessage `json:"readBodiesRole"`
	}
	if len(jsonData) > 0 && json.Unmarshal(jsonData, &settings) != nil {
		return "", validation.Errorf("jsonData", "must be a JSON object")
	}
	var chosen Role
	if settings.ReadBodiesRole != nil && json.Unmarshal(settings.ReadBodiesRole, &chosen) != nil {
		return "", validation.Errorf(readBodiesKey, "must be Viewer, Editor or Admin, is no text")
	}
	switch {
	case chosen == "":
		return Viewer, nil
	case !slices.Contains(order, chosen):
		return "", validation.Errorf(readBodiesKey, "must be Viewer, Editor or Admin, is %.40q", string(chosen))
	}
	return chosen, nil
}
