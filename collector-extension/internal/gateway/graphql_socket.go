package gateway

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// maxResult is up to what size in bytes results of operations are read to be harmed; larger ones pass.
	maxResult = 1 << 20
	// maxRunning is how many operations of a connection are harmed at the same time, maxRunningBytes how much they are held
	// with together: their ids, and the texts of those that wait.
	maxRunning      = 1000
	maxRunningBytes = 2 << 20
)

// graphQLSocket are the GraphQL operations on a WebSocket, by the protocol graphql-transport-ws or the older graphql-ws.
// The connection is harmed by what matches it; an operation besides by a rule that matches the operation and not the
// connection. A nil one is for a WebSocket of another kind.
type graphQLSocket struct {
	conn *webSocket
	// names are what the protocol calls its messages.
	names graphQLNames

	mu         sync.Mutex
	operations []string
	running    map[string]*graphQLRun
	bytes      int
	closed     bool
}

// graphQLNames are the types of messages of a protocol: begin and stop come from the client, the others from the server.
type graphQLNames struct{ begin, stop, result, failed, done string }

var graphQLProtocols = map[string]graphQLNames{
	"graphql-transport-ws": {"subscribe", "complete", "next", "error", "complete"},
	"graphql-ws":           {"start", "stop", "data", "error", "complete"},
}

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

// graphQLMessage is a message of either protocol.
type graphQLMessage struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func newGraphQLSocket(c *webSocket) *graphQLSocket {
	x := c.exchange
	protocol := x.response.Header.Get("Sec-Websocket-Protocol")
	names, ok := graphQLProtocols[strings.TrimSpace(protocol)]
	if !ok {
		return nil
	}
	return &graphQLSocket{conn: c, names: names, running: map[string]*graphQLRun{}}
}

// graphQLClient reads the messages of the client.
type graphQLClient struct{ *graphQLSocket }

// Wants reports that each message is to be read, to learn of operations.
func (graphQLClient) Wants() (int, bool) { return maxOperationBody, true }

// Read decides about a message of the client.
func (g graphQLClient) Read(text []byte) (instead [][]byte, changed bool) {
	var m graphQLMessage
	if json.Unmarshal(text, &m) != nil || m.ID == "" {
		return nil, false
	}
	switch m.Type {
	case g.names.begin:
		return nil, g.begin(m, text)
	case g.names.stop:
		// An operation that is held has not reached the server, which need not hear of its end.
		run := g.take(m.ID)
		return nil, run != nil && run.held != nil && run.held.Stop()
	}
	return nil, false
}

// graphQLServer reads the messages of the server.
type graphQLServer struct{ *graphQLSocket }

// Wants reports whether there are operations that are harmed.
func (g graphQLServer) Wants() (int, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maxResult, len(g.running) > 0
}

// Read decides about a message of the server.
func (g graphQLServer) Read(text []byte) (instead [][]byte, changed bool) {
	var m graphQLMessage
	if json.Unmarshal(text, &m) != nil {
		return nil, false
	}
	run := g.find(m.ID)
	switch {
	case run == nil:
		return nil, false
	case m.Type == g.names.done || m.Type == g.names.failed:
		g.take(m.ID)
		return nil, run.stopped
	case run.stopped:
		return nil, true
	case m.Type == g.names.result:
		return g.result(m, run, text)
	}
	return nil, false
}

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
