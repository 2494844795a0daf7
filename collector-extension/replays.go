package mockforgeextension

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"golang.org/x/sync/errgroup"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// replays makes what sends recordings again that users ask for, one by one and in jobs, whichever server of the control
// API they asked, to the targets of this collector's gateways. Answers are masked as recordings are.
func (m *mockforge) replays(store storage.Store) (func(context.Context) error, error) {
	replayer, err := replay.New(replay.TargetsFunc(m.replayTarget), replay.Options{
		Timeout: storage.ReplayTimeout, MaxResponseBytes: int64(m.config.Recorder.MaxBodySizeKB) << 10, Redact: m.redactor.Redact,
	})
	if err != nil {
		return nil, fmt.Errorf("replays: %w", err)
	}
	begin := func(ctx context.Context, gateway string, request replay.Request) (replay.Sender, func(), error) {
		session, err := replayer.Begin(ctx, gateway, request)
		if err != nil {
			return nil, nil, err
		}
		return session.Run, session.Close, nil
	}
	return func(ctx context.Context) error {
		names := m.replayable()
		if len(names) == 0 {
			return nil
		}
		serving, ctx := errgroup.WithContext(ctx)
		serving.Go(func() error { return store.ServeReplays(ctx, m.instance.ID, names, replayer.Run) })
		serving.Go(func() error { return store.ServeReplayJobs(ctx, m.instance.ID, names, begin) })
		return serving.Wait()
	}, nil
}

// replayable returns the gateways that have anywhere to send recordings to.
func (m *mockforge) replayable() []string {
	var names []string
	for name, targets := range m.targets {
		if len(targets) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// replayTarget returns a target of a gateway by its name; empty is the upstream.
func (m *mockforge) replayTarget(_ context.Context, gateway, name string) (replay.Target, error) {
	targets, ok := m.targets[gateway]
	if !ok {
		return replay.Target{}, validation.Errorf("gateway", "is not configured any more, so the recording cannot be sent again")
	}
	target, ok := targets[name]
	if !ok {
		return replay.Target{}, validation.Errorf("target", "must be %s, is %q", choices(gateway, targets), name)
	}
	return target, nil
}

// choices says what the target of a gateway's recordings can be.
func choices(gateway string, targets map[string]replay.Target) string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(targets)), func(name string) bool { return name == "" })
	_, upstream := targets[""]
	switch {
	case len(names) == 0 && !upstream:
		return "left alone: the gateway " + gateway + " has no upstream, and no replay_targets"
	case len(names) == 0:
		return "empty: the gateway " + gateway + " has no replay_targets"
	case !upstream:
		return "one of the replay_targets of gateway " + gateway + ", which has no upstream: " + strings.Join(names, ", ")
	}
	return "empty, or one of the replay_targets of gateway " + gateway + ": " + strings.Join(names, ", ")
}

// replayTargets returns the upstream of a gateway, whose name is empty, and its replay_targets.
func (m *mockforge) replayTargets(ctx context.Context, c GatewayConfig, host component.Host, o gateway.Options) (map[string]replay.Target, error) {
	targets := map[string]replay.Target{}
	if o.Upstream != nil {
		// Of their own: where connections are few, replays would keep live traffic waiting for one.
		transport, err := gateway.NewTransport(ctx, c.Upstream, host.GetExtensions())
		if err != nil {
			return nil, err
		}
		m.onShutdown(func(context.Context) error { transport.Close(); return nil })
		targets[""] = under(replayTarget(o.Upstream, transport, o.Headers), o)
	}
	for i, t := range c.ReplayTargets {
		endpoint, err := gateway.UpstreamURL(t.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("%s::endpoint: %w", index("replay_targets", i), err)
		}
		transport, err := gateway.NewTransport(ctx, t.ClientConfig, host.GetExtensions())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", index("replay_targets", i), err)
		}
		m.onShutdown(func(context.Context) error { transport.Close(); return nil })
		var why string
		o.Upstream = endpoint
		o.PreserveHost, why = hostOf(endpoint, t.PreserveHost)
		m.sayHost(c.Name, o.PreserveHost, why, "replay_target", t.Name)
		targets[t.Name] = under(replayTarget(endpoint, transport, headersOf(t.ClientConfig)), o)
	}
	return targets, nil
}

// replayRoute templates paths for the rules of a replay's scenario as live traffic has them, and teaches live traffic nothing:
// what that has not met is learned apart.
func (m *mockforge) replayRoute(c GatewayConfig, live *analysis.Learner) (func(method, path string) string, error) {
	apart, err := analysis.NewLearner(analysis.LearnerOptions{Routes: c.Routes})
	if err != nil {
		return nil, err
	}
	return func(method, path string) string {
		path = m.redactor.Path(path)
		if route, known := live.Known(method, path); known {
			return route
		}
		return apart.Route(method, path)
	}, nil
}

func targetNames(targets []ReplayTargetConfig) []string {
	var names []string
	for _, t := range targets {
		names = append(names, t.Name)
	}
	return names
}

// headersOf returns the headers that a client sets on every request.
func headersOf(c confighttp.ClientConfig) http.Header {
	headers := http.Header{}
	for name, value := range c.Headers.Iter {
		headers.Set(name, string(value))
	}
	return headers
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
	return w.RoundTripper.RoundTrip(inForm(r))
}
