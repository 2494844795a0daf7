package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// pluginSilence is how long a plugin that goes on failing is not logged again; its failures are counted.
const pluginSilence = time.Minute

// Plugin is a middleware of another extension, chained on a gateway.
type Plugin struct {
	// Name is what metrics, spans and recordings call it.
	Name string
	// Wrap puts the plugin in front of a handler. It is called once, by New.
	Wrap func(context.Context, http.Handler) (http.Handler, error)
}

// Execution is one run of a plugin for one exchange.
type Execution struct {
	Gateway, Plugin string
	// Duration is what the plugin took by itself: without what it passed the request on to.
	Duration time.Duration
	// Failed reports whether it panicked, or answered with a status of 500 and above by itself.
	Failed bool
}

// chain puts the plugins in front of what forwards.
func (g *Gateway) chain(ctx context.Context) (http.Handler, error) {
	var handler http.Handler = http.HandlerFunc(g.forward)
	for i, p := range slices.Backward(g.options.Plugins) {
		wrapped, err := p.Wrap(ctx, behindPlugin{index: i, next: handler})
		if err == nil && wrapped == nil {
			err = errors.New("the extension gave no handler")
		}
		if err != nil {
			return nil, fmt.Errorf("plugins::%d: %s: %w", i, p.Name, err)
		}
		handler = pluginStage{gateway: g, index: i, plugin: p.Name, wrapped: wrapped, logged: new(atomic.Int64)}
	}
	return handler, nil
}

// run is one execution in progress.
type run struct {
	stage pluginStage
	// inner are the calls of the handler behind the plugin: one, unless the plugin calls it again.
	inner sync.WaitGroup

	mu sync.Mutex
	// spent is how long these calls took in all, passed how many there were.
	spent  time.Duration
	passed int
	// left reports whether the plugin has returned: nothing is passed on any more.
	left bool
}

// enter reports whether a request may be passed on, which a plugin may do until it returns. exit is called when that is over.
func (c *run) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return false
	}
	c.inner.Add(1)
	return true
}

func (c *run) exit(took time.Duration) {
	c.mu.Lock()
	c.spent += took
	c.passed++
	c.mu.Unlock()
	c.inner.Done()
}

// leave waits for what is under way behind a plugin that has returned.
func (c *run) leave() {
	c.mu.Lock()
	c.left = true
	c.mu.Unlock()
	c.inner.Wait()
}

type runKey struct{ index int }

// pluginStage runs a plugin, and answers for it where it panics.
type pluginStage struct {
	gateway *Gateway
	index   int
	plugin  string
	wrapped http.Handler
	// logged is when a failure was logged last, in nanoseconds of Unix time.
	logged *atomic.Int64
}

func (s pluginStage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchangeFrom(r.Context())
	x.Update(func(rec *recording.Recording) { rec.PluginExecuted = append(rec.PluginExecuted, s.plugin) })
	current := &run{stage: s}
	ctx, end := s.gateway.options.Tracing.Inner(r.Context(), "plugin "+s.plugin, telemetry.AttributePlugin.String(s.plugin),
		attribute.String(string(telemetry.AttributeGateway), s.gateway.options.Name))
	x.span.Carry(ctx, r.Header)
	w, begun := followed(w, x)
	start := time.Now()
	panicked := current.call(w, r.WithContext(context.WithValue(ctx, runKey{s.index}, current)))
	// A plugin may have left while what it passed the request on to still runs, as http.TimeoutHandler does.
	current.leave()
	took := time.Since(start)

	failed := panicked != nil && panicked != http.ErrAbortHandler
	failed = failed || panicked == nil && current.passed == 0 && begun() >= http.StatusInternalServerError
	switch {
	case failed && panicked != nil:
		end(fmt.Errorf("panic: %v", panicked))
	case failed:
		end(fmt.Errorf("answered %d", begun()))
	default:
		end(nil)
	}
	if executed := s.gateway.options.Executed; executed != nil {
		executed(Execution{Gateway: s.gateway.options.Name, Plugin: s.plugin, Duration: max(0, took-current.spent), Failed: failed})
	}
	if panicked == nil {
		return
	}
	if !failed {
		panic(panicked)
	}
	s.log(panicked)
	x.Fail(core.PluginFailed(s.plugin))
	if begun() != 0 {
		panic(http.ErrAbortHandler)
	}
	s.fail(w, r)
}

// call runs the plugin, and returns what it panicked with.
func (c *run) call(w http.ResponseWriter, r *http.Request) (panicked any) {
	defer func() { panicked = recover() }()
	c.stage.wrapped.ServeHTTP(w, r)
	return nil
}

// fail answers for a plugin that panicked.
func (s pluginStage) fail(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Trailer", "Etag", "Last-Modified"} {
		header.Del(name)
	}
	answer(w, r, exchangeFrom(r.Context()).what, http.StatusInternalServerError, "The plugin "+s.plugin+" of gateway "+s.gateway.options.Name+" failed.")
}

func (s pluginStage) log(cause any) {
	if now, last := time.Now().UnixNano(), s.logged.Load(); now-last <= int64(pluginSilence) || !s.logged.CompareAndSwap(last, now) {
		return
	}
	s.gateway.options.Logger.Error("a plugin failed; only its exchange was hurt. Look at the extension, or take it off the gateway's plugins",
		"gateway", s.gateway.options.Name, "plugin", s.plugin, "error", cause)
}

// behindPlugin is what a plugin passes its requests on to.
type behindPlugin struct {
	index int
	next  http.Handler
}

func (b behindPlugin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	current, _ := r.Context().Value(runKey{b.index}).(*run)
	if current == nil {
		// The plugin does not pass its request's context on. No panic: this may be a goroutine of the plugin's own.
		http.Error(w, "the plugin passed the request on without its context", http.StatusInternalServerError)
		return
	}
	if !current.enter() {
		// A goroutine that the plugin has left behind: the exchange has its answer, and w is not to be touched any more.
		return
	}
	start := time.Now()
	defer func() { current.exit(time.Since(start)) }()
	b.next.ServeHTTP(w, r)
}
