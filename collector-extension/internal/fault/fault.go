// Package fault has the kinds of harm that are done to an exchange, one file each.
//
// To add a fault: register its kind in a file of pkg/scenario, write a type with Inject here, in a file of its own, and
// register it there by executes, or what it does to messages by executesAtMessages; a test demands one for each kind. What
// works on the request that is forwarded, on the time of the answer or on the answer itself implements Requester,
// FirstByter or Responder, too. Every wait goes through Exchange.Wait, so that it ends when the client gives up, the scenario is changed or the gateway stops.
//
// Nothing here knows of gateways: whoever has an *http.Request and an *http.Response can be harmed.
package fault

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Fault is one kind of harm done to one exchange, before it is forwarded.
type Fault interface {
	// Inject harms x. It reports whether x has its answer, so that nothing is forwarded. The error is a BrokenError where the
	// connection is to be broken off, else that of ctx, where the client gave up.
	Inject(ctx context.Context, x *Exchange) (answered bool, err error)
}

// Requester is a fault that changes the request that is forwarded: Request is called once, before it is sent, and may
// change r in place, its headers and its body.
type Requester interface {
	Request(ctx context.Context, x *Exchange, r *http.Request)
}

// FirstByter is a fault that waits for the upstream: FirstByte is called when its response headers are there, upstream
// after the exchange was forwarded, and before the client sees them.
type FirstByter interface {
	FirstByte(ctx context.Context, x *Exchange, upstream time.Duration) error
}

// Responder is a fault that changes the answer: Respond is called once, when its headers are there and before the client
// sees them, and may change response in place. A body that it puts in front of the upstream's must pass on what comes as it
// comes; where reading it gives a BrokenError, the connection is to be broken off.
type Responder interface {
	Respond(ctx context.Context, x *Exchange, response *http.Response) error
}

// Faults are the faults of one exchange, in the order in which they are injected.
type Faults []Fault

// Inject calls all until one has answered or failed.
func (f Faults) Inject(ctx context.Context, x *Exchange) (answered bool, err error) {
	for _, one := range f {
		if answered, err := one.Inject(ctx, x); answered || err != nil {
			return answered, err
		}
	}
	return false, nil
}

// Request calls all that are a Requester.
func (f Faults) Request(ctx context.Context, x *Exchange, r *http.Request) {
	for _, one := range f {
		if requester, ok := one.(Requester); ok {
			requester.Request(ctx, x, r)
		}
	}
}

// FirstByte calls all that are a FirstByter; forwarded is when the upstream was asked.
func (f Faults) FirstByte(ctx context.Context, x *Exchange, forwarded time.Time) error {
	var upstream time.Duration
	for _, one := range f {
		later, ok := one.(FirstByter)
		if !ok {
			continue
		}
		if upstream == 0 {
			upstream = time.Since(forwarded)
		}
		if err := later.FirstByte(ctx, x, upstream); err != nil {
			return err
		}
	}
	return nil
}

// Respond calls all that are a Responder. What they do to the answer they do in their order: where the first corrupts and
// the second throttles, corrupted bytes are throttled.
func (f Faults) Respond(ctx context.Context, x *Exchange, response *http.Response) error {
	for _, one := range f {
		if responder, ok := one.(Responder); ok {
			if err := responder.Respond(ctx, x, response); err != nil {
				return err
			}
		}
	}
	return nil
}

// forwards is for faults that do nothing before the exchange is forwarded.
type forwards struct{}

// Inject does nothing.
func (forwards) Inject(context.Context, *Exchange) (bool, error) { return false, nil }

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

// milliseconds returns how delays are shown to people.
func milliseconds(d time.Duration) string { return d.Round(time.Millisecond).String() }
