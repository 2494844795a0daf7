package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// fleet are collectors that do what a test tells them.
type fleet struct {
	mu        sync.Mutex
	instances []scenario.Instance
	changed   chan struct{}
	// broken is what watching ends with, nil where it does not.
	broken error
	// silent is a database that answers nothing.
	silent bool
}

func collectors(names ...string) *fleet {
	f := &fleet{changed: make(chan struct{})}
	for i, name := range names {
		f.instances = append(f.instances, scenario.Instance{ID: fmt.Sprintf("i-%d", i), Name: name, Live: true})
	}
	return f
}

func (f *fleet) read() ([]scenario.Instance, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]scenario.Instance{}, f.instances...), f.changed
}

func (f *fleet) change(change func(instances []scenario.Instance) []scenario.Instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instances = change(append([]scenario.Instance{}, f.instances...))
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fleet) apply(at int, version int64) {
	f.change(func(instances []scenario.Instance) []scenario.Instance {
		instances[at].AppliedVersion = version
		return instances
	})
}

func (f *fleet) Instances(context.Context) ([]scenario.Instance, error) {
	instances, _ := f.read()
	return instances, nil
}

func (f *fleet) WatchInstances(ctx context.Context, seen func([]scenario.Instance)) error {
	if f.silent {
		<-ctx.Done()
		return nil
	}
	for {
		instances, changed := f.read()
		seen(instances)
		if f.broken != nil {
			return f.broken
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// acknowledgement returns the acknowledgement in an answer; nil where it has none.
func acknowledgement(t *testing.T, a answer) *api.Acknowledgement {
	t.Helper()
	if a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	if !strings.Contains(a.body, `"acknowledged"`) {
		return nil
	}
	got := decode[api.Acknowledgement](t, a)
	return &got
}

var everyChange = []struct{ method, target, body string }{
	{"PUT", "/scenarios/mode", `{"mode":"degraded"}`},
	{"PUT", "/scenarios/mode", `{"mode":"healthy"}`},
	{"PUT", "/scenarios/latency", `{"max_ms":2}`},
	{"PUT", "/scenarios/latency", `{}`},
	{"PUT", "/scenarios/chaos/config", `{"error_rate":0.5}`},
	{"PUT", "/scenarios/rules", `{"rules":[{"name":"r","target":{},"mode":"error"}]}`},
	{"PUT", "/scenarios/rules", `{"rules":[]}`},
	{"POST", "/scenarios/presets/staging", ""},
	{"POST", "/scenarios/presets/production", ""},
	{"POST", "/scenarios/stop", ""},
}

func TestEveryChangeWaitsUntilAllLiveCollectorsHaveAppliedIt(t *testing.T) {
	router := newRouter(t)
	for _, c := range everyChange {
		for _, withStops := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				f := collectors("a", "b", "gone")
				f.instances[2].Live = false
				s := newServer(t, func(o *api.Options) {
					o.Instances = f
					if withStops {
						o.Stops = &stops{from: scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}, Version: 1}, reach: api.Reach{Fleet: api.Told}}
					}
				})
				start := time.Now()
				go func() {
					time.Sleep(20 * time.Millisecond)
					f.apply(0, 1)
					time.Sleep(20 * time.Millisecond)
					f.apply(1, 2) // a later change has come to it already
				}()
				a := s.send(c.method, c.target+"?wait=5s", c.body)
				want := &api.Acknowledgement{Acknowledged: 2, Of: 2, Late: []string{}}
				if diff := cmp.Diff(want, acknowledgement(t, a)); diff != "" {
					t.Errorf("%s %s %s (-want +got):\n%s", c.method, c.target, a.body, diff)
				}
				if waited := time.Since(start); waited != 40*time.Millisecond {
					t.Errorf("%s %s waited for %v", c.method, c.target, waited)
				}
				holdTo(t, router, call{c.method, c.target + "?wait=5s", c.body, 200}, a)
			})
		}
	}
}

