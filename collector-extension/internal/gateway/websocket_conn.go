package gateway

import (
	"bufio"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/punctual"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// The close codes that a gateway sends or notes (RFC 6455 section 7.4, and IANA's registry).
const (
	closeGoingAway = 1001
	closeProtocol  = 1002
	closeInvalid   = 1007
	closePolicy    = 1008
	closeTooBig    = 1009
	closeInternal  = 1011
	closeTryAgain  = 1013
	// noStatus stands for a close frame without a code, abnormal for a connection that ended without one.
	noStatus = 1005
	abnormal = 1006
)

// maxNoted is how many different faults of a connection its recording tells of. Operations have names that clients choose.
const maxNoted = 100

// closeGrace is how long a client may take to answer a close frame of ours.
const closeGrace = time.Second

// errClosedByUs ends the copying of a connection that was closed by a fault, or by the end of the gateway.
var errClosedByUs = errors.New("the gateway closed the WebSocket")

// closeCode is the close code that means the same as an HTTP status.
func closeCode(status int) int {
	switch {
	case status == 429 || status == 503:
		return closeTryAgain
	case status >= 400 && status < 500:
		return closePolicy
	}
	return closeInternal
}

// webSocketConn is the client's side of a WebSocket: what is read from it are the client's frames, what is written those
// of the upstream. It keeps the messages, and harms them as the scenario in force says, also when that changes while the
// connection is open: what is decided then holds for the connection as it would for a request.
type webSocketConn struct {
	net.Conn
	exchange *exchange
	buffered *bufio.Reader
	// received are the client's frames as they come; in passes them on to the upstream, out those of the upstream to the
	// client.
	received *frames
	in, out  *webSocketSide
	tally    fault.Tally
	// graphQL are the operations on it, nil where it carries none.
	graphQL *graphQLSocket
	// ready is whether the handshake was answered: only then frames may be sent.
	ready     atomic.Bool
	readyOnce sync.Once
	// ended is closed when the connection is, answered when the client has sent a close frame.
	ended, answered   chan struct{}
	endOnce, saidOnce sync.Once
	// refused is whether a frame may not pass; then told is closed when the upstream was told so, and silent when it
	// sends no more.
	refused      atomic.Bool
	told, silent chan struct{}
	silentOnce   sync.Once
	// engine is the scenario that was asked last; following is held while it is asked.
	following sync.Mutex
	engine    atomic.Pointer[scenario.Engine]

	mu sync.Mutex
	// decision is what the scenario said last where that did harm, mode what it said in any case.
	decision *scenario.Decision
	mode     scenario.Decision
	// stalled is closed when a stall is over, nil where there is none; closing when a close frame of ours is to be sent,
	// with the code closeWith, and sent is whether it was.
	stalled   chan struct{}
	closing   chan struct{}
	closeWith int
	sent      bool
	timers    []*time.Timer
	// code is the first that either side has closed with.
	code     int
	injected []recording.Fault
	failure  core.Failure
	over     bool
}

func newWebSocketConn(conn net.Conn, buffered *bufio.Reader, x *exchange) *webSocketConn {
	c := &webSocketConn{
		Conn: conn, exchange: x, buffered: buffered,
		ended: make(chan struct{}), answered: make(chan struct{}), closing: make(chan struct{}),
		told: make(chan struct{}), silent: make(chan struct{}),
	}
	c.engine.Store(x.Engine)
	messages := func(direction capture.Direction, from string, closed func(int)) *frames {
		f := &frames{transcript: x.transcript, direction: direction, closed: closed}
		if x.response != nil && x.transcript != nil {
			f.inflate = newInflater(x.response.Header, from)
		}
		return f
	}
	c.received = messages(capture.FromClient, "client", func(code int) {
		c.noteClose(code)
		c.saidOnce.Do(func() { close(c.answered) })
	})
	c.in = &webSocketSide{conn: c, writing: make(chan struct{}, 1), sent: &frames{}}
	c.out = &webSocketSide{conn: c, to: conn, toClient: true, writing: make(chan struct{}, 1), sent: messages(capture.ToClient, "server", c.noteClose)}
	if x.response != nil {
		c.in.input.rules, c.out.input.rules = rulesOf(x.response.Header, true), rulesOf(x.response.Header, false)
		c.received.rules = c.in.input.rules
	}
	c.in.limit, c.out.limit = int64(x.gateway.options.Limits.MaxMessageBytes), int64(x.gateway.options.Limits.MaxMessageBytes)
	if x.upstream != nil {
		c.in.to, x.upstream.conn = x.upstream.ReadWriteCloser, c
	}
	c.graphQL = newGraphQLSocket(c)
	c.agree()
	c.apply(x.Decision)
	return c
}

// agree notes the compression that was agreed on. It is followed from the start where messages may have to be read, since
// each may refer to those before it.
func (c *webSocketConn) agree() {
	x := c.exchange
	if x.response == nil {
		return
	}
	follow := x.Captured || c.graphQL != nil || rewritesMessages(x.Engine)
	for from, side := range map[string]*webSocketSide{"client": c.in, "server": c.out} {
		if agreed := newInflater(x.response.Header, from); agreed != nil {
			side.deflated = &deflated{alone: agreed.alone, known: follow}
			side.follow = follow && !agreed.alone
		}
	}
}

// rewritesMessages is whether e may leave out, duplicate or change messages of anyone.
func rewritesMessages(e *scenario.Engine) bool {
	lists := func(faults []scenario.Fault) bool {
		return slices.ContainsFunc(faults, func(f scenario.Fault) bool {
			return f.Kind == scenario.FaultDrop || f.Kind == scenario.FaultDuplicate || f.Kind == scenario.FaultCorrupt
		})
	}
	s := e.Scenario()
	return lists(s.Faults) || slices.ContainsFunc(s.Rules, func(r scenario.Rule) bool { return lists(r.Faults) })
}

func (c *webSocketConn) noteClose(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.code = code
	}
}

