package datasource

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// TestEveryQueryTypeForEveryRole: frames have no contents of recordings for anybody, and filters look into these only for
// who may read them.
func TestEveryQueryTypeForEveryRole(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		store := by.fresh(t, nil)
		now := time.Now().UTC().Truncate(time.Second)
		if err := store.WriteRecordings(t.Context(), []recording.Recording{apitest.MarkedRecording(now)}); err != nil {
			t.Fatal(err)
		}
		during := backend.TimeRange{From: now.Add(-time.Minute), To: now.Add(time.Minute)}
		conditions := []string{`"text":"marker"`, `"headers":{"x-request":"*"}`, `"not":{"text":"marker"}`, `"not":{"headers":{"x-request":"*"}}`}
		for _, setting := range []string{"", "Viewer", "Editor", "Admin"} {
			source := store.source(t, `{"readBodiesRole":"`+setting+`"}`)
			least := max(0, slices.Index([]string{"Viewer", "Editor", "Admin"}, setting))
			for place, role := range []string{"Viewer", "Editor", "Admin", "None", "", "Owner"} {
				var user *backend.User
				if role != "" {
					user = &backend.User{Role: role}
				}
				query := func(queryType, filter string) backend.DataResponse {
					response, err := source.QueryData(t.Context(), &backend.QueryDataRequest{PluginContext: backend.PluginContext{User: user}, Queries: []backend.DataQuery{{
						RefID: "A", QueryType: queryType, JSON: []byte(`{"field":"routes","filter":{` + filter + `}}`), TimeRange: during, Interval: time.Second, MaxDataPoints: 100,
					}}})
					if err != nil {
						t.Fatal(err)
					}
					answer := response.Responses["A"]
					encoded, err := json.Marshal(answer)
					if err != nil {
						t.Fatal(err)
					}
					if apitest.IsMarked(nil, string(encoded)) {
						t.Errorf("%s as %q has contents: %s", queryType, role, encoded)
					}
					return answer
				}
				for queryType := range source.queryTypes() {
					if got := query(queryType, ""); got.Error != nil {
						t.Errorf("%s as %q: %v", queryType, role, got.Error)
					}
					for _, condition := range conditions {
						got := query(queryType, condition)
						if refused, want := got.Status == backend.StatusForbidden, place > 2 || place < least; refused != want {
							t.Errorf("%s {%s} as %q where the setting is %q: %d %v", queryType, condition, role, setting, got.Status, got.Error)
						} else if want && !strings.Contains(got.Error.Error(), "recordings:read-bodies") {
							t.Errorf("the error does not name the right: %v", got.Error)
						}
					}
				}
			}
		}
		if got := wrongSetting(t, store); !strings.Contains(got, "readBodiesRole: must be") {
			t.Errorf("a wrong setting: %s", got)
		}
	})
}

func wrongSetting(t *testing.T, store stored) string {
	t.Helper()
	return ask(t, store.source(t, `{"readBodiesRole":"everyone"}`), "recordings", `{}`).Error.Error()
}
