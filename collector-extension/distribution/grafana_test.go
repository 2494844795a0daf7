package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/plugin"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// grafana is the app over a Collector, as Grafana runs it.
type grafana struct{ *plugin.App }

func newGrafana(t *testing.T, collector, token string) grafana {
	t.Helper()
	settings := sdk.AppInstanceSettings{JSONData: []byte(`{"collectorUrl":"` + collector + `"}`), DecryptedSecureJSONData: map[string]string{"token": token}}
	instance, err := plugin.NewApp(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	app := instance.(*plugin.App)
	t.Cleanup(app.Dispose)
	return grafana{app}
}

// call sends a call of a page of a user with a role.
func (g grafana) call(t *testing.T, role, method, path, body string) (status int, answer string) {
	t.Helper()
	withoutQuery, _, _ := strings.Cut(path, "?")
	request := &sdk.CallResourceRequest{
		PluginContext: sdk.PluginContext{User: &sdk.User{Login: "ada", Role: role}},
		Method:        method, Path: withoutQuery, URL: path, Body: []byte(body), Headers: map[string][]string{"Content-Type": {"application/json"}},
	}
	err := g.CallResource(t.Context(), request, sdk.CallResourceResponseSenderFunc(func(part *sdk.CallResourceResponse) error {
		if part.Status != 0 {
			status = part.Status
		}
		answer += string(part.Body)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

// updates receives what the live stream sends.
type updates chan traffic.Update

func (u updates) Send(packet *sdk.StreamPacket) error {
	var update traffic.Update
	if err := json.Unmarshal(packet.Data, &update); err != nil {
		return err
	}
	select {
	case u <- update:
	default: // nobody waits for it any more
	}
	return nil
}

// Grafana needs no database where a Collector answers for one: it switches, it sees what is recorded, and the history has its users.
func TestGrafanaNeedsNoDatabase(t *testing.T) {
	const token = "hunter2-of-grafana"
	c := &collector{environment: environment(t, greeter(t)), log: &log{}}
	c.environment["DSN"], c.environment["CONTROL_TOKEN"] = postgrestest.DSN(t), token
	c.run(t, "testdata/grafana.yaml")
	g := newGrafana(t, c.control, token)
	eventually(t, "the check is good", func() bool {
		got, err := g.CheckHealth(t.Context(), &sdk.CheckHealthRequest{})
		return err == nil && got.Status == sdk.HealthStatusOk && containsAll(got.Message, c.control, "It stores in PostgreSQL", "1 collector is running")
	})
	if status, answer := g.call(t, "Viewer", "PUT", "scenarios/mode", `{"mode":"error"}`); status != http.StatusForbidden {
		t.Errorf("a viewer: %d %s", status, answer)
	}
	status, answer := g.call(t, "Editor", "PUT", "scenarios/mode?wait=30s", `{"mode":"error","error_rate":1,"status_codes":[503]}`)
	if status != http.StatusOK || !containsAll(answer, `"set_by":"ada"`, `"acknowledged":1`) {
		t.Fatalf("an editor: %d %s", status, answer)
	}
	if status, _ := call(t, "GET", c.gateway+"/users/7", "", ""); status != http.StatusServiceUnavailable {
		t.Errorf("the gateway answers %d", status)
	}
	eventually(t, "it is recorded", func() bool {
		var page recording.Page
		status, answer := g.call(t, "Viewer", "POST", "recordings/query", `{"path":"/users/7"}`)
		return status == http.StatusOK && json.Unmarshal([]byte(answer), &page) == nil && len(page.Recordings) == 1 && page.Recordings[0].Injected()
	})
	live := make(updates, 10)
	ended := make(chan error, 1)
	go func() {
		ended <- g.RunStream(t.Context(), &sdk.RunStreamRequest{Path: "live"}, sdk.NewStreamSender(live))
	}()
	if first := <-live; first.Mode != "error" || first.Instances != 1 || first.Error != "" {
		t.Errorf("live: %+v", first)
	}
	status, answer = g.call(t, "Admin", "POST", "scenarios/stop", "")
	var stopped scenario.Scenario
	if err := json.Unmarshal([]byte(answer), &stopped); err != nil || status != http.StatusOK || stopped.Injects() || !strings.Contains(answer, `"collector":"in force"`) {
		t.Errorf("a stop: %d %s", status, answer)
	}
	c.stop(t)
	if status, answer := g.call(t, "Viewer", "GET", "scenarios/mode", ""); status != http.StatusServiceUnavailable || !strings.Contains(answer, "The collector at "+c.control+" does not answer.") {
		t.Errorf("without the Collector: %d %s", status, answer)
	}
	for update := range live {
		if strings.Contains(update.Error, c.control) {
			break
		}
	}
	g.Dispose()
	<-ended
	if text := c.log.String(); strings.Contains(text, token) {
		t.Error("the token is in the log of the Collector")
	}
}
