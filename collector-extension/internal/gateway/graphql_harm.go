package gateway

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// begin decides about an operation, and reports whether its server is not told of it now.
func (g *graphQLSocket) begin(m graphQLMessage, text []byte) bool {
	var request graphQLRequest
	if json.Unmarshal(m.Payload, &request) != nil {
		return false
	}
	c := g.conn
	what := request.detected(c.exchange.gateway.persisted)
	g.mu.Lock()
	g.operations = addOperation(g.operations, what.operation)
	g.mu.Unlock()

	subject := c.exchange.Subject
	subject.Protocol, subject.Operation = string(recording.GraphQL), what.operation
	subject.Luck = rand.Uint64() // Each operation is an exchange.
	d := openDecision(c.engine.Load().Decide(subject))
	c.mu.Lock()
	ofConnection := c.mode.Rule
	c.mu.Unlock()
	if d.Rule == "" || d.Rule == ofConnection || !d.Injects() {
		return false
	}
	c.mu.Lock()
	c.decision = &d
	c.mu.Unlock()
	return g.harm(m.ID, what, d, text)
}

// harm does to an operation what d says, and reports whether its server is not told of it now.
func (g *graphQLSocket) harm(id string, what detected, d scenario.Decision, text []byte) bool {
	run := &graphQLRun{what: what, messages: fault.MessagesToClient(d.Faults, &g.conn.tally)}
	delay, failure := d.Delay, (*fault.Answer)(nil)
	if d.Multiplier > 1 {
		delay += d.Floor
	}
	if d.Status != 0 {
		failure = &fault.Answer{Status: d.Status}
	}
	for _, f := range d.Faults {
		switch {
		case f.Kind == scenario.FaultLatency && !f.AtMessages():
			delay += f.Delay
		case f.Kind == scenario.FaultPatch && len(f.NullPaths) > 0:
			run.nulls = append(run.nulls, f.Fault)
		case f.Kind == scenario.FaultRateLimit && f.Quota != nil && f.Quota.Exceeded && failure == nil:
			failure = &fault.Answer{Status: 429}
		}
	}
	if due := run.messages.Sent(0); due != nil && failure == nil {
		failure = answerOf(*due)
	}
	kind := scenario.FaultError
	if d.Timeout > 0 {
		delay, failure, kind = d.Timeout, &fault.Answer{Status: 504}, scenario.FaultTimeout
	}
	do := func() { _ = g.conn.relay.FromClient().Put(text) }
	if failure != nil {
		do = func() {
			g.note(kind, strconv.Itoa(failure.Status), what)
			g.fail(id, what, *failure)
		}
	}
	if delay <= 0 {
		if failure == nil {
			g.add(id, run)
			return false
		}
		do()
		return true
	}
	run.bytes = len(text)
	if !g.hold(id, run, delay, do) {
		return false
	}
	// Only now is it done: there may have been no room to hold it.
	if kind == scenario.FaultTimeout {
		g.note(kind, strconv.Itoa(failure.Status), what)
	} else {
		g.note(scenario.FaultLatency, delay.Round(time.Millisecond).String(), what)
	}
	return true
}

// result harms a result on its way to the client.
func (g *graphQLSocket) result(m graphQLMessage, run *graphQLRun, text []byte) (instead [][]byte, changed bool) {
	next := run.messages.Next(true)
	if next.Delay > 0 {
		start := time.Now()
		g.conn.relay.ToClient().Wait(next.Delay)
		g.conn.tally.Delayed(time.Since(start))
	}
	if next.Drop {
		return nil, true
	}
	for _, f := range run.nulls {
		if nulled := fault.NullFields(m.Payload, f); nulled != nil {
			m.Payload, changed = nulled, true
			g.note(scenario.FaultPatch, "", run.what)
		}
	}
	if changed {
		text = encode(m)
	}
	instead = [][]byte{text}
	if next.Duplicate {
		instead, changed = append(instead, text), true
	}
	due := run.messages.Sent(len(instead))
	if due == nil {
		return instead, changed
	}
	failure := answerOf(*due)
	g.note(due.Kind, strconv.Itoa(failure.Status), run.what)
	g.mu.Lock()
	run.stopped = true
	g.mu.Unlock()
	// In a goroutine of its own: the server may wait for the client to read before it reads itself.
	g.conn.exchange.gateway.webSockets.running.Go(func() {
		stop := encode(graphQLMessage{ID: m.ID, Type: g.names.stop})
		_ = g.conn.relay.FromClient().Put(stop)
	})
	return append(instead, g.failure(m.ID, run.what, *failure)), true
}

// answerOf returns what a fault that ends an operation says.
func answerOf(d scenario.Drawn) *fault.Answer {
	if d.Kind != scenario.FaultError {
		return &fault.Answer{Status: 500, Message: "This operation was ended by MockForge."}
	}
	return &fault.Answer{Status: d.Code, Message: d.Message, Extensions: d.Extensions}
}

// fail tells the client that an operation has failed.
func (g *graphQLSocket) fail(id string, what detected, a fault.Answer) {
	g.take(id)
	_ = g.conn.relay.ToClient().Put(g.failure(id, what, a))
}

func (g *graphQLSocket) failure(id string, what detected, a fault.Answer) []byte {
	e := newGraphQLError(a, what.field, injectedDetail)
	payload := encode([]graphQLError{e})
	if g.names.begin == "start" {
		// The older protocol has one error.
		payload = encode(e)
	}
	return encode(graphQLMessage{ID: id, Type: g.names.failed, Payload: payload})
}

func (g *graphQLSocket) note(kind scenario.FaultKind, detail string, what detected) {
	if what.operation != "" {
		detail = strings.TrimSpace(detail + " for " + what.operation)
	}
	g.conn.noteOnce(recording.Fault{Kind: string(kind), Detail: detail})
}
