package fault

import (
	"context"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Timeout holds the exchange until the client gives up or the limit has passed, and then answers with 504. Where the
// scenario ends meanwhile the exchange is forwarded: all that it got then was latency.
type Timeout struct {
	Limit time.Duration
}

func init() { executes(scenario.FaultTimeout, newTimeout) }

func newTimeout(d scenario.Drawn) Fault {
	return Timeout{Limit: time.Duration(*d.TimeoutMS) * time.Millisecond}
}

// Inject waits, then answers.
func (t Timeout) Inject(ctx context.Context, x *Exchange) (bool, error) {
	start := time.Now()
	note := x.Note(scenario.FaultTimeout, milliseconds(t.Limit))
	if err := x.Wait(ctx, t.Limit); err != nil {
		return false, err
	}
	if held := time.Since(start); held < t.Limit && x.released() {
		x.Withdraw(note)
		x.Note(scenario.FaultLatency, milliseconds(held))
		return false, nil
	}
	x.Answer(Answer{Status: http.StatusGatewayTimeout})
	return true, nil
}
