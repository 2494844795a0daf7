package plugin

import (
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// What is wrong is told where it can be put right, in words of collectors.
func TestHealthByACollector(t *testing.T) {
	store, err := postgres.Open(postgrestest.DSN(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, err := postgres.Open("postgres://nobody:hunter2@"+nobodyListens(t)+"/none", postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	collector, away := remotetest.Serve(t, store), "http://"+nobodyListens(t)
	for _, test := range []struct {
		name, address, token string
		status               backend.HealthStatus
		message              string
	}{
		{"a collector", collector, remotetest.Token, backend.HealthStatusOk, "Connected to the collector at " + collector + " (" + remotetest.Name + ", version " + remotetest.Build + "). It stores in PostgreSQL "},
		{"a token that may not speak for others", collector, remotetest.Plain, backend.HealthStatusError, "control::delegates"},
		{"a token that is refused", collector, "hunter2-wrong", backend.HealthStatusError, "refuses the token"},
		{"no token", collector, "", backend.HealthStatusError, "refuses the token"},
		{"nothing at the address", away, remotetest.Token, backend.HealthStatusError, "the collector at " + away + " does not answer: "},
		{"an address that is none", "collector:4600", remotetest.Token, backend.HealthStatusError, "collectorUrl: must be an address such as"},
		{"a collector whose database is away", remotetest.Serve(t, gone), remotetest.Token, backend.HealthStatusError, "Its storage, PostgreSQL, does not answer: The database cannot be reached."},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := newAppBy(t, test.address, test.token, "").CheckHealth(t.Context(), &backend.CheckHealthRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != test.status || !strings.Contains(got.Message, test.message) {
				t.Errorf("%v %q, want %v with %q", got.Status, got.Message, test.status, test.message)
			}
			if strings.Contains(got.Message, "hunter2") {
				t.Errorf("a secret is in %q", got.Message)
			}
		})
	}
}

func TestErrorsTellOfTheCollector(t *testing.T) {
	address := "http://" + nobodyListens(t)
	app := newAppBy(t, address, "hunter2", "")
	want := "The collector at " + address + " does not answer."
	for path, method := range map[string]string{"/scenarios/mode": "GET", "/scenarios/stop": "POST", "/recordings/stats": "GET"} {
		if got := call(t, app, "Editor", method, path, ""); got.status != 503 || got.detail(t) != want {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	updates, _ := run(t, app)
	if update := <-updates; update.Error != "the collector at "+address+" does not answer" {
		t.Errorf("%+v", update)
	}
}

func TestOneOfBothIsNamed(t *testing.T) {
	instance, err := NewApp(t.Context(), backend.AppInstanceSettings{
		JSONData: []byte(`{"collectorUrl":"http://collector:4600"}`), DecryptedSecureJSONData: map[string]string{"dsn": "postgres://u:hunter2@h/db"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer instance.(*App).Dispose()
	got := call(t, instance.(*App), "Admin", "GET", "/scenarios/mode", "")
	if got.status != 503 || !strings.Contains(got.detail(t), "collectorUrl: must not be there together with") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
