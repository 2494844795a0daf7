// Package remotetest serves control APIs as collectors do, for tests of those who use them in place of a database.
package remotetest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/live"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
)

// Token is what the bearer of may ask for others, and Plain what may not.
const (
	Token = "hunter2-of-grafana"
	Plain = "hunter2-of-nobody-else"
)

// Name is that of the collector, Build its version.
const (
	Name  = "collector-of-tests"
	Build = "1.2.3"
)

// Serve serves the control API of a collector with a store until the test ends, and returns its address.
func Serve(t *testing.T, store storage.Store) string {
	t.Helper()
	feed := live.New(store, nil, slog.New(slog.DiscardHandler))
	delegates := api.NewDelegates([]string{Token})
	ending := make(chan struct{})
	handler := api.New(api.Options{
		Scenarios: store, Stops: stops{store}, Instances: store, Traffic: store, Recordings: store, Replays: store, ReplayJobs: store, Patterns: store,
		Sums: store, Series: store, Changes: store, FleetLimits: store, Live: feed.Stream, Ending: ending,
		About: func(ctx context.Context) api.About {
			return api.About{Name: Name, Build: Build, Storage: store.About(ctx)}
		},
		Authorize: func(r *http.Request) (api.Actor, error) {
			switch r.Header.Get("Authorization") {
			case "Bearer " + Token, "Bearer " + Plain:
				return delegates.Actor(r, api.Actor{Name: "control API", CanWrite: true, CanReadBodies: true})
			}
			return api.Actor{}, api.ErrUnauthenticated
		},
		CrossOrigin: http.NewCrossOriginProtection(),
	})
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		close(ending)
		feed.Close()
		server.Close()
	})
	return server.URL
}

// stops are those of a collector, which has in force what it answers.
type stops struct{ store storage.Store }

// Stop implements api.Stops.
func (s stops) Stop(ctx context.Context, audit api.Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, api.Reach, error) {
	changed, err := s.store.Change(ctx, audit, ifVersion, func(next *scenario.Scenario) error {
		*next = relief.From(*next)
		return nil
	})
	return changed, api.Reach{Collector: api.InForce, Fleet: api.Told, Durable: true}, err
}
