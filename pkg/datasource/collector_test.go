package datasource

import (
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

func TestHealthByACollector(t *testing.T) {
	store, err := postgres.Open(filled(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	collector := remotetest.Serve(t, store)
	for _, test := range []struct {
		name, address, token, message string
		status                        backend.HealthStatus
	}{
		{"a collector", collector, remotetest.Token, "Connected to the collector at " + collector, backend.HealthStatusOk},
		{"a token that may only read", collector, remotetest.Plain, "It stores in PostgreSQL", backend.HealthStatusOk},
		{"a token that is refused", collector, "hunter2-wrong", "refuses the token", backend.HealthStatusError},
		{"an address that is none", "collector", "", "collectorUrl: must be an address", backend.HealthStatusError},
	} {
		got, err := newSourceBy(t, test.address, test.token, `{}`).CheckHealth(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != test.status || !strings.Contains(got.Message, test.message) || strings.Contains(got.Message, "hunter2") {
			t.Errorf("%s: %s: %s", test.name, got.Status, got.Message)
		}
	}
}

func TestWithoutACollectorQueriesFailDownstream(t *testing.T) {
	address, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	source := newSourceBy(t, "http://"+address, "hunter2", `{}`)
	for _, queryType := range []string{"recordings", "logs", "traffic", "patterns", "events", "volume"} {
		got := ask(t, source, queryType, `{}`)
		if got.Status != backend.StatusBadGateway || got.ErrorSource != backend.ErrorSourceDownstream || got.Error.Error() != "the collector at http://"+address+" does not answer" {
			t.Errorf("%s: status %d from %s: %v", queryType, got.Status, got.ErrorSource, got.Error)
		}
	}
}

func TestOneOfBothIsNamed(t *testing.T) {
	got := ask(t, newSource(t, "postgres://u:hunter2@h/db", `{"collectorUrl":"http://collector:4600"}`), "recordings", `{}`)
	if got.Status != backend.StatusBadRequest || !strings.Contains(got.Error.Error(), "collectorUrl: must not be there together with") {
		t.Errorf("%d %v", got.Status, got.Error)
	}
}
