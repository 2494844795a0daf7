package mockforgeextension

import (
	"context"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/live"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
)

// startControl serves the control API.
func (m *mockforge) startControl(ctx context.Context, host component.Host, b bus, failed func(error)) error {
	feed := live.New(b.fleet, nil, m.log)
	searched, own, err := m.searched(b)
	if err != nil {
		return err
	}
	ending := make(chan struct{})
	var requests sync.WaitGroup
	// Stopped last first: the server does not know the connections of live streams any more, which end with their feed.
	stop := func(ctx context.Context) error { m.join(ctx, &requests); return nil }
	if own {
		stop = severing(searched, grace, func(ctx context.Context) { m.join(ctx, &requests) })
	}
	m.onShutdown(stop)
	if err := m.startEndpoint(ctx, host, "control", m.config.Control.ServerConfig, m.config.Control.AllowedHosts, joined(&requests, m.control(b, searched, feed, ending)), failed); err != nil {
		return err
	}
	m.onShutdown(func(context.Context) error { close(ending); feed.Close(); return nil })
	return nil
}

// join waits for requests that are cancelled. One that does not end, since it waits for a database that does not answer at
// all, is left to end with that: it must not keep the collector from handing over its traffic.
func (m *mockforge) join(ctx context.Context, requests *sync.WaitGroup) {
	ended := make(chan struct{})
	go func() { requests.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	case <-time.After(2 * grace):
		m.log.Warn("requests to the control API do not end, and are not waited for")
	}
}

// joined counts the requests in progress.
func joined(requests *sync.WaitGroup, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		defer requests.Done()
		next.ServeHTTP(w, r)
	})
}

// control returns the control API. Who may reach it is the matter of the endpoint's auth, TLS and CORS.
func (m *mockforge) control(b bus, searched storage.Store, feed *live.Feed, ending <-chan struct{}) http.Handler {
	options := api.Options{
		Scenarios: b.scenarios,
		Stops:     b.scenarios,
		Instances: b.fleet,
		Traffic:   b.fleet,
		Live:      feed.Stream,
		Ending:    ending,
		Limits:    m.config.Scenarios.limits(),
		Authorize: m.authorize(),
		About:     m.about(b),
		// A page of another site could else have a browser change scenarios on a loopback listener.
		CrossOrigin: http.NewCrossOriginProtection(),
		Logger:      m.log,
	}
	if b.store != nil {
		options.Recordings, options.Replays, options.ReplayJobs, options.Patterns = searched, searched, searched, searched
		options.Sums, options.Series, options.Changes = searched, searched, b.store
		options.FleetLimits = b.store
		options.Importer = importer{searched, m.redactor}
	}
	return api.New(options)
}

// about says which collector answers, and what it stores in.
func (m *mockforge) about(b bus) func(context.Context) api.About {
	return func(ctx context.Context) api.About {
		about := api.About{Name: m.instance.Name, Build: m.instance.Build}
		if b.store != nil {
			about.Storage = b.store.About(ctx)
		}
		return about
	}
}

// authorize returns who sends a request, or for whom it is sent by one of the delegates.
func (m *mockforge) authorize() func(*http.Request) (api.Actor, error) {
	tokens := make([]string, len(m.config.Control.Delegates))
	for i, token := range m.config.Control.Delegates {
		tokens[i] = string(token)
	}
	delegates := api.NewDelegates(tokens)
	return func(r *http.Request) (api.Actor, error) { return delegates.Actor(r, actor(r)) }
}

// importer stores recordings of files, masked as those of traffic are.
type importer struct {
	api.RecordingWriter
	recorder.Redactor
}

// actor returns the subject that the endpoint's auth extension found, else a name for all.
func actor(r *http.Request) api.Actor {
	a := api.Actor{Name: "control API", CanWrite: true, CanReadBodies: true}
	if auth := client.FromContext(r.Context()).Auth; auth != nil {
		if subject, ok := auth.GetAttribute("subject").(string); ok && subject != "" {
			a.Name = subject
		}
	}
	return a
}
