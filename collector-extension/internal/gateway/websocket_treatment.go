package gateway

import (
	"slices"
	"strconv"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/websocket"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// openDecision says the faults of d that would answer a handshake in terms of what is done to a connection that is open.
func openDecision(d scenario.Decision) scenario.Decision {
	faults := slices.Clone(d.Faults)
	for i, f := range faults {
		if f.AfterMessages != nil || f.AfterBytes != nil {
			continue
		}
		switch f.Kind {
		case scenario.FaultTimeout:
			d.Timeout = max(d.Timeout, time.Duration(*f.TimeoutMS)*time.Millisecond)
		case scenario.FaultError, scenario.FaultReset, scenario.FaultClose:
			atOnce := *f.Fault
			atOnce.AfterMessages = new(0)
			faults[i].Fault = &atOnce
		}
	}
	d.Faults = faults
	return d
}

// apply does to the messages of both directions what d says. Where it is stalled, nothing reaches the client.
func (c *webSocket) apply(d scenario.Decision, stalled bool) {
	fromClient := c.treatment(fault.MessagesFromClient(d.Faults, &c.tally), false, throttle(d.Faults, scenario.AtRequest))
	toClient := c.treatment(fault.MessagesToClient(d.Faults, &c.tally), d.Delay > 0 || d.Multiplier > 1, throttle(d.Faults, scenario.AtResponse))
	if stalled {
		if toClient == nil {
			toClient = new(websocket.Treatment)
		}
		toClient.Stalled = true
	}
	c.mu.Lock()
	c.mode = d
	if d.Status != 0 || d.Timeout > 0 || fromClient != nil || len(d.Faults) > 0 {
		c.decision = &d
	}
	c.mu.Unlock()
	c.relay.FromClient().Treat(fromClient)
	c.relay.ToClient().Treat(toClient)
	c.graphQL.release()
}

// treatment does to the messages of a direction what faults say, has each wait where the mode delays, and bounds how many bytes pass in
// a second; nil where there is nothing to do.
func (c *webSocket) treatment(messages *fault.Messages, delays bool, rate int64) *websocket.Treatment {
	if messages == nil && !delays && rate == 0 {
		return nil
	}
	return &websocket.Treatment{
		Decide: func(m websocket.Message) websocket.Decision {
			next := messages.Next(m.Readable)
			decision := websocket.Decision{Delay: next.Delay, Drop: next.Drop, Duplicate: next.Duplicate}
			if next.Change != nil {
				next.Change.Text = m.Text
				decision.Change = next.Change
			}
			if delays {
				decision.Delay += c.modeDelay()
			}
			return decision
		},
		Delayed: c.tally.Delayed,
		Sent: func(n int) func() {
			due := messages.Sent(n)
			if due == nil {
				return nil
			}
			return func() { c.endWith(*due) }
		},
		Rate: rate,
		Throttled: func() {
			c.noteOnce(recording.Fault{Kind: string(scenario.FaultThrottle), Detail: strconv.FormatInt(rate, 10) + " bytes per second"})
		},
	}
}

// throttle returns the least bandwidth that faults leave at a place, in bytes per second; 0 is no limit.
func throttle(faults []scenario.Drawn, at scenario.Place) (rate int64) {
	for _, f := range faults {
		if f.Kind == scenario.FaultThrottle && f.At == at && (rate == 0 || *f.BytesPerSecond < rate) {
			rate = *f.BytesPerSecond
		}
	}
	return rate
}

// modeDelay returns how long the mode, or the latency override, makes the next message wait: drawn anew for each, unless the
// scenario lists faults, some of which count what is asked of them.
func (c *webSocket) modeDelay() time.Duration {
	engine := c.engine.Load()
	c.mu.Lock()
	d := c.mode
	c.mu.Unlock()
	if !listsFaults(engine.Scenario(), d.Rule) {
		d = engine.Decide(c.exchange.Subject)
	}
	if d.Multiplier > 1 {
		// What an upstream took for a message is not known; the floor is what a message takes at least.
		return d.Delay + d.Floor
	}
	return d.Delay
}

// listsFaults reports whether the rule, or for none the scenario itself, has a list of faults.
func listsFaults(s scenario.Scenario, rule string) bool {
	if rule == "" {
		return len(s.Faults) > 0
	}
	at := slices.IndexFunc(s.Rules, func(r scenario.Rule) bool { return r.Name == rule })
	return at >= 0 && len(s.Rules[at].Faults) > 0
}
