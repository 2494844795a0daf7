package traffic

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

const (
	// MaxKeys is how many keys a Counter holds; what comes after is counted under OtherRoute.
	MaxKeys = 2000
	// OtherRoute is the route of exchanges whose own key found no room.
	OtherRoute = "other"
	// idleFlushes is after how many flushes without traffic a key makes room.
	idleFlushes = 60
)

// Outcome is how one exchange went. At most one of both errors is set: an exchange that we made fail is not the
// upstream's fault.
type Outcome struct {
	OrganicError  bool
	InjectedError bool
	// Injected reports whether any fault was injected, errors included.
	Injected bool
}

// Counter counts the exchanges of one instance between flushes. It is safe for use by any number of goroutines.
type Counter struct {
	// Instance is put into every interval; set it before use.
	Instance string

	now func() time.Time

	// mu is held for reading while a cell is counted in, and for writing while cells come and go.
	mu      sync.RWMutex
	cells   map[Key]*cell
	active  map[string]int64
	flushed time.Time

	pluginsMu sync.Mutex
	// plugins are by gateway, then by name.
	plugins map[string]map[string]PluginCounts
}

type cell struct {
	mu       sync.Mutex
	interval Interval
	idle     int
}

// NewCounter starts the first interval. now is the clock; nil is time.Now.
func NewCounter(now func() time.Time) *Counter {
	if now == nil {
		now = time.Now
	}
	return &Counter{now: now, cells: map[Key]*cell{}, active: map[string]int64{}, plugins: map[string]map[string]PluginCounts{}, flushed: now()}
}

// Observe counts one exchange that took duration.
func (c *Counter) Observe(key Key, duration time.Duration, outcome Outcome) {
	c.mu.RLock()
	found := c.cells[key]
	if found != nil {
		found.observe(duration, outcome)
		c.mu.RUnlock()
		return
	}
	c.mu.RUnlock()

	c.mu.Lock()
	defer c.mu.Unlock()
	c.cell(key).observe(duration, outcome)
}

// cell needs mu held for writing.
func (c *Counter) cell(key Key) *cell {
	if found := c.cells[key]; found != nil {
		return found
	}
	if len(c.cells) >= MaxKeys {
		// Gateways, protocols and modes are few, so these keys are bounded without being counted.
		key.Route = OtherRoute
		if found := c.cells[key]; found != nil {
			return found
		}
	}
	made := &cell{interval: Interval{Key: key}}
	c.cells[key] = made
	return made
}

func (c *cell) observe(duration time.Duration, outcome Outcome) {
	ms := max(0, float64(duration)/float64(time.Millisecond))
	at := bucket(ms)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interval.Requests++
	c.interval.Buckets[at]++
	c.interval.LatencySumMS += ms
	if outcome.OrganicError {
		c.interval.OrganicErrors++
	}
	if outcome.InjectedError {
		c.interval.InjectedErrors++
	}
	if outcome.Injected || outcome.InjectedError {
		c.interval.Injected++
	}
}

// Connected adds delta to the connections that are open on a gateway: 1 where one opens, -1 where it closes.
func (c *Counter) Connected(gateway string, delta int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active[gateway] += delta; c.active[gateway] <= 0 {
		delete(c.active, gateway)
	}
}

// Executed counts one run of a plugin of a gateway that took duration. Plugins are of the configuration, so few.
func (c *Counter) Executed(gateway, plugin string, duration time.Duration, failed bool) {
	run := PluginCounts{Executions: 1, DurationSumMS: max(0, float64(duration)/float64(time.Millisecond))}
	if failed {
		run.Errors = 1
	}
	c.pluginsMu.Lock()
	defer c.pluginsMu.Unlock()
	if c.plugins[gateway] == nil {
		c.plugins[gateway] = map[string]PluginCounts{}
	}
	c.plugins[gateway][plugin] = c.plugins[gateway][plugin].plus(run)
}

// Flush ends the interval and returns what was counted in it, ordered by key. Keys without traffic are left out, except
// one per gateway with open connections or plugins that ran, which carries them.
func (c *Counter) Flush() []Interval {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	start, seconds := c.flushed, now.Sub(c.flushed).Seconds()
	c.flushed = now

	var out []Interval
	for key, cell := range c.cells {
		if cell.interval.Requests == 0 {
			if cell.idle++; cell.idle >= idleFlushes {
				delete(c.cells, key)
			}
			continue
		}
		out = append(out, cell.interval)
		cell.interval, cell.idle = Interval{Key: key}, 0
	}
	slices.SortFunc(out, func(a, b Interval) int { return compareKeys(a.Key, b.Key) })
	plugins := c.flushPlugins()
	carried := map[string]bool{}
	for i := range out {
		if gateway := out[i].Gateway; !carried[gateway] {
			out[i].Active, out[i].Plugins, carried[gateway] = c.active[gateway], plugins[gateway], true
		}
	}
	for gateway, n := range c.active {
		if !carried[gateway] {
			out = append(out, Interval{Key: Key{Gateway: gateway}, Active: n, Plugins: plugins[gateway]})
			carried[gateway] = true
		}
	}
	for gateway, counts := range plugins {
		if !carried[gateway] {
			out = append(out, Interval{Key: Key{Gateway: gateway}, Plugins: counts})
		}
	}
	slices.SortFunc(out, func(a, b Interval) int { return compareKeys(a.Key, b.Key) })
	for i := range out {
		out[i].Instance, out[i].Start, out[i].Seconds = c.Instance, start.UTC(), seconds
	}
	return out
}

func (c *Counter) flushPlugins() map[string]map[string]PluginCounts {
	c.pluginsMu.Lock()
	defer c.pluginsMu.Unlock()
	flushed := c.plugins
	c.plugins = map[string]map[string]PluginCounts{}
	return flushed
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Gateway, b.Gateway), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Mode, b.Mode))
}