// noteOnce notes a fault that was done, unless it was noted before.
func (c *webSocketConn) noteOnce(f recording.Fault) {
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

// heed is called before something passes: the handshake was answered then, and the scenario may be another.
func (c *webSocketConn) heed() {
	c.readyOnce.Do(func() {
		c.ready.Store(true)
		c.endIfDue()
	})
	if engine := c.exchange.gateway.options.Engine(); engine != c.engine.Load() {
		c.follow(engine)
	}
}

// Read gives the client's frames.
func (c *webSocketConn) Read(p []byte) (int, error) {
	c.heed()
	var source io.Reader = c.Conn
	if c.buffered != nil && c.buffered.Buffered() > 0 {
		// What came right behind the handshake.
		source = c.buffered
	}
	n, err := source.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		rest = rest[c.received.feed(rest):]
	}
	if err != nil {
		c.saidOnce.Do(func() { close(c.answered) }) // Nobody is to be waited for.
	}
	switch {
	case err != nil && c.refused.Load():
		err = c.refusedEnd()
	case err != nil && c.wasSent():
		err = errClosedByUs
	}
	return n, err
}

// Write passes frames of the upstream on, later or otherwise or not at all where the scenario says so.
func (c *webSocketConn) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.heed()
	c.stall()
	if err := c.out.write(p); err != nil {
		if c.refused.Load() && errors.Is(err, errClosedByUs) {
			return len(p), nil // refuse waits, and closes both.
		}
		if errors.Is(err, errClosedByUs) {
			// The client may answer, before its connection is closed.
			c.wait(closeGrace, c.answered, nil)
		}
		return 0, err
	}
	return len(p), nil
}

// sendClose sends the close frame that is due, where no frame is under way; writing is held by the caller. It returns
// whether one was sent, now or before.
func (c *webSocketConn) sendClose() bool {
	if c.wasSent() {
		return true
	}
	select {
	case <-c.closing:
	default:
		return false
	}
	if !c.out.sent.boundary() || !c.ready.Load() {
		return false
	}
	c.mu.Lock()
	c.sent = true
	code := c.closeWith
	c.mu.Unlock()
	frame := []byte{0x80 | opClose, 2, byte(code >> 8), byte(code)}
	for rest := frame; len(rest) > 0; {
		rest = rest[c.out.sent.feed(rest):]
	}
	_ = c.SetWriteDeadline(time.Now().Add(closeGrace))
	_, _ = c.Conn.Write(frame)
	return true
}