func TestAWaitEndsInTimeAndNamesWhoIsLate(t *testing.T) {
	for name, test := range map[string]struct {
		names []string
		then  func(f *fleet)
		want  api.Acknowledgement
		takes time.Duration
	}{
		"one does not answer": {[]string{"collector-a", "collector-b"}, func(f *fleet) { f.apply(0, 1) }, api.Acknowledgement{Acknowledged: 1, Of: 2, Late: []string{"collector-b"}}, 5 * time.Second},
		"one dies": {[]string{"a", "b"}, func(f *fleet) {
			f.apply(0, 1)
			f.change(func(i []scenario.Instance) []scenario.Instance { i[1].Live = false; return i })
		}, api.Acknowledgement{Acknowledged: 1, Of: 2, Late: []string{"b"}}, 5 * time.Second},
		"one dies after it has applied it": {[]string{"a", "b"}, func(f *fleet) {
			f.apply(0, 1)
			f.change(func(i []scenario.Instance) []scenario.Instance { i[0].Live = false; return i })
		}, api.Acknowledgement{Acknowledged: 1, Of: 2, Late: []string{"b"}}, 5 * time.Second},
		"one signs off": {[]string{"a", "b"}, func(f *fleet) {
			f.apply(0, 1)
			f.change(func(i []scenario.Instance) []scenario.Instance { return i[:1] })
		}, api.Acknowledgement{Acknowledged: 1, Of: 1, Late: []string{}}, 0},
		"one comes": {[]string{"a"}, func(f *fleet) {
			f.change(func(i []scenario.Instance) []scenario.Instance {
				return append(i, scenario.Instance{ID: "new", Name: "b", Live: true})
			})
			f.apply(0, 1)
		}, api.Acknowledgement{Acknowledged: 1, Of: 2, Late: []string{"b"}}, 5 * time.Second},
		"several of a name": {[]string{"host", "host", "", "b"}, func(*fleet) {}, api.Acknowledgement{Of: 4, Late: []string{"b", "i-0", "i-1", "i-2"}}, 5 * time.Second},
		"nobody is there":   {nil, func(*fleet) {}, api.Acknowledgement{Late: []string{}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := collectors(test.names...)
				s := newServer(t, func(o *api.Options) { o.Instances = f })
				start := time.Now()
				go func() { synctest.Wait(); test.then(f) }()
				if diff := cmp.Diff(&test.want, acknowledgement(t, s.send("PUT", "/scenarios/mode?wait=5s", `{"mode":"degraded"}`))); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if took := time.Since(start); took != test.takes {
					t.Errorf("took %v, want %v", took, test.takes)
				}
			})
		})
	}
}

func TestABadWaitChangesNothing(t *testing.T) {
	for _, c := range everyChange {
		for _, query := range []string{"wait=", "wait=5", "wait=soon", "wait=0s", "wait=-1s", "wait=30001ms", "wait=1us", "wait=5s&wait=5s", "wait=" + strings.Repeat("0", 50) + "5s"} {
			port := &stops{}
			s := newServer(t, func(o *api.Options) { o.Instances, o.Stops = collectors("a"), port })
			a := s.send(c.method, c.target+"?"+query, c.body)
			if p := decode[api.Problem](t, a); a.status != 400 || p.Field != "wait" || port.asked {
				t.Errorf("%s %s?%s: %d %s", c.method, c.target, query, a.status, a.body)
			}
			if got := s.mustScenario(t, "GET", "/scenarios/mode", ""); got.Version != 0 {
				t.Errorf("%s %s?%s has made version %d", c.method, c.target, query, got.Version)
			}
		}
		for query, field := range map[string]string{"wiat=5s": "wiat", "wait=5s;a": "", "wait=%zz": ""} {
			s := newServer(t, func(o *api.Options) { o.Instances = collectors("a") })
			a := s.send(c.method, c.target+"?"+query, c.body)
			if p := decode[api.Problem](t, a); a.status != 400 || p.Field != field {
				t.Errorf("%s %s?%s: %d %s", c.method, c.target, query, a.status, a.body)
			}
		}
	}
}

