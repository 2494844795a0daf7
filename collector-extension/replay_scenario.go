package mockforgeextension

import (
	"context"
	"net"
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

// harmed is a gateway of a replay's own in front of a target: with the faults of the replay's scenario, and without metrics,
// spans, recordings, mocks and plugins. It has no port: connections to it are in memory.
type harmed struct {
	gateway  *gateway.Gateway
	standard *upstream.Transport
	clear    *http.Transport

	mu      sync.Mutex
	reports map[string]chan *recording.Recording
}

// under gives a target what puts faults in front of it, by gateways like that of o.
func under(target replay.Target, o gateway.Options) replay.Target {
	o.Mocks, o.Plugins, o.Executed, o.Tracing, o.Connected = nil, nil, nil, nil, nil
	o.FaultHeader, o.MaxBody = true, 0
	// Headers and transport are those of the target already.
	o.Transport, o.Headers = target.Transport, nil
	target.PreserveHost = o.PreserveHost
	target.Under = func(ctx context.Context, d scenario.Definition) (replay.Harmed, error) {
		engine, err := scenario.Compile(scenario.Scenario{Definition: d})
		if err != nil {
			return nil, err
		}
		h := &harmed{reports: map[string]chan *recording.Recording{}}
		o := o
		o.Engine = func() *scenario.Engine { return engine }
		o.Capture, o.Observe = func(string) bool { return true }, h.observe
		if h.gateway, err = gateway.New(ctx, o); err != nil {
			return nil, err
		}
		listener := newMemoryListener()
		h.gateway.Serve(&http.Server{Handler: h.gateway, ReadHeaderTimeout: time.Minute}, listener, func(error) {})
		h.standard = upstream.New(upstream.Options{Dial: listener.dial, MaxIdle: -1})
		h.clear = &http.Transport{DialContext: listener.dial, DisableCompression: true, DisableKeepAlives: true, Protocols: new(http.Protocols)}
		h.clear.Protocols.SetUnencryptedHTTP2(true)
		return h, nil
	}
	return target
}

// RoundTrip sends a request through the faults.
func (h *harmed) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.reports[r.Header.Get("Traceparent")] = make(chan *recording.Recording, 1)
	h.mu.Unlock()
	if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		return h.clear.RoundTrip(r)
	}
	return h.standard.RoundTrip(inForm(r))
}

// observe gets the report of an exchange that is over.
func (h *harmed) observe(r *recording.Recording, _ bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if report := h.reports[http.Header(r.Headers).Get("Traceparent")]; report != nil {
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
	h.clear.CloseIdleConnections()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = h.gateway.Shutdown(over) // the error is that it was over
}

// memoryListener accepts connections that its dial makes.
type memoryListener struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{connections: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "replay", Net: "memory"} }

func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.connections <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
