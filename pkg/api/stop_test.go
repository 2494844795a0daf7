package api_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// stops takes harm away from a scenario, and notes how it was asked to.
type stops struct {
	from  scenario.Scenario
	reach api.Reach
	err   error

	asked     bool
	audit     api.Audit
	ifVersion *int64
	relief    scenario.Relief
}

func (s *stops) Stop(_ context.Context, audit api.Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, api.Reach, error) {
	s.asked, s.audit, s.ifVersion, s.relief = true, audit, ifVersion, relief
	return relief.From(s.from), s.reach, s.err
}

// frozen is a database that answers nothing.
type frozen struct{ api.Scenarios }

func (frozen) Preset(ctx context.Context, _ string) (scenario.Preset, error) {
	<-ctx.Done()
	return scenario.Preset{}, ctx.Err()
}

func TestWhatTakesHarmAwayNeedsNoDatabase(t *testing.T) {
	router := newRouter(t)
	hour := apitest.Start.Add(time.Hour).UTC()
	harmful := scenario.Scenario{
		Definition: scenario.Definition{
			Behavior: scenario.Behavior{Mode: scenario.Error}, Latency: &scenario.Latency{MaxMS: 5},
			Rules: []scenario.Rule{{Name: "r", Behavior: scenario.Behavior{Mode: scenario.Error}}},
		},
		Version: 4, SetAt: apitest.Start,
	}
	pending := api.Reach{Collector: api.InForce, Fleet: api.Pending, Durable: true, Detail: "Later."}
	told := api.Reach{Fleet: api.Told, Durable: true, Collectors: []api.ReachedCollector{{URL: "http://a", Reached: true}, {URL: "http://b", Detail: "No."}}}
	for _, test := range []struct {
		method, target, body string
		action               string
		relief               scenario.Relief
	}{
		{"POST", "/scenarios/stop", `{"reason":"enough"}`, "stop", scenario.Everything()},
		{"PUT", "/scenarios/mode", `{"mode":"healthy","reason":"enough","if_version":4}`, "mode", scenario.Relief{Mode: true}},
		{"PUT", "/scenarios/mode", `{"mode":"healthy","reason":"enough","expires_in":"2h"}`, "mode", scenario.Relief{Mode: true, ExpiresAt: &hour}},
		{"PUT", "/scenarios/latency", `{"reason":"enough"}`, "latency", scenario.Relief{Latency: true}},
		{"PUT", "/scenarios/rules", `{"rules":[],"reason":"enough"}`, "rules", scenario.Relief{Rules: true}},
		{"POST", "/scenarios/presets/production", `{"reason":"enough"}`, "preset", scenario.Relief{Mode: true, Latency: true, Rules: true, Preset: "production"}},
	} {
		for status, reach := range map[int]api.Reach{202: pending, 200: told} {
			port := &stops{from: harmful, reach: reach}
			s := newServer(t, func(o *api.Options) {
				ports(o, fmt.Errorf("%w: gone", api.ErrUnavailable))
				o.Stops, o.Limits = port, scenario.Limits{MaxDuration: time.Hour}
			})
			a := s.send(test.method, test.target, test.body)
			if a.status != status {
				t.Errorf("%s %s: %d %s, want %d", test.method, test.target, a.status, a.body, status)
				continue
			}
			holdTo(t, router, call{test.method, test.target, test.body, status}, a)
			if diff := cmp.Diff(api.Audit{By: "ada", Action: test.action, Reason: "enough"}, port.audit); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", test.method, test.target, diff)
			}
			if diff := cmp.Diff(test.relief, port.relief); diff != "" {
				t.Errorf("%s %s %s (-want +got):\n%s", test.method, test.target, test.body, diff)
			}
			got := decode[struct {
				scenario.Scenario
				Reach api.Reach `json:"reach"`
			}](t, a)
			if diff := cmp.Diff(reach, got.Reach); diff != "" || got.Version != 4 {
				t.Errorf("%s %s: version %d, reach (-want +got):\n%s", test.method, test.target, got.Version, diff)
			}
		}
	}
}

func TestBadInputAndConflictsStopNothing(t *testing.T) {
	for _, test := range []struct {
		method, target, body string
		err                  error
		status               int
		asked                bool
	}{
		{"POST", "/scenarios/stop", `{"reason":"\u0000"}`, nil, 400, false},
		{"PUT", "/scenarios/mode", `{"mode":"healthy","error_rate":1}`, nil, 400, false},
		{"PUT", "/scenarios/mode", `{"mode":"healthy","expires_in":"soon"}`, nil, 400, false},
		{"PUT", "/scenarios/mode", `{"mode":"healthy","if_version":3}`, api.ErrConflict, 409, true},
		{"POST", "/scenarios/presets/production", `{"expires_in":"soon"}`, nil, 400, false},
		{"POST", "/scenarios/stop", ``, fmt.Errorf("%w: no collector", api.ErrUnavailable), 503, true},
		// More harm, or another kind of it, is a matter of the database.
		{"PUT", "/scenarios/mode", `{"mode":"degraded"}`, nil, 200, false},
		{"PUT", "/scenarios/mode", `{"mode":"healthy","seed":7}`, nil, 200, false},
		{"POST", "/scenarios/presets/staging", ``, nil, 200, false},
		{"PUT", "/scenarios/rules", `{"rules":[{"name":"r","target":{},"exclude":true}]}`, nil, 200, false},
	} {
		port := &stops{err: test.err}
		s := newServer(t, func(o *api.Options) { o.Stops = port })
		if a := s.send(test.method, test.target, test.body); a.status != test.status || port.asked != test.asked {
			t.Errorf("%s %s %s: %d %s, asked to stop: %v", test.method, test.target, test.body, a.status, a.body, port.asked)
		}
	}
}

func TestAPresetThatIsKnownIsNotWaitedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port := &stops{reach: api.Reach{Fleet: api.Pending}}
		s := newServer(t, func(o *api.Options) { o.Stops, o.Scenarios = port, frozen{} })
		start := time.Now()
		if a := s.send("POST", "/scenarios/presets/production", ""); a.status != 202 || !port.relief.Complete() {
			t.Errorf("%d %s", a.status, a.body)
		}
		if waited := time.Since(start); waited > 2*time.Second {
			t.Errorf("waited for %v", waited)
		}
	})
}

// A configured preset of the name of a built-in one is what it is.
func TestAHarmfulPresetIsNoRelief(t *testing.T) {
	port := &stops{}
	s := newServer(t, func(o *api.Options) { o.Stops, o.Scenarios = port, renamed{o.Scenarios} })
	if got := s.mustScenario(t, "POST", "/scenarios/presets/production", ""); got.Mode != scenario.Chaos || port.asked {
		t.Errorf("%+v, asked to stop: %v", got, port.asked)
	}
	s = newServer(t, func(o *api.Options) { o.Stops, o.Scenarios = port, failing{errors.New("broken")} })
	if a := s.send("POST", "/scenarios/presets/production", ""); a.status != 500 || port.asked {
		t.Errorf("%d %s", a.status, a.body)
	}
}

type renamed struct{ api.Scenarios }

func (renamed) Preset(context.Context, string) (scenario.Preset, error) {
	return scenario.Preset{Name: "production", Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos}}}, nil
}
