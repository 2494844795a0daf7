package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

type fleetLimits scenario.Limits

func (l fleetLimits) Limits(context.Context) (scenario.Limits, error) { return scenario.Limits(l), nil }

// TestLimitsOfTheFleetCountWhereThereIsNoConfiguration is the case of the Grafana plugin, whose collectors have the limits.
func TestLimitsOfTheFleetCountWhereThereIsNoConfiguration(t *testing.T) {
	s := newServer(t, func(o *api.Options) {
		o.FleetLimits = fleetLimits{MaxDuration: time.Hour, MaxLatencyMS: 1000}
		o.Limits = scenario.Limits{MaxLatencyMS: 500}
	})
	got := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"error"}`)
	if want := s.clock.Now().Add(time.Hour); got.ExpiresAt == nil || !got.ExpiresAt.Equal(want) {
		t.Errorf("expires at %v, want %v", got.ExpiresAt, want)
	}
	for target, test := range map[string]struct{ method, body, field string }{
		"/scenarios/mode":         {"PUT", `{"mode":"error","expires_in":"2h"}`, "expires_in"},
		"/scenarios/latency":      {"PUT", `{"max_ms":501}`, "max_ms"},
		"/scenarios/chaos/config": {"PUT", `{"latency_max_ms":501}`, "latency_max_ms"},
		"/scenarios/presets":      {"POST", `{"name":"mine","mode":"chaos","latency_max_ms":501}`, "latency_max_ms"},
	} {
		a := s.send(test.method, target, test.body)
		if p := decode[api.Problem](t, a); a.status != http.StatusBadRequest || p.Field != test.field {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
}
