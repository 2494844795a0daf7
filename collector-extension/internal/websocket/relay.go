package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Grace is how long a side may take: to take a close frame of ours, to answer it, and to end its connection.
const Grace = time.Second

// upstreamKey masks what is sent to upstreams by us.
var upstreamKey = [4]byte{'M', 'o', 'c', 'k'}

// Options are what a relay is made of. All but the two sides may be left out.
type Options struct {
	Client io.ReadWriteCloser
	// ClientReader has what the client sends, beginning with what came behind its handshake; nil is Client.
	ClientReader io.Reader
	Upstream     io.ReadWriteCloser
	// Answer are the headers that the handshake was answered with.
	Answer http.Header
	// MaxMessage is how many bytes a message may have as it is sent, 0 for any size.
	MaxMessage int64
	// Follow has compressed messages that refer to those before them read from the first one on: only then can later ones be.
	Follow bool
	// FromClient and ToClient are told of messages, nil is nobody.
	FromClient, ToClient Recorder
	// Came is called whenever something of a side has come, before it is looked at; nil is not to.
	Came func()
	// ReadClient and ReadUpstream read messages, nil is nobody.
	ReadClient, ReadUpstream Reader
}

// Relay is between a client and an upstream that speak to each other over a WebSocket. Each way has a goroutine.
type Relay struct {
	client, upstream io.ReadWriteCloser
	toUpstream       *Direction
	toClient         *Direction

	// ctx ends when the relay begins to end; its cause says why.
	ctx    context.Context
	cancel context.CancelCauseFunc
	// over is set when the connections are closed, answered when the client has sent a close frame, or sends no more, and silent when
	// the upstream has, or does.
	over, answered, silent event
	closing                sync.WaitGroup

	mu sync.Mutex
	// code is the first that either side was closed with.
	code int
}

// ClosedError is why a relay ended whose sides were closed in good order.
type ClosedError struct{ Code int }

// Error says so.
func (c *ClosedError) Error() string { return fmt.Sprintf("closed with %d", c.Code) }

// errDone is why a relay ended both sides of which have.
var errDone = errors.New("both sides have ended")

// New makes a relay that does not run yet.
func New(o Options) *Relay {
	r := &Relay{client: o.Client, upstream: o.Upstream, over: newEvent(), answered: newEvent(), silent: newEvent()}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	from := o.ClientReader
	if from == nil {
		from = o.Client
	}
	r.toUpstream = &Direction{
		relay: r, from: Client, source: source{from: from, came: o.Came}, out: newOutlet(o.Upstream, &upstreamKey), rules: rulesOf(o.Answer, true),
		limit: o.MaxMessage, deflated: deflatedOf(o.Answer, "client", o.Follow), received: o.FromClient, reader: o.ReadClient,
	}
	r.toClient = &Direction{
		relay: r, from: Upstream, source: source{from: o.Upstream, came: o.Came}, out: newOutlet(o.Client, nil), rules: rulesOf(o.Answer, false),
		limit: o.MaxMessage, deflated: deflatedOf(o.Answer, "server", o.Follow), sent: o.ToClient, reader: o.ReadUpstream,
	}
	r.toClient.out.record, r.toClient.out.noteClose = o.ToClient, r.noteClose
	return r
}

// FromClient returns the way from the client to the upstream.
func (r *Relay) FromClient() *Direction { return r.toUpstream }

// ToClient returns the way from the upstream to the client.
func (r *Relay) ToClient() *Direction { return r.toClient }

// Run relays until the connection has ended, or ctx has, and returns why. Both sides are closed then.
func (r *Relay) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { r.End(context.Cause(ctx)) })
	defer stop()
	var ways sync.WaitGroup
	ways.Go(func() { r.way(r.toUpstream, r.client, r.answered, r.upstream) })
	r.way(r.toClient, r.upstream, r.silent, r.client)
	ways.Wait()
	r.mu.Lock()
	ending := r.ctx.Err() != nil
	r.mu.Unlock()
	if ending {
		r.closing.Wait() // Sides that have ended may still be to be told why.
	}
	r.End(errDone)
	r.closing.Wait()
	return context.Cause(r.ctx)
}

// way runs a direction, and then ends that way only, as RFC 9293 section 3.6 allows.
func (r *Relay) way(d *Direction, from io.Reader, quiet event, to io.Writer) {
	err := d.run()
	if violation := (*ViolationError)(nil); errors.As(err, &violation) {
		r.part(violation, violation.code(), true)
		// Unread, what it still sends would make its system forget the close frame.
		_, _ = io.Copy(io.Discard, from)
		err = nil
	}
	quiet.set()
	if r.ctx.Err() != nil {
		return // The sides are still told why.
	}
	if err == nil {
		err = closeWrite(to)
	}
	if err != nil {
		r.End(fmt.Errorf("from the %s: %w", d.from, err))
	}
}

// closeWrite ends what is written to a side.
func closeWrite(to io.Writer) error {
	half, ok := to.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// End ends the relay at once.
func (r *Relay) End(cause error) {
	r.mu.Lock()
	r.cancel(cause)
	r.mu.Unlock()
	r.over.set()
	_ = r.client.Close()
	_ = r.upstream.Close()
}

// Close ends the relay in good order, and returns when the client was sent a close frame with code, or could not be for a while.
// Where the relay ends already, it does nothing.
func (r *Relay) Close(code int) {
	r.part(&ClosedError{code}, code, false)
	r.await(r.toClient.out.written)
}

// part begins to end the relay in good order: the client is told, and the upstream, too, if both are to be; else it has the
// client's answer.
func (r *Relay) part(cause error, code int, both bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ctx.Err() != nil {
		return
	}
	// Before anybody who waits goes on: what they have held back is not to pass before it.
	r.toClient.out.due.Store(int32(code))
	r.cancel(cause)
	r.closing.Go(func() {
		defer r.End(cause)
		var telling sync.WaitGroup
		if both {
			telling.Go(func() { r.toUpstream.out.close(code, Grace, r.over.channel) })
		}
		r.toClient.out.close(code, Grace, r.over.channel)
		telling.Wait()
		r.await(r.answered)
		// What the client has answered, the upstream has by now.
		_ = closeWrite(r.upstream)
		r.await(r.silent)
	})
}

// await waits for e, or for a while.
func (r *Relay) await(e event) {
	timer := time.NewTimer(Grace)
	defer timer.Stop()
	select {
	case <-e.channel:
	case <-r.over.channel:
	case <-timer.C:
	}
}

// Ending reports whether the relay ends.
func (r *Relay) Ending() bool { return r.ctx.Err() != nil }

// Cause returns why the relay ends, nil where it does not.
func (r *Relay) Cause() error { return context.Cause(r.ctx) }

// Over returns a channel that is closed when the relay has ended.
func (r *Relay) Over() <-chan struct{} { return r.over.channel }

// Code returns the first code that either side was closed with, CloseAbnormal where neither was.
func (r *Relay) Code() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.code == 0 {
		return CloseAbnormal
	}
	return r.code
}

func (r *Relay) noteClose(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.code == 0 {
		r.code = code
	}
}

// saidClose notes that a side has sent a close frame, which has reached the other.
func (r *Relay) saidClose(by Side) {
	if by == Client {
		r.answered.set()
	} else {
		r.silent.set()
	}
}
