package plugin

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// routes returns the routes of the control API, which the plugin serves but for the WebSocket: a test of pkg/api holds the document
// to the routes that there are.
func routes(t *testing.T) []string {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			if path != "/ws/metrics" {
				patterns = append(patterns, method+" "+path)
			}
		}
	}
	return patterns
}

// TestEveryRouteForEveryRole asks a real database as each of Grafana's roles, for each value of the setting.
func TestEveryRouteForEveryRole(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		store := by.fresh(t)
		for _, setting := range []string{"", "Viewer", "Editor", "Admin"} {
			app := store.app(t, `{"readBodiesRole":"`+setting+`"}`)
			if setting == "" {
				if err := store.WriteRecordings(t.Context(), []recording.Recording{apitest.MarkedRecording(time.Now().UTC())}); err != nil {
					t.Fatal(err)
				}
			}
			least := max(0, slices.Index([]string{"Viewer", "Editor", "Admin"}, setting))
			for place, role := range []string{"Viewer", "Editor", "Admin", "None", "", "Owner"} {
				caller := apitest.Caller{Name: role + " where the setting is " + setting, CanWrite: place > 0, CanReadBodies: place >= least}
				if place > 2 {
					caller.Outside = http.StatusForbidden
				}
				t.Run(caller.Name, func(t *testing.T) {
					apitest.Walk(t, routes(t), caller, func(p apitest.Probe) bool { return p.Shows }, func(p apitest.Probe) apitest.Answer {
						method, _, _ := strings.Cut(p.Pattern, " ")
						if strings.HasPrefix(p.Target, "/recordings/replay/") {
							// No collector is there to send it, which takes its time to tell.
							p.Target = strings.Replace(p.Target, apitest.MarkedID.String(), uuid.Max.String(), 1)
						}
						got := call(t, app, role, method, p.Target, p.Body)
						return apitest.Answer{Status: got.status, Header: got.header, Body: string(got.body)}
					})
				})
			}
		}
	})
}

func TestAWrongRoleInTheSettingsIsNamed(t *testing.T) {
	app := newAppOf(t, postgrestest.DSN(t), `{"readBodiesRole":"Everyone"}`)
	got := call(t, app, "Admin", "GET", "/recordings/stats", "")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.detail(t), "readBodiesRole: must be Viewer, Editor or Admin") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestOnlyAdminsMigrateByACheck: any reader can ask for the health of a plugin, with GET.
func TestOnlyAdminsMigrateByACheck(t *testing.T) {
	app := newFreshApp(t)
	app.waitUntilTried(t.Context())
	for _, role := range []string{"Viewer", "Admin"} {
		got, err := app.CheckHealth(t.Context(), &backend.CheckHealthRequest{PluginContext: backend.PluginContext{User: &backend.User{Role: role}}})
		if err != nil || got.Status != backend.HealthStatusOk {
			t.Errorf("%s: %v %v", role, got, err)
		}
	}
}

// TestTheManifestDeclaresTheRights as Grafana wants them: actions begin with the plugin's id.
func TestTheManifestDeclaresTheRights(t *testing.T) {
	file, err := os.ReadFile("../../src/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		ID    string
		Roles []struct {
			Role struct {
				Name, Description string
				Permissions       []struct{ Action, Scope string }
			}
			Grants []string
		}
	}
	if err := json.Unmarshal(file, &manifest); err != nil {
		t.Fatal(err)
	}
	granted := map[string][]string{}
	for _, declared := range manifest.Roles {
		if declared.Role.Name == "" || declared.Role.Description == "" {
			t.Errorf("a role without a name or a description: %+v", declared)
		}
		for _, p := range declared.Role.Permissions {
			// Plugins' own actions have no scope.
			if !strings.HasPrefix(p.Action, manifest.ID+".") || p.Scope != "" {
				t.Errorf("%s: action %q with scope %q", declared.Role.Name, p.Action, p.Scope)
			}
			action := strings.TrimPrefix(p.Action, manifest.ID+".")
			granted[action] = append(granted[action], declared.Grants...)
		}
	}
	for _, action := range []string{"recordings:read", "recordings:read-bodies"} {
		if !slices.Contains(granted[action], "Viewer") {
			t.Errorf("%s is granted to %v, want Viewer", action, granted[action])
		}
	}
}
