package mockforgeextension

import (
	"context"
	"net/http"
	"sync"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/live"
)

// startControl serves the control API.
func (m *mockforge) startControl(ctx context.Context, host component.Host, s storage, failed func(error)) error {
	feed := live.New(s.fleet, nil, m.log)
	var requests sync.WaitGroup
	// Stopped last first: the server does not know the connections of live streams any more, which end with their feed.
	m.onShutdown(func(context.Context) error { requests.Wait(); return nil })
	if err := m.startEndpoint(ctx, host, "control", m.config.Control.ServerConfig, m.config.Control.AllowedHosts, joined(&requests, m.control(s, feed)), failed); err != nil {
		return err
	}
	m.onShutdown(func(context.Context) error { feed.Close(); return nil })
	return nil
}

// joined counts the requests in progress.
func joined(requests *sync.WaitGroup, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		defer requests.Done()
		next.ServeHTTP(w, r)
	})
}

// control is the control API. Who may reach it is the matter of the endpoint's auth, TLS and CORS.
func (m *mockforge) control(s storage, feed *live.Feed) http.Handler {
	options := api.Options{
		Scenarios: s.scenarios,
		Stops:     s.scenarios,
		Instances: s.fleet,
		Traffic:   s.fleet,
		Live:      feed.Stream,
		Limits:    m.config.Scenarios.limits(),
		Authorize: actor,
		// A page of another site could else have a browser change scenarios on a loopback listener.
		CrossOrigin: http.NewCrossOriginProtection(),
		Logger:      m.log,
	}
	if s.database != nil {
		options.Recordings, options.Replays, options.ReplayJobs = s.database, s.database, s.database
		options.Patterns, options.FleetLimits = s.database, s.database
	}
	return api.New(options)
}

// actor is the subject that the endpoint's auth extension found, else a name for all.
func actor(r *http.Request) (api.Actor, error) {
	a := api.Actor{Name: "control API", CanWrite: true, CanReadBodies: true}
	if auth := client.FromContext(r.Context()).Auth; auth != nil {
		if subject, ok := auth.GetAttribute("subject").(string); ok && subject != "" {
			a.Name = subject
		}
	}
	return a, nil
}
