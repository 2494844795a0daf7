package mockforgeextension

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/mockforge/mockforge-observability-app/pkg/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// replays makes what sends recordings again that users ask for, whichever server of the control API they asked, to the
// upstreams of this collector's gateways. Answers are masked as recordings are.
func (m *mockforge) replays(database *postgres.Store) (func(context.Context) error, error) {
	replayer, err := replay.New(replay.TargetsFunc(m.replayTarget), replay.Options{
		Timeout: postgres.ReplayTimeout, MaxResponseBytes: int64(m.config.Recorder.MaxBodySizeKB) << 10, Redact: m.redactor.Redact,
	})
	if err != nil {
		return nil, fmt.Errorf("replays: %w", err)
	}
	return func(ctx context.Context) error {
		var names []string
		for name := range m.upstreams {
			names = append(names, name)
		}
		if len(names) == 0 {
			return nil
		}
		return database.ServeReplays(ctx, m.instance.ID, names, replayer.Run)
	}, nil
}

func (m *mockforge) replayTarget(_ context.Context, gateway string) (replay.Target, error) {
	target, ok := m.upstreams[gateway]
	if !ok {
		return replay.Target{}, validation.Errorf("gateway", "is not configured any more, so the recording cannot be sent again")
	}
	return target, nil
}

// replayTarget leads to an upstream as its gateway does: over the same transport, with the configured headers.
func replayTarget(upstream *url.URL, transport http.RoundTripper, headers http.Header) replay.Target {
	return replay.Target{BaseURL: upstream.String(), Transport: withHeaders{transport, headers}}
}

// withHeaders sets headers on every request.
type withHeaders struct {
	http.RoundTripper
	headers http.Header
}

// RoundTrip sends a copy of r with the headers.
func (w withHeaders) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, values := range w.headers {
		if name == "Host" {
			r.Host = values[0]
			continue
		}
		r.Header[name] = values
	}
	return w.RoundTripper.RoundTrip(r)
}
