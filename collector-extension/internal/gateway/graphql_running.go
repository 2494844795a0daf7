package gateway

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// graphQLRun is an operation that is harmed.
type graphQLRun struct {
	what     detected
	nulls    []*scenario.Fault
	messages *fault.Messages
	// bytes is what it is held with.
	bytes int
	// stopped reports whether a fault has ended it, whatever its server still says.
	stopped bool
	// held goes off when an operation that is held goes on, do is what happens then; nil where it is not held.
	held *time.Timer
	do   func()
}

// hold does something later, unless the operation is over by then, and reports whether it will: there must be room for it.
func (g *graphQLSocket) hold(id string, run *graphQLRun, delay time.Duration, do func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || !g.fits(id, run) {
		return false
	}
	var once sync.Once
	run.do = func() { once.Do(do) }
	run.held = time.AfterFunc(delay, run.do)
	return true
}

// fits keeps an operation where there is room for it, and reports whether there was; mu is held.
func (g *graphQLSocket) fits(id string, run *graphQLRun) bool {
	run.bytes += len(id)
	before := 0
	if same := g.running[id]; same != nil {
		if same.held != nil {
			return false // Its id is used again, against the protocol, while what it is held with is in use.
		}
		before = same.bytes
	}
	if len(g.running) >= maxRunning || g.bytes-before+run.bytes > maxRunningBytes {
		return false
	}
	g.bytes += run.bytes - before
	g.running[id] = run
	return true
}

// remove forgets an operation; mu is held.
func (g *graphQLSocket) remove(id string) {
	if run := g.running[id]; run != nil {
		g.bytes -= run.bytes
		delete(g.running, id)
	}
}

func (g *graphQLSocket) add(id string, run *graphQLRun) {
	if run.messages == nil && len(run.nulls) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fits(id, run)
}

func (g *graphQLSocket) find(id string) *graphQLRun {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running[id]
}

// take forgets an operation, and returns it; nil where it is not harmed.
func (g *graphQLSocket) take(id string) *graphQLRun {
	g.mu.Lock()
	defer g.mu.Unlock()
	run := g.running[id]
	g.remove(id)
	return run
}

// release lets all operations that are held go on, and harms none that runs any more.
func (g *graphQLSocket) release() {
	if g == nil {
		return
	}
	g.mu.Lock()
	runs := slices.Collect(maps.Values(g.running))
	for id, run := range g.running {
		if !run.stopped {
			g.remove(id)
		}
	}
	g.mu.Unlock()
	for _, run := range runs {
		if run.held != nil && run.held.Stop() {
			g.conn.exchange.gateway.webSockets.running.Go(run.do)
		}
	}
}

// close forgets all operations.
func (g *graphQLSocket) close() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, run := range g.running {
		if run.held != nil {
			run.held.Stop()
		}
	}
	clear(g.running)
}

// seen returns the operations that were met, separated by ", ".
func (g *graphQLSocket) seen() string {
	if g == nil {
		return ""
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.operations, ", ")
}
