package fault

import (
	"context"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Truncate ends the body of the answer early: the client sees one that is shorter than was announced, or without its last
// chunk; over HTTP/2 the stream is reset.
type Truncate struct {
	forwards
	// AfterBytes is how many are sent; negative is the share Keep of what Content-Length says, and where nothing does, of
	// the first part that the upstream sends.
	AfterBytes int64
	Keep       float64
}

func init() { executes(scenario.FaultTruncate, newTruncate) }

func newTruncate(d scenario.Drawn) Fault {
	if d.AfterBytes != nil {
		return Truncate{AfterBytes: *d.AfterBytes}
	}
	t := Truncate{AfterBytes: -1, Keep: 0.5}
	if d.Keep != nil {
		t.Keep = *d.Keep
	}
	return t
}

// Respond cuts the body.
func (t Truncate) Respond(_ context.Context, x *Exchange, response *http.Response) error {
	after := t.AfterBytes
	if after < 0 && response.ContentLength > 0 {
		after = int64(t.Keep * float64(response.ContentLength))
	}
	cutBody(x, response, scenario.FaultTruncate, ErrTruncated, after, t.Keep)
	return nil
}
