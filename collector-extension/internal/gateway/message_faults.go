package gateway

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// messageFaults are the faults of an exchange that work on the messages of gRPC calls and of server-sent events, or end
// these streams after some.
type messageFaults struct {
	exchange *exchange
	drawn    []scenario.Drawn
}

// addMessageFaults puts those of the decision in front of the faults that work on bodies as bytes: messages are told apart
// before they are cut. Corruption of gRPC is theirs, too, which else would hit what says how long messages are.
func (x *exchange) addMessageFaults() {
	grpc := x.what.protocol == recording.GRPC
	var drawn []scenario.Drawn
	for _, d := range x.Decision.Faults {
		if d.AtMessages() || fault.EndsStream(d) || grpc && d.Kind == scenario.FaultCorrupt {
			drawn = append(drawn, d)
		}
	}
	if len(drawn) == 0 || x.what.protocol == recording.WebSocket {
		return
	}
	if grpc {
		x.Faults = slices.DeleteFunc(x.Faults, func(f fault.Fault) bool { _, ok := f.(fault.Corrupt); return ok })
	}
	x.Faults = slices.Insert(x.Faults, 0, fault.Fault(&messageFaults{x, drawn}))
}

// Inject does nothing: there are no messages yet.
func (*messageFaults) Inject(context.Context, *fault.Exchange) (bool, error) { return false, nil }

// Request harms the messages of a gRPC client.
func (m *messageFaults) Request(ctx context.Context, x *fault.Exchange, r *http.Request) {
	if !isGRPC(r.Header) || r.Body == nil || r.Body == http.NoBody {
		return
	}
	messages := fault.MessagesFromClient(m.drawn, &m.exchange.tally)
	if messages == nil {
		return
	}
	harm := &messageHarm{ctx: ctx, exchange: x, messages: messages, tally: &m.exchange.tally}
	r.Body = withHandler(r.Body, new(stream.GRPC), harm)
	r.ContentLength = -1
	r.Header.Del("Content-Length")
}

// Respond harms the messages of the answer.
func (m *messageFaults) Respond(ctx context.Context, x *fault.Exchange, response *http.Response) error {
	if response.Header.Get("Grpc-Status") != "" || response.Body == nil || response.Body == http.NoBody {
		return nil // It has ended.
	}
	harm := &messageHarm{ctx: ctx, exchange: x, tally: &m.exchange.tally}
	var split stream.Splitter
	switch {
	case isGRPC(response.Header):
		split = new(stream.GRPC)
		harm.end = func(d scenario.Drawn) error { return m.endGRPC(x, response, d) }
	case isEventStream(response.Header):
		split, harm.text = new(stream.Events), true
		harm.end = func(d scenario.Drawn) error { return endEvents(x, response, d) }
	default:
		return nil
	}
	if harm.messages = fault.MessagesToClient(m.drawn, &m.exchange.tally); harm.messages == nil {
		return nil
	}
	body := withHandler(response.Body, split, harm)
	response.Body = body
	response.ContentLength = -1
	response.Header.Del("Content-Length")
	if due := harm.messages.Sent(0); due != nil {
		body.Fail(harm.end(*due))
	}
	return nil
}

// withHandler adds a handler to a body of messages; one that was taken apart before is not again.
func withHandler(body io.ReadCloser, split stream.Splitter, h stream.Handler) *stream.Body {
	messages, ok := body.(*stream.Body)
	if !ok {
		return stream.NewBody(body, split, h)
	}
	messages.Add(h)
	return messages
}

// endGRPC ends a call that has begun, by a status in its trailers or by breaking it off. Its upstream is cancelled.
func (m *messageFaults) endGRPC(x *fault.Exchange, response *http.Response, d scenario.Drawn) error {
	noteEnd(x, d)
	if broken := brokenBy(d.Kind); broken != "" {
		return x.Break(broken)
	}
	end := grpcEndOf(fault.Answer{Status: d.Code, GRPCCode: d.GRPCCode, Message: d.Message, RetryAfterS: d.RetryAfterS}, injectedDetail)
	trailer := http.Header{}
	end.set(trailer)
	response.Trailer = trailer
	m.exchange.endTrailer = trailer
	return io.EOF
}

// endEvents ends an event stream, in good order where the fault is no reset: it has no way to tell of an error.
func endEvents(x *fault.Exchange, _ *http.Response, d scenario.Drawn) error {
	noteEnd(x, d)
	if d.Kind == scenario.FaultReset {
		return x.Break(fault.ErrReset)
	}
	return io.EOF
}

func brokenBy(kind scenario.FaultKind) fault.BrokenError {
	switch kind {
	case scenario.FaultReset:
		return fault.ErrReset
	case scenario.FaultClose:
		return fault.ErrClosed
	}
	return ""
}

func noteEnd(x *fault.Exchange, d scenario.Drawn) {
	x.Note(d.Kind, "after "+strconv.Itoa(*d.AfterMessages)+" messages")
}
