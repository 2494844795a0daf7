package fault

import (
	"context"
	"net/http"
	"time"
)

// KindTimeout is what recordings and metrics call Timeout.
const KindTimeout = "timeout"

// Timeout holds the exchange until the client gives up or the limit has passed, and then answers with 504.
type Timeout struct {
	Limit time.Duration
}

// Inject waits, then answers.
func (t Timeout) Inject(ctx context.Context, x *Exchange) (bool, error) {
	x.did(KindTimeout, milliseconds(t.Limit))
	if err := x.Wait(ctx, t.Limit); err != nil {
		return false, err
	}
	x.Answer(http.StatusGatewayTimeout)
	return true, nil
}
