package fault

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Latency waits: before the exchange is forwarded or answered, before the first byte of the answer (scenario.AtResponse),
// or before each part of its body, as the parts come from the upstream (scenario.AtBody).
type Latency struct {
	Delay time.Duration
	At    scenario.Place
}

func init() {
	executes(scenario.FaultLatency, newLatency)
	executesAtMessages(scenario.FaultLatency, messageExecutor{harm: func(d scenario.Drawn, n int, _ *rand.Rand, next Message) Message {
		next.Delay += d.DelayAt(n)
		return next
	}})
}

func newLatency(d scenario.Drawn) Fault {
	if d.Delay <= 0 {
		return nil
	}
	return Latency{Delay: d.Delay, At: d.At}
}

// Inject waits.
func (l Latency) Inject(ctx context.Context, x *Exchange) (bool, error) {
	if l.At == scenario.AtResponse || l.At == scenario.AtBody {
		return false, nil
	}
	x.Note(scenario.FaultLatency, milliseconds(l.Delay))
	return false, x.Wait(ctx, l.Delay)
}

// FirstByte waits before the first byte of the answer.
func (l Latency) FirstByte(ctx context.Context, x *Exchange, _ time.Duration) error {
	if l.At != scenario.AtResponse {
		return nil
	}
	x.Note(scenario.FaultLatency, milliseconds(l.Delay))
	return x.Wait(ctx, l.Delay)
}

// Respond makes the parts of the body wait.
func (l Latency) Respond(ctx context.Context, x *Exchange, response *http.Response) error {
	if l.At != scenario.AtBody || !hasBody(response) {
		return nil
	}
	x.Note(scenario.FaultLatency, milliseconds(l.Delay))
	pass(response, func(source io.Reader) io.Reader { return &latentBody{ctx: ctx, x: x, source: source, delay: l.Delay} })
	return nil
}

// latentPart is how much of a body is one part at most, in bytes.
const latentPart = 32 << 10

type latentBody struct {
	ctx    context.Context
	x      *Exchange
	source io.Reader
	delay  time.Duration
	// part is how much of the present part was passed on. A read that was filled may have split it.
	part int
}

func (b *latentBody) Read(p []byte) (int, error) {
	n, err := b.source.Read(p)
	if n == 0 {
		return n, err
	}
	if b.part == 0 {
		if gaveUp := b.x.Wait(b.ctx, b.delay); gaveUp != nil {
			return 0, gaveUp
		}
	}
	if b.part += n; n < len(p) || b.part >= latentPart {
		b.part = 0
	}
	return n, err
}
