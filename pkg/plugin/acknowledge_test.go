package plugin

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Grafana learns from the store what the collectors have applied.
func TestAChangeInGrafanaWaitsForTheCollectors(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		collector := by.fresh(t)
		app := collector.app(t, "")
		register := func(ctx context.Context, name string, version int64) error {
			return collector.Register(ctx, scenario.Instance{ID: name, Name: name, Started: time.Now(), AppliedVersion: version})
		}
		if err := register(t.Context(), "collector-a", 0); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- collector.Watch(ctx, func(s scenario.Scenario) {
				if err := register(ctx, "collector-a", s.Version); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			})
		}()
		defer func() { cancel(); <-done }()
		change := func(method, path, body string) api.Acknowledgement {
			t.Helper()
			got := call(t, app, "Editor", method, path, body)
			var acknowledged api.Acknowledgement
			if err := json.Unmarshal(got.body, &acknowledged); err != nil || got.status != 200 {
				t.Fatalf("%s %s: %d %s", method, path, got.status, got.body)
			}
			return acknowledged
		}
		all := api.Acknowledgement{Acknowledged: 1, Of: 1, Late: []string{}}
		if diff := cmp.Diff(all, change("PUT", "/scenarios/mode?wait=30s", `{"mode":"error"}`)); diff != "" {
			t.Errorf("a switch (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(all, change("POST", "/scenarios/stop?wait=30s", "")); diff != "" {
			t.Errorf("a stop (-want +got):\n%s", diff)
		}
		if err := register(t.Context(), "collector-b", 0); err != nil {
			t.Fatal(err)
		}
		late := api.Acknowledgement{Acknowledged: 1, Of: 2, Late: []string{"collector-b"}}
		if diff := cmp.Diff(late, change("PUT", "/scenarios/mode?wait=300ms", `{"mode":"error"}`)); diff != "" {
			t.Errorf("with one that does nothing (-want +got):\n%s", diff)
		}
		if got := call(t, app, "Viewer", "PUT", "/scenarios/mode?wait=300ms", `{"mode":"error"}`); got.status != 403 {
			t.Errorf("a viewer: %d %s", got.status, got.body)
		}

		if by != byDatabase {
			return // it is the collector that waits
		}
		// An instance that is disposed of, since its settings have changed, answers what waits.
		answered := make(chan answer, 1)
		go func() { answered <- call(t, app, "Editor", "PUT", "/scenarios/mode?wait=30s", `{"mode":"degraded"}`) }()
		for {
			s, err := collector.Current(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if s.Mode == scenario.Degraded {
				break
			}
			time.Sleep(time.Millisecond)
		}
		app.Dispose()
		if got := <-answered; got.status != 200 {
			t.Errorf("an instance that is disposed of answers %d %s", got.status, got.body)
		}
	})
}