func (c *webSocketConn) wasSent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent
}

func (c *webSocketConn) isClosing() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

func (c *webSocketConn) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// stall waits for the end of a stall, if there is one.
func (c *webSocketConn) stall() {
	c.mu.Lock()
	stalled := c.stalled
	c.mu.Unlock()
	if stalled == nil {
		return
	}
	select {
	case <-stalled:
	case <-c.engine.Load().Done():
	case <-c.closing:
	case <-c.ended:
	case <-c.exchange.Stopping:
	}
}

// modeDelay is how long the mode, or the latency override, makes the next message wait: drawn anew for each, unless the
// scenario lists faults, some of which count what is asked of them.
func (c *webSocketConn) modeDelay() time.Duration {
	engine := c.engine.Load()
	c.mu.Lock()
	d := c.mode
	c.mu.Unlock()
	if !listsFaults(engine.Scenario(), d.Rule) {
		d = engine.Decide(c.exchange.Asked)
	}
	if d.Multiplier > 1 {
		// What an upstream took for a message is not known; the floor is what a message takes at least.
		return d.Delay + d.Floor
	}
	return d.Delay
}

// listsFaults is whether the rule, or for none the scenario itself, has a list of faults.
func listsFaults(s scenario.Scenario, rule string) bool {
	if rule == "" {
		return len(s.Faults) > 0
	}
	at := slices.IndexFunc(s.Rules, func(r scenario.Rule) bool { return r.Name == rule })
	return at >= 0 && len(s.Rules[at].Faults) > 0
}

// wait waits for d, or until the connection is closed or to be closed, the scenario is another, the gateway stops, or more
// or over is closed.
func (c *webSocketConn) wait(d time.Duration, more, over <-chan struct{}) {
	closing, released := c.closing, c.engine.Load().Done()
	if more != nil {
		closing, released = nil, nil // it is what is waited out
	}
	timer := punctual.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-more:
	case <-over:
	case <-released:
	case <-closing:
	case <-c.ended:
	case <-c.exchange.Stopping:
	}
}

// follow asks engine about the connection, unless it was asked before.
func (c *webSocketConn) follow(engine *scenario.Engine) {
	if !c.ready.Load() {
		return
	}
	c.following.Lock()
	defer c.following.Unlock()
	c.mu.Lock()
	if c.engine.Load() == engine || c.over {
		c.mu.Unlock()
		return
	}
	c.engine.Store(engine)
	if c.stalled != nil {
		close(c.stalled)
		c.stalled = nil
	}
	c.stopTimers()
	d := openDecision(engine.Decide(c.exchange.Asked))
	if d.Timeout > 0 {
		c.injected = append(c.injected, recording.Fault{Kind: string(scenario.FaultTimeout), Detail: d.Timeout.String()})
		c.stalled = make(chan struct{})
		c.timers = append(c.timers, time.AfterFunc(d.Timeout, func() { c.shut(closeInternal) }))
	}
	c.mu.Unlock()
	c.apply(d)
	if d.Timeout <= 0 && d.Status != 0 {
		c.noteOnce(recording.Fault{Kind: string(scenario.FaultError), Detail: strconv.Itoa(d.Status)})
		// Not to wait for a client that does not read.
		c.exchange.gateway.webSockets.done.Go(func() { c.shut(closeCode(d.Status)) })
		return
	}
	c.endIfDue()
}

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

// apply does to the messages of both directions what d says.
func (c *webSocketConn) apply(d scenario.Decision) {
	delays := d.Delay > 0 || d.Multiplier > 1
	c.in.harmWith(fault.MessagesFromClient(d.Faults, &c.tally), false, throttle(d.Faults, scenario.AtRequest))
	c.out.harmWith(fault.MessagesToClient(d.Faults, &c.tally), delays, throttle(d.Faults, scenario.AtResponse))
	c.graphQL.release()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mode = d
	if d.Status != 0 || d.Timeout > 0 || c.in.harm.Load() != nil || len(d.Faults) > 0 {
		c.decision = &d
	}
}

