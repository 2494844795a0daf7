package mockforgeextension

import (
	"net/http"

	"go.opentelemetry.io/collector/client"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// control is the control API. Who may reach it is the matter of the endpoint's auth, TLS and CORS.
func (m *mockforge) control(s storage) http.Handler {
	options := api.Options{
		Scenarios: s.scenarios,
		Limits:    m.config.Scenarios.limits(),
		Authorize: actor,
		// A page of another site could else have a browser change scenarios on a loopback listener.
		CrossOrigin: http.NewCrossOriginProtection(),
		Logger:      m.log,
	}
	if s.database != nil {
		options.Instances, options.Recordings, options.Traffic = s.database, s.database, s.database
		options.Replays, options.Patterns, options.FleetLimits = s.database, s.database, s.database
		options.Replays = s.database
	}
	return api.New(options)
}

// actor is the subject that the endpoint's auth extension found, else a name for all.
func actor(r *http.Request) (api.Actor, error) {
	a := api.Actor{Name: "control API", CanWrite: true}
	if auth := client.FromContext(r.Context()).Auth; auth != nil {
		if subject, ok := auth.GetAttribute("subject").(string); ok && subject != "" {
			a.Name = subject
		}
	}
	return a, nil
}
