package gateway

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// The close codes that a gateway sends or notes (RFC 6455 section 7.4, and IANA's registry).
const (
	closeGoingAway = 1001
	closePolicy    = 1008
	closeInternal  = 1011
	closeTryAgain  = 1013
	// noStatus stands for a close frame without a code, abnormal for a connection that ended without one.
	noStatus = 1005
	abnormal = 1006
)

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
	in       *frames
	// ready is whether the handshake was answered: only then frames may be sent.
	ready atomic.Bool
	// ended is closed when the connection is, answered when the client has sent a close frame.
	ended, answered   chan struct{}
	endOnce, saidOnce sync.Once

	// writing is full while something is sent to the client, which may take as long as the client likes. It guards out.
	writing chan struct{}
	out     *frames

	mu sync.Mutex
	// engine is the scenario that was asked last, decision what it said where that did harm.
	engine   *scenario.Engine
	decision *scenario.Decision
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
	delay    time.Duration
	delays   int
	over     bool
}

func newWebSocketConn(conn net.Conn, buffered *bufio.Reader, x *exchange) *webSocketConn {
	c := &webSocketConn{
		Conn: conn, exchange: x, buffered: buffered, engine: x.engine,
		ended: make(chan struct{}), answered: make(chan struct{}), closing: make(chan struct{}), writing: make(chan struct{}, 1),
	}
	side := func(direction, from string, closed func(int)) *frames {
		f := &frames{transcript: x.transcript, direction: direction, limit: x.gateway.options.MaxBody, closed: closed}
		if x.response != nil && x.transcript != nil {
			f.inflate = newInflater(x.response.Header, from)
		}
		return f
	}
	c.in = side(fromClient, "client", func(code int) {
		c.noteClose(code)
		c.saidOnce.Do(func() { close(c.answered) })
	})
	c.out = side(toClient, "server", c.noteClose)
	return c
}

func (c *webSocketConn) noteClose(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.code = code
	}
}

// Read gives the client's frames.
func (c *webSocketConn) Read(p []byte) (int, error) {
	c.ready.Store(true)
	var source io.Reader = c.Conn
	if c.buffered != nil && c.buffered.Buffered() > 0 {
		// What came right behind the handshake.
		source = c.buffered
	}
	n, err := source.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		rest = rest[c.in.feed(rest):]
	}
	if err != nil && c.wasSent() {
		err = errClosedByUs
	}
	return n, err
}

// Write passes frames of the upstream on, later or not at all where the scenario says so.
func (c *webSocketConn) Write(p []byte) (int, error) {
	c.ready.Store(true)
	if len(p) == 0 {
		return 0, nil
	}
	c.hold(p[0])
	written := 0
	for written < len(p) {
		n, err := c.pass(p[written:])
		written += n
		if errors.Is(err, errClosedByUs) {
			// The client may answer, before its connection is closed.
			c.wait(closeGrace, c.answered)
		}
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// pass sends p, only up to the end of its first frame where the connection is to be closed there.
func (c *webSocketConn) pass(p []byte) (int, error) {
	c.writing <- struct{}{}
	defer func() { <-c.writing }()
	if c.sendClose() {
		return 0, errClosedByUs
	}
	taken := c.out.feed(p)
	select {
	case <-c.closing:
	default:
		for taken < len(p) {
			taken += c.out.feed(p[taken:])
		}
	}
	return c.Conn.Write(p[:taken])
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
	if !c.out.boundary() || !c.ready.Load() {
		return false
	}
	c.mu.Lock()
	c.sent = true
	code := c.closeWith
	c.mu.Unlock()
	frame := []byte{0x80 | opClose, 2, byte(code >> 8), byte(code)}
	for rest := frame; len(rest) > 0; {
		rest = rest[c.out.feed(rest):]
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

// hold waits as long as the scenario makes messages wait. first is the first byte of what is to be sent.
func (c *webSocketConn) hold(first byte) {
	c.mu.Lock()
	stalled := c.stalled
	c.mu.Unlock()
	if stalled != nil {
		select {
		case <-stalled:
		case <-c.closing:
		case <-c.ended:
		case <-c.exchange.Stopping:
		}
	}
	c.writing <- struct{}{}
	begins := c.out.boundary() && first&0x0f < opClose
	<-c.writing
	if !begins {
		return
	}
	d := c.exchange.gateway.options.Engine().Decide(c.exchange.asked)
	delay := d.Delay
	if d.Multiplier > 1 {
		// What an upstream took for a message is not known; the floor is what a message takes at least.
		delay += d.Floor
	}
	if delay <= 0 {
		return
	}
	start := time.Now()
	c.wait(delay, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.delay += time.Since(start)
	c.delays++
}

// wait waits for d, or until the connection is closed or to be closed, the gateway stops, or more is closed.
func (c *webSocketConn) wait(d time.Duration, more <-chan struct{}) {
	closing := c.closing
	if more != nil {
		closing = nil // it is what is waited out
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-more:
	case <-closing:
	case <-c.ended:
	case <-c.exchange.Stopping:
	}
}

// follow asks engine about the connection, unless it was asked before.
func (c *webSocketConn) follow(engine *scenario.Engine) {
	c.mu.Lock()
	if c.engine == engine || c.over || !c.ready.Load() {
		c.mu.Unlock()
		return
	}
	c.engine = engine
	if c.stalled != nil {
		close(c.stalled)
		c.stalled = nil
	}
	c.stopTimers()
	d := engine.Decide(c.exchange.asked)
	harms := d.Status != 0 || d.Timeout > 0
	if harms {
		c.decision = &d
	}
	if d.Timeout > 0 {
		c.injected = append(c.injected, recording.Fault{Kind: string(scenario.FaultTimeout), Detail: d.Timeout.String()})
		c.stalled = make(chan struct{})
		c.timers = append(c.timers, time.AfterFunc(d.Timeout, func() { c.shut(closeInternal) }))
	} else if d.Status != 0 {
		c.injected = append(c.injected, recording.Fault{Kind: string(scenario.FaultError), Detail: strconv.Itoa(d.Status)})
	}
	c.mu.Unlock()
	if d.Timeout <= 0 && d.Status != 0 {
		// Not to wait for a client that does not read.
		c.exchange.gateway.webSockets.done.Go(func() { c.shut(closeCode(d.Status)) })
	}
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
	case c.writing <- struct{}{}:
		c.sendClose()
		<-c.writing
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
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stopTimers()
	})
	return c.Conn.Close()
}

// CloseWrite ends the client's direction only, as RFC 9293 section 3.6 allows.
func (c *webSocketConn) CloseWrite() error {
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
	if c.delays > 0 {
		rec.Faults = append(rec.Faults, recording.Fault{
			Kind: string(scenario.FaultLatency), Detail: strconv.Itoa(c.delays) + " messages, " + c.delay.Round(time.Millisecond).String() + " in all",
		})
	}
	rec.Faults = append(rec.Faults, c.injected...)
	rec.InjectedDelayMS += milliseconds(c.delay)
	if c.decision != nil {
		rec.ScenarioMode, rec.ScenarioVersion, rec.Rule = string(c.decision.Mode), c.decision.Version, c.decision.Rule
	}
}
