package fault

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// throttleParts is in how many parts what fits into a second is passed on.
const throttleParts = 20

// Throttle limits the bandwidth of the answer's body, or of the request's.
type Throttle struct {
	forwards
	AtRequest      bool
	BytesPerSecond int64
}

func init() { executes(scenario.FaultThrottle, newThrottle) }

func newThrottle(d scenario.Drawn) Fault {
	return Throttle{AtRequest: d.At == scenario.AtRequest, BytesPerSecond: *d.BytesPerSecond}
}

// Request throttles what the upstream gets.
func (t Throttle) Request(ctx context.Context, x *Exchange, r *http.Request) {
	if t.AtRequest && carriesBody(r) {
		passRequest(r, func(source io.Reader) io.Reader { return t.body(ctx, x, source) })
	}
}

// Respond throttles what the client gets.
func (t Throttle) Respond(ctx context.Context, x *Exchange, response *http.Response) error {
	if !t.AtRequest && hasBody(response) {
		pass(response, func(source io.Reader) io.Reader { return t.body(ctx, x, source) })
	}
	return nil
}

func (t Throttle) body(ctx context.Context, x *Exchange, source io.Reader) io.Reader {
	x.Note(scenario.FaultThrottle, formatInt(t.BytesPerSecond)+" bytes per second")
	return &throttled{ctx: ctx, x: x, source: source, rate: max(1, t.BytesPerSecond)}
}

type throttled struct {
	ctx    context.Context
	x      *Exchange
	source io.Reader
	rate   int64
	// due is when what was passed on so far is through. What the upstream does not use is not saved up.
	due time.Time
}

func (t *throttled) Read(p []byte) (int, error) {
	if t.x.Over() {
		return t.source.Read(p)
	}
	p = p[:min(int64(len(p)), max(1, t.rate/throttleParts))]
	n, err := t.source.Read(p)
	if n == 0 {
		return n, err
	}
	now := time.Now()
	if t.due.Before(now) {
		t.due = now
	}
	t.due = t.due.Add(time.Duration(n) * time.Second / time.Duration(t.rate))
	if gaveUp := t.x.Wait(t.ctx, t.due.Sub(now)); gaveUp != nil {
		return 0, gaveUp
	}
	return n, err
}
