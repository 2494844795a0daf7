package fault

import (
	"context"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Break breaks the connection off, by a reset or in good order: without an answer, or once AfterBytes of the answer's body
// were sent.
type Break struct {
	Kind       scenario.FaultKind
	By         BrokenError
	AfterBytes int64
}

func init() {
	executes(scenario.FaultReset, func(d scenario.Drawn) Fault { return newBreak(d, ErrReset) })
	executes(scenario.FaultClose, func(d scenario.Drawn) Fault { return newBreak(d, ErrClosed) })
}

func newBreak(d scenario.Drawn, by BrokenError) Fault {
	b := Break{Kind: d.Kind, By: by}
	if d.AfterBytes != nil {
		b.AfterBytes = *d.AfterBytes
	}
	return b
}

// Inject breaks off where there is to be no answer.
func (b Break) Inject(_ context.Context, x *Exchange) (bool, error) {
	if b.AfterBytes > 0 {
		return false, nil
	}
	x.Note(b.Kind, "")
	return false, x.Break(b.By)
}

// Respond breaks off in the middle of the body.
func (b Break) Respond(_ context.Context, x *Exchange, response *http.Response) error {
	cutBody(x, response, b.Kind, b.By, b.AfterBytes, 0)
	return nil
}
