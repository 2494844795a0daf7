package datasource

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// The files that are there to be copied work.
func TestTheProvisionedDataSourceAsksTheCollector(t *testing.T) {
	file, err := os.ReadFile("../../provisioning/grafana-by-collector/datasources/mockforge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	store, err := postgres.Open(filled(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	text := strings.NewReplacer("$__env{MOCKFORGE_COLLECTOR_URL}", remotetest.Serve(t, store), "$__env{MOCKFORGE_GRAFANA_TOKEN}", remotetest.Plain).Replace(string(file))
	var provisioned struct {
		DataSources []struct {
			Type           string
			JSONData       map[string]any    `yaml:"jsonData"`
			SecureJSONData map[string]string `yaml:"secureJsonData"`
		} `yaml:"datasources"`
	}
	if err := yaml.Unmarshal([]byte(text), &provisioned); err != nil || len(provisioned.DataSources) != 1 || provisioned.DataSources[0].Type != ID {
		t.Fatalf("%+v, %v", provisioned, err)
	}
	data, err := json.Marshal(provisioned.DataSources[0].JSONData)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := New(t.Context(), backend.DataSourceInstanceSettings{JSONData: data, DecryptedSecureJSONData: provisioned.DataSources[0].SecureJSONData})
	if err != nil {
		t.Fatal(err)
	}
	source := instance.(*DataSource)
	defer source.Dispose()
	got, err := source.CheckHealth(t.Context(), nil)
	if err != nil || got.Status != backend.HealthStatusOk {
		t.Errorf("%+v, %v", got, err)
	}
}
