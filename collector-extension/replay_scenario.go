package mockforgeextension

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// reportPatience is how long the report of an exchange whose answer has ended may take.
const reportPatience = time.Second

// harmed is a gateway of a replay's own in front of a target: with the faults of the replay's scenario, its counts and its
// limits, and without metrics, spans, recordings, mocks and plugins. Nothing of the live gateway is part of it, and what
// requests ask for does not count. It has no port: connections to it are in memory.
type harmed struct {
	gateway  *gateway.Gateway
	listener *memoryListener
	standard *upstream.Transport

	mu      sync.Mutex
	reports map[string]chan *recording.Recording
}

// under gives a target what puts faults in front of it, by gateways like that of o.
func under(target replay.Target, o gateway.Options) replay.Target {
	o.Mocks, o.Plugins, o.FaultRequests = nil, nil, nil
	o.Limits.MaxConnections = 0 // Replays bound how many are under way by themselves.
	// What the live gateway tells others of its traffic.
	o.Executed, o.Tracing, o.Connected, o.Refused, o.TurnedAway, o.Unread, o.Missed = nil, nil, nil, nil, nil, nil, nil
	o.FaultHeader, o.MaxBody = true, 0
	// Headers and transport are those of the target already.
	o.Transport, o.Headers = target.Transport, nil
	target.PreserveHost = o.PreserveHost
	target.Under = func(ctx context.Context, d scenario.Definition) (replay.Harmed, error) {
		engine, err := scenario.Compile(scenario.Scenario{Definition: d})
		if err != nil {
			return nil, err
		}
		h := &harmed{listener: newMemoryListener(), reports: map[string]chan *recording.Recording{}}
		o := o
		o.Engine = func() *scenario.Engine { return engine }
		o.Capture, o.Observe, o.Refused = func(string) bool { return true }, h.observe, h.refused
		if h.gateway, err = gateway.New(ctx, o); err != nil {
			return nil, err
		}
		h.gateway.Serve(&http.Server{Handler: h.gateway, ReadHeaderTimeout: time.Minute}, h.listener, func(error) {})
		h.standard = upstream.New(upstream.Options{Dial: h.listener.dial, MaxIdle: -1})
		return h, nil
	}
	return target
}

// RoundTrip sends a request through the faults.
func (h *harmed) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.Header.Get("Traceparent")
	h.mu.Lock()
	h.reports[key] = make(chan *recording.Recording, 1)
	h.mu.Unlock()
	r = r.WithContext(context.WithValue(r.Context(), dialledFor{}, key))
	if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		return h.clear().RoundTrip(r)
	}
	return h.standard.RoundTrip(inForm(r))
}

// clear returns a way for one request over HTTP/2 without TLS. Requests of one transport would share connections, and with them
// the fate of those that are refused.
func (h *harmed) clear() *http.Transport {
	way := &http.Transport{DialContext: h.listener.dial, DisableCompression: true, DisableKeepAlives: true, Protocols: new(http.Protocols)}
	way.Protocols.SetUnencryptedHTTP2(true)
	return way
}

// observe gets the report of an exchange that is over.
func (h *harmed) observe(r *recording.Recording, _ bool) {
	h.report(http.Header(r.Headers).Get("Traceparent"), r)
}

// refused is told that the connection which the gateway accepted last was refused: there is no exchange to report.
func (h *harmed) refused(scenario.Mode) {
	h.report(h.listener.accepted, &recording.Recording{Faults: []recording.Fault{{Kind: string(scenario.FaultRefuse)}}})
}

func (h *harmed) report(key string, r *recording.Recording) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if report := h.reports[key]; report != nil {
		select {
		case report <- r:
		default: // a client that tried again
		}
	}
}

// Injected waits for the report of a request: the gateway's exchange ends a little after its answer.
func (h *harmed) Injected(ctx context.Context, r *http.Request) ([]recording.Fault, float64) {
	key := r.Header.Get("Traceparent")
	h.mu.Lock()
	report := h.reports[key]
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.reports, key)
	}()
	ctx, cancel := context.WithTimeout(ctx, reportPatience)
	defer cancel()
	select {
	case over := <-report:
		return over.Faults, over.InjectedDelayMS
	case <-ctx.Done():
		return nil, 0
	}
}

// Close breaks off what is still under way.
func (h *harmed) Close() {
	h.standard.CloseIdleConnections()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = h.gateway.Shutdown(over) // the error is that it was over
}
