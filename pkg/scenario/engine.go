package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Exchange is what the engine must know of a request to decide about it.
type Exchange struct {
	Gateway  string
	Protocol string
	Method   string
	// Path is the path of the request's target as it was sent, escaped.
	Path     string
	RawQuery string
	Header   http.Header
	Consumer string
	// Route is the template of the path, for what is counted by route.
	Route     string
	Operation string
	// TraceID is the 16 bytes of the W3C trace id (made up where the client sent none); shares and seeded draws are
	// functions of it.
	TraceID [16]byte
	// Luck is a random number that is this exchange's own: shares by exchange are a function of it. 0: each decision draws.
	Luck uint64
	// Preflight reports whether a browser asks if it may send a request. Only rules that name the method OPTIONS or that
	// exclude match it, and without one it meets the latency override only: a refused preflight hides from the page what it is refused with.
	Preflight bool
}

// Decision is what happens to one exchange. The zero value is: nothing.
type Decision struct {
	Mode    Mode
	Version int64
	// Rule is the name of the rule that matched, empty for the default.
	Rule string
	// Delay is waited for before the exchange is forwarded or answered.
	Delay time.Duration
	// Multiplier (> 1) stretches the upstream's own latency up to the first byte of the answer; Floor is the least
	// that the exchange then takes.
	Multiplier float64
	Floor      time.Duration
	// Status is the error to answer with instead of forwarding; 0 is to forward.
	Status int
	// Timeout is how long to hold the exchange without forwarding it before it is answered with 504; 0 is not to.
	Timeout time.Duration
	// Faults are the faults of the behavior's list that this exchange gets, in their order; nil where there are none.
	Faults []Drawn
}

// Injects reports whether the decision does anything at all.
func (d Decision) Injects() bool {
	return d.Delay > 0 || d.Multiplier > 1 || d.Floor > 0 || d.Status != 0 || d.Timeout > 0 || len(d.Faults) > 0
}

// Engine is a compiled scenario, safe for use by any number of goroutines. It is immutable but for what it counts for the
// faults that are limited or scheduled.
type Engine struct {
	scenario Scenario
	rules    []compiledRule
	index    *index
	fallback plan
	latency  *Latency
	seed     *uint64
	// done is nil outside of Live.
	done *done
	// connections are the rules, and last the behavior, that could refuse connections; none where none does.
	connections []connections
	now         func() time.Time
	begin       time.Time
}

type compiledRule struct {
	name    string
	exclude bool
	target  matcher
	plan    plan
}

// Compile checks s and returns its engine. The error joins *validation.Error.
func Compile(s Scenario) (*Engine, error) { return CompileAt(s, time.Now) }

// CompileAt is Compile with the clock that windows and ramps of faults go by. They begin when s was set, and now where
// that is not known.
func CompileAt(s Scenario, now func() time.Time) (*Engine, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	counts := newCounts()
	e := &Engine{scenario: s, fallback: newPlan(s.Behavior, "", counts), now: now, begin: s.SetAt}
	if s.SetAt.IsZero() {
		e.begin = now()
	}
	if s.Latency != nil && s.Latency.MaxMS > 0 {
		latency := *s.Latency
		e.latency = &latency
	}
	if s.Seed != nil {
		seed := *s.Seed
		e.seed = &seed
	}
	for i, r := range s.Rules {
		if r.Disabled {
			continue
		}
		target, err := compileTarget(r.Target, r.Name)
		if err != nil {
			return nil, validation.In(fmt.Sprintf("rules[%d].target.path", i), err)
		}
		target.spares = r.Exclude
		if r.Exclude {
			r.Behavior = Behavior{Mode: Healthy}
		}
		e.rules = append(e.rules, compiledRule{r.Name, r.Exclude, target, newPlan(r.Behavior, r.Name, counts)})
		if r.Target.onlyGateway() {
			e.connections = append(e.connections, connections{r.Target.Gateway, e.rules[len(e.rules)-1].plan.refusals})
		}
	}
	e.index = newIndex(e.rules)
	e.connections = append(e.connections, connections{faults: e.fallback.refusals})
	if !slices.ContainsFunc(e.connections, func(c connections) bool { return len(c.faults) > 0 }) {
		e.connections = nil
	}
	return e, nil
}

// Scenario returns what the engine was compiled from. It must not be changed.
func (e *Engine) Scenario() Scenario { return e.scenario }

// elapsed returns how long the scenario has been in force; 0 where nobody needs to know.
func (e *Engine) elapsed(needed bool) time.Duration {
	if !needed {
		return 0
	}
	return max(0, e.now().Sub(e.begin))
}

// match returns the plan for x, the rule that it is of, and whether that excludes.
func (e *Engine) match(x *Exchange) (p *plan, rule string, exclude bool) {
	if len(e.rules) == 0 {
		return &e.fallback, "", false
	}
	if i := e.index.first(e.rules, x); i < len(e.rules) {
		r := &e.rules[i]
		return &r.plan, r.name, r.exclude
	}
	return &e.fallback, "", false
}

// Decide says what happens to x. It allocates nothing where x gets no fault of a list.
//
// The first rule that matches decides, else the scenario's own behavior; the latency override is added unless the rule
// excludes. An answer that is an error or a timeout gets no latency but that of the override.
func (e *Engine) Decide(x Exchange) Decision {
	p, rule, exclude := e.match(&x)
	return e.decide(&x, p, rule, exclude)
}

// decide is Decide for an exchange that was matched.
func (e *Engine) decide(x *Exchange, p *plan, rule string, exclude bool) Decision {
	d := Decision{Mode: p.mode, Version: e.scenario.Version, Rule: rule}
	if exclude || p.mode == Healthy && e.latency == nil {
		return d
	}
	var random draws
	if e.seed != nil {
		random.seed(*e.seed, x.TraceID, p.salt)
	}
	spared := x.Preflight && rule == ""
	if !spared {
		p.decide(&d, &random)
	}
	if e.latency != nil {
		d.Delay += random.duration(float64(e.latency.MinMS), float64(e.latency.MaxMS))
	}
	if len(p.faults) > 0 && !spared {
		d.Faults = p.drawFaults(x, e.seed, e.elapsed(p.timed))
	}
	return d
}
