package gateway

import (
	"io"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// refusal is what recordings say of a WebSocket that was closed for what one side sent.
type refusal struct{ tooLarge, invalid, protocol core.Failure }

var (
	ofClient = refusal{
		core.ClientMessageTooLarge, malformedBy(recording.ByClient, "client's compressed message cannot be read"),
		malformedBy(recording.ByClient, "client broke the WebSocket protocol: "),
	}
	ofUpstream = refusal{
		core.UpstreamMessageTooLarge, malformedBy(recording.ByUpstream, "upstream's compressed message cannot be read"),
		malformedBy(recording.ByUpstream, "upstream broke the WebSocket protocol: "),
	}
)

func malformedBy(by recording.FailedBy, text string) core.Failure {
	return core.Failure{By: by, Kind: recording.FailureMalformed, Text: text}
}

// because is the failure with what was wrong.
func because(f core.Failure, what string) core.Failure {
	f.Text += what
	return f
}

// failures are those of the side whose frames come.
func (s *webSocketSide) failures() refusal {
	if s.toClient {
		return ofUpstream
	}
	return ofClient
}

// refuse closes both sides with code, and lets them answer for a while. What they send meanwhile is read, and goes nowhere:
// unread, it would make their systems forget the close frame.
func (c *webSocketConn) refuse(code int, failure core.Failure) {
	c.mu.Lock()
	if c.failure == (core.Failure{}) {
		c.failure = failure
	}
	c.mu.Unlock()
	if !c.refused.CompareAndSwap(false, true) {
		return
	}
	open := &c.exchange.gateway.webSockets.done
	open.Go(func() {
		defer close(c.told)
		c.in.end(code)
	})
	open.Go(func() {
		c.shut(code)
		c.wait(closeGrace, c.answered, nil)
		c.wait(closeGrace, c.silent, nil)
		_ = c.Close()
		if u := c.exchange.upstream; u != nil {
			_ = u.ReadWriteCloser.Close()
		}
	})
}

// refusedEnd is what the end of a client is whose connection was refused: the upstream may still answer.
func (c *webSocketConn) refusedEnd() error {
	select {
	case <-c.told:
		return io.EOF
	case <-c.ended:
		return errClosedByUs
	}
}
