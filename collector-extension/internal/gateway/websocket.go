package gateway

import (
	"bufio"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/websocket"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// maxNoted is how many different faults of a connection its recording tells of. Operations have names that clients choose.
const maxNoted = 100

// errReset is why a WebSocket ended that a fault has broken off.
var errReset = errors.New("reset by a fault")

// webSocket is a connection between a client and an upstream, harmed as the scenario in force says, also when that changes while it is
// open: what is decided then holds for the connection as it would for a request.
type webSocket struct {
	exchange *exchange
	conn     net.Conn
	relay    *websocket.Relay
	tally    fault.Tally
	// graphQL are the operations on it, nil where it carries none.
	graphQL *graphQLSocket
	// ready reports whether the handshake was answered: only then frames may be sent.
	ready   atomic.Bool
	endOnce sync.Once
	// engine is the scenario that made the last decision, inForce the one whose decision holds for the next message. following
	// is held from the change of the first to the change of the second.
	following       sync.Mutex
	engine, inForce atomic.Pointer[scenario.Engine]

	mu sync.Mutex
	// mode is the last decision of a scenario, decision the last one that injected anything.
	decision *scenario.Decision
	mode     scenario.Decision
	// stall closes the connection when it has been stalled for long enough.
	stall    *time.Timer
	injected []recording.Fault
}

func newWebSocket(conn net.Conn, buffered *bufio.Reader, x *exchange) *webSocket {
	c := &webSocket{exchange: x, conn: conn}
	c.engine.Store(x.Engine)
	c.inForce.Store(x.Engine)
	c.graphQL = newGraphQLSocket(c)
	o := websocket.Options{
		Client: conn, ClientReader: buffered, Upstream: x.upstream.ReadWriteCloser, Answer: x.response.Header,
		MaxMessage: int64(x.gateway.options.Limits.MaxMessageBytes), Came: c.heed,
		Follow: x.Captured || c.graphQL != nil || rewritesMessages(x.Engine),
	}
	if x.transcript != nil {
		o.FromClient, o.ToClient = newMessageRecorder(x.transcript, capture.FromClient), newMessageRecorder(x.transcript, capture.ToClient)
	}
	if c.graphQL != nil {
		o.ReadClient, o.ReadUpstream = graphQLClient{c.graphQL}, graphQLServer{c.graphQL}
	}
	c.relay = websocket.New(o)
	c.apply(x.Decision, false)
	return c
}

// rewritesMessages reports whether e may leave out, duplicate or change messages of anyone.
func rewritesMessages(e *scenario.Engine) bool {
	lists := func(faults []scenario.Fault) bool {
		return slices.ContainsFunc(faults, func(f scenario.Fault) bool {
			return f.Kind == scenario.FaultDrop || f.Kind == scenario.FaultDuplicate || f.Kind == scenario.FaultCorrupt
		})
	}
	s := e.Scenario()
	return lists(s.Faults) || slices.ContainsFunc(s.Rules, func(r scenario.Rule) bool { return lists(r.Faults) })
}

// run relays until the connection has ended.
func (c *webSocket) run(ctx context.Context) {
	c.ready.Store(true)
	c.endIfDue()
	c.heed()
	_ = c.relay.Run(ctx)
	c.end()
}

// end is called when the connection has ended, or never was.
func (c *webSocket) end() {
	c.endOnce.Do(func() {
		c.relay.End(net.ErrClosed)
		c.exchange.gateway.forget(c)
		c.exchange.gateway.connected(-1)
		c.graphQL.close()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stopStall()
	})
}

// heed follows the scenario in force before anything else passes.
func (c *webSocket) heed() {
	if engine := c.exchange.gateway.options.Engine(); engine != c.inForce.Load() {
		c.follow(engine)
	}
}

// follow asks engine about the connection, unless it was asked before.
func (c *webSocket) follow(engine *scenario.Engine) {
	if !c.ready.Load() {
		return
	}
	c.following.Lock()
	defer c.following.Unlock()
	if c.engine.Load() == engine || c.relay.Ending() {
		return
	}
	defer c.inForce.Store(engine)
	c.engine.Store(engine)
	d := openDecision(engine.Decide(c.exchange.Subject))
	c.mu.Lock()
	c.stopStall()
	if d.Timeout > 0 {
		c.injected = append(c.injected, recording.Fault{Kind: string(scenario.FaultTimeout), Detail: d.Timeout.String()})
		c.stall = time.AfterFunc(d.Timeout, func() { c.relay.Close(websocket.CloseInternal) })
	}
	c.mu.Unlock()
	c.apply(d, d.Timeout > 0)
	if d.Timeout <= 0 && d.Status != 0 {
		c.noteOnce(recording.Fault{Kind: string(scenario.FaultError), Detail: strconv.Itoa(d.Status)})
		// Not to wait for a client that does not read.
		c.exchange.gateway.webSockets.running.Go(func() { c.relay.Close(closeCode(d.Status)) })
		return
	}
	c.endIfDue()
}

// stopStall needs mu held.
func (c *webSocket) stopStall() {
	if c.stall != nil {
		c.stall.Stop()
		c.stall = nil
	}
}

// endIfDue ends the connection where that is to be done before any message.
func (c *webSocket) endIfDue() {
	t := c.relay.ToClient().Treated()
	if t == nil || t.Sent == nil {
		return
	}
	if end := t.Sent(0); end != nil {
		c.exchange.gateway.webSockets.running.Go(end)
	}
}

// endWith ends the connection as d says.
func (c *webSocket) endWith(d scenario.Drawn) {
	switch d.Kind {
	case scenario.FaultReset:
		c.noteOnce(recording.Fault{Kind: string(d.Kind)})
		fault.Reset(c.conn)
		c.relay.End(errReset)
	case scenario.FaultClose:
		c.noteOnce(recording.Fault{Kind: string(d.Kind), Detail: strconv.Itoa(*d.CloseCode)})
		c.relay.Close(*d.CloseCode)
	default:
		c.noteOnce(recording.Fault{Kind: string(d.Kind), Detail: strconv.Itoa(d.Code)})
		c.relay.Close(closeCode(d.Code))
	}
}

// goAway tells the client that the gateway stops.
func (c *webSocket) goAway() {
	if c.ready.Load() {
		c.relay.Close(websocket.CloseGoingAway)
	}
}

// closeCode returns the close code that means the same as an HTTP status.
func closeCode(status int) int {
	switch {
	case status == 429 || status == 503:
		return websocket.CloseTryAgain
	case status >= 400 && status < 500:
		return websocket.ClosePolicy
	}
	return websocket.CloseInternal
}

// noteOnce notes a fault that was done, unless it was noted before.
func (c *webSocket) noteOnce(f recording.Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case slices.Contains(c.injected, f):
	case len(c.injected) < maxNoted:
		c.injected = append(c.injected, f)
	case len(c.injected) == maxNoted:
		c.injected = append(c.injected, recording.Fault{Kind: f.Kind, Detail: "and others"})
	}
}