func TestAChangeThatCannotBeWaitedForSaysSo(t *testing.T) {
	s := newServer(t, func(o *api.Options) { o.Instances = nil })
	if a := s.send("PUT", "/scenarios/mode?wait=5s", `{"mode":"degraded"}`); a.status != 503 {
		t.Errorf("without instances: %d %s", a.status, a.body)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"degraded"}`); got.Version != 1 {
		t.Errorf("without wait: version %d", got.Version)
	}

	port := &stops{reach: api.Reach{Fleet: api.Pending}}
	s = newServer(t, func(o *api.Options) { o.Instances, o.Stops = collectors("a"), port })
	if a := s.send("POST", "/scenarios/stop?wait=5s", ""); a.status != 202 || strings.Contains(a.body, "acknowledged") || !strings.Contains(a.body, api.Pending) {
		t.Errorf("a stop of which the fleet is not told: %d %s", a.status, a.body)
	}

	synctest.Test(t, func(t *testing.T) {
		f := collectors("a")
		f.silent = true
		s := newServer(t, func(o *api.Options) { o.Instances = f })
		if got := acknowledgement(t, s.send("PUT", "/scenarios/mode?wait=5s", `{"mode":"degraded"}`)); got != nil {
			t.Errorf("with a database that does not answer: %+v", got)
		}
	})

	f := collectors("a")
	f.broken = errors.New("closed")
	s = newServer(t, func(o *api.Options) { o.Instances = f })
	if got := acknowledgement(t, s.send("PUT", "/scenarios/mode?wait=5s", `{"mode":"degraded"}`)); got == nil || got.Of != 1 {
		t.Errorf("where watching ends: %+v", got)
	}
}

func TestAWaitEndsWithItsClientAndWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ending := make(chan struct{})
		s := newServer(t, func(o *api.Options) { o.Instances, o.Ending = collectors("a"), ending })
		start := time.Now()
		go func() { time.Sleep(time.Second); close(ending) }()
		got := acknowledgement(t, s.send("PUT", "/scenarios/mode?wait=30s", `{"mode":"degraded"}`))
		if diff := cmp.Diff(&api.Acknowledgement{Of: 1, Late: []string{"a"}}, got); diff != "" || time.Since(start) != time.Second {
			t.Errorf("when the server ends, after %v (-want +got):\n%s", time.Since(start), diff)
		}

		s = newServer(t, func(o *api.Options) { o.Instances = collectors("a") })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := httptest.NewRequest("PUT", "/scenarios/mode?wait=30s", strings.NewReader(`{"mode":"degraded"}`)).WithContext(ctx)
		r.Header.Set("Content-Type", "application/json")
		start = time.Now()
		s.serve(r)
		if took := time.Since(start); took != time.Second {
			t.Errorf("when the client leaves: %v", took)
		}
	})
}

// What waits takes no turn from others, whatever the size of its body, and more than there is room for do not wait.
func TestWaitsHoldNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := collectors("a")
		s := newServer(t, func(o *api.Options) { o.Instances, o.Capacity = f, api.Capacity{Work: 1, Waiting: 1} })
		large := `{"mode":"degraded","reason":"r"` + strings.Repeat(" ", 70<<10) + `}`
		var running sync.WaitGroup
		for range 256 {
			running.Go(func() {
				if got := acknowledgement(t, s.send("PUT", "/scenarios/mode?wait=30s", large)); got == nil || got.Acknowledged != 1 {
					t.Errorf("%+v", got)
				}
			})
			synctest.Wait()
		}
		start := time.Now()
		if diff := cmp.Diff(&api.Acknowledgement{Of: 1, Late: []string{"a"}}, acknowledgement(t, s.send("PUT", "/scenarios/mode?wait=30s", `{"mode":"degraded"}`))); diff != "" {
			t.Errorf("one more (-want +got):\n%s", diff)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("one more waited for %v", took)
		}
		f.apply(0, 1000)
		running.Wait()
	})
}
