package previewhost

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// Role is one of Grafana's basic roles of an organisation.
type Role string

// The roles that the page can choose from.
const (
	Viewer Role = "Viewer"
	Editor Role = "Editor"
	Admin  Role = "Admin"
)

// roleCookie carries the page's choice.
const roleCookie = "preview_role"

// parseRole reads a role's name as Grafana writes it.
func parseRole(name string) (Role, error) {
	switch role := Role(name); role {
	case Viewer, Editor, Admin:
		return role, nil
	}
	return "", fmt.Errorf("role: must be Viewer, Editor or Admin, is %q", name)
}

// roleOf returns who the page says the visitor is.
func (h *Host) roleOf(r *http.Request) Role {
	if cookie, err := r.Cookie(roleCookie); err == nil {
		if role, err := parseRole(cookie.Value); err == nil {
			return role
		}
	}
	return h.role
}

// login returns the user's name of a role: one user for each.
func (r Role) login() string { return strings.ToLower(string(r)) }

func (r Role) user() *pluginv2.User {
	return &pluginv2.User{
		Login: r.login(), Name: string(r), Email: r.login() + "@localhost", Role: string(r),
	}
}