// report completes the recording of a connection that has ended.
func (c *webSocket) report(rec *recording.Recording) {
	c.end()
	code := c.relay.Code()
	rec.WebSocketClose = &code
	if violation := (*websocket.ViolationError)(nil); errors.As(c.relay.Cause(), &violation) {
		failureOf(violation).On(rec)
	}
	if operations := c.graphQL.seen(); operations != "" {
		rec.Operation = operations
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	faults, delay := c.tally.Report()
	rec.Faults = append(append(rec.Faults, faults...), c.injected...)
	rec.InjectedDelayMS += core.Milliseconds(delay)
	if c.decision != nil {
		rec.ScenarioMode, rec.ScenarioVersion, rec.Rule = string(c.decision.Mode), c.decision.Version, c.decision.Rule
	}
}

// failureOf returns the failure of a WebSocket that was closed for what one side sent.
func failureOf(v *websocket.ViolationError) core.Failure {
	by := recording.ByClient
	if v.By == websocket.Upstream {
		by = recording.ByUpstream
	}
	switch {
	case v.Problem == websocket.TooLarge && v.By == websocket.Client:
		return core.ClientMessageTooLarge
	case v.Problem == websocket.TooLarge:
		return core.UpstreamMessageTooLarge
	case v.Problem == websocket.Unreadable:
		return core.Failure{By: by, Kind: recording.FailureMalformed, Text: string(v.By) + "'s compressed message cannot be read"}
	}
	return core.Failure{By: by, Kind: recording.FailureMalformed, Text: string(v.By) + " broke the WebSocket protocol: " + v.Reason}
}