// throttle is the least bandwidth that faults leave at a place, in bytes per second; 0 is no limit.
func throttle(faults []scenario.Drawn, at scenario.Place) (rate int64) {
	for _, f := range faults {
		if f.Kind == scenario.FaultThrottle && f.At == at && (rate == 0 || *f.BytesPerSecond < rate) {
			rate = *f.BytesPerSecond
		}
	}
	return rate
}

// endIfDue ends the connection where that is to be done before any message.
func (c *webSocketConn) endIfDue() {
	h := c.out.harm.Load()
	if h == nil || h.due == nil {
		return
	}
	due := *h.due
	c.exchange.gateway.webSockets.done.Go(func() { _ = c.endWith(due) })
}

// endWith ends the connection as d says.
func (c *webSocketConn) endWith(d scenario.Drawn) error {
	switch d.Kind {
	case scenario.FaultReset:
		c.noteOnce(recording.Fault{Kind: string(d.Kind)})
		return c.reset()
	case scenario.FaultClose:
		c.noteOnce(recording.Fault{Kind: string(d.Kind), Detail: strconv.Itoa(*d.CloseCode)})
		c.shut(*d.CloseCode)
	default:
		c.noteOnce(recording.Fault{Kind: string(d.Kind), Detail: strconv.Itoa(d.Code)})
		c.shut(closeCode(d.Code))
	}
	return nil
}

// reset breaks the connection off so that the client sees a TCP reset instead of an end.
func (c *webSocketConn) reset() error {
	fault.Reset(c.Conn)
	_ = c.Close()
	return errClosedByUs
}

// stopTimers needs mu held.
func (c *webSocketConn) stopTimers() {
	for _, timer := range c.timers {
		timer.Stop()
	}
	c.timers = nil
}

// shut closes the connection in good order, with code; after a while in any case. It may wait for a second.
func (c *webSocketConn) shut(code int) {
	c.mu.Lock()
	if c.closeWith != 0 || c.over {
		c.mu.Unlock()
		return
	}
	c.closeWith = code
	close(c.closing)
	c.timers = append(c.timers, time.AfterFunc(2*closeGrace, func() { _ = c.Close() }))
	c.mu.Unlock()
	// In the middle of a frame, its sender goes on with the close frame.
	timer := time.NewTimer(closeGrace)
	defer timer.Stop()
	select {
	case c.out.writing <- struct{}{}:
		c.sendClose()
		c.out.unlock()
	case <-timer.C:
	case <-c.ended:
	}
}

// Close ends the connection at once.
func (c *webSocketConn) Close() error {
	c.endOnce.Do(func() {
		close(c.ended)
		c.exchange.gateway.forget(c)
		c.exchange.gateway.connected(-1)
		c.graphQL.close()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stopTimers()
	})
	return c.Conn.Close()
}

// CloseWrite ends the client's direction only, as RFC 9293 section 3.6 allows.
func (c *webSocketConn) CloseWrite() error {
	c.silentOnce.Do(func() { close(c.silent) })
	if c.refused.Load() {
		return nil // The client is still to be told why.
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// report completes the recording of a connection that has ended.
func (c *webSocketConn) report(rec *recording.Recording) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	code := c.code
	if code == 0 {
		code = abnormal
	}
	rec.WebSocketClose = &code
	faults, delay := c.tally.Report()
	rec.Faults = append(append(rec.Faults, faults...), c.injected...)
	rec.InjectedDelayMS += core.Milliseconds(delay)
	if c.failure != (core.Failure{}) {
		c.failure.On(rec)
	}
	if operations := c.graphQL.seen(); operations != "" {
		rec.Operation = operations
	}
	if c.decision != nil {
		rec.ScenarioMode, rec.ScenarioVersion, rec.Rule = string(c.decision.Mode), c.decision.Version, c.decision.Rule
	}
}
