package plugin

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// The files that are there to be copied work.
func TestTheProvisionedAppAsksTheCollector(t *testing.T) {
	file, err := os.ReadFile("../../provisioning/grafana-by-collector/plugins/mockforge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(postgrestest.DSN(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("$__env{MOCKFORGE_COLLECTOR_URL}", remotetest.Serve(t, store), "$__env{MOCKFORGE_GRAFANA_TOKEN}", remotetest.Token).Replace(string(file))
	var provisioned struct {
		Apps []struct {
			Type           string
			JSONData       map[string]any    `yaml:"jsonData"`
			SecureJSONData map[string]string `yaml:"secureJsonData"`
		}
	}
	if err := yaml.Unmarshal([]byte(text), &provisioned); err != nil || len(provisioned.Apps) != 1 || provisioned.Apps[0].Type != ID {
		t.Fatalf("%+v, %v", provisioned, err)
	}
	data, err := json.Marshal(provisioned.Apps[0].JSONData)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := NewApp(t.Context(), backend.AppInstanceSettings{JSONData: data, DecryptedSecureJSONData: provisioned.Apps[0].SecureJSONData})
	if err != nil {
		t.Fatal(err)
	}
	app := instance.(*App)
	defer app.Dispose()
	got, err := app.CheckHealth(t.Context(), &backend.CheckHealthRequest{})
	if err != nil || got.Status != backend.HealthStatusOk {
		t.Errorf("%+v, %v", got, err)
	}
}
