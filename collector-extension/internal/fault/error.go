package fault

import (
	"context"
	"strconv"
)

// KindError is what recordings and metrics call Error.
const KindError = "error"

// Error answers with an error instead of forwarding.
type Error struct {
	// Status is the HTTP status; other protocols answer with their own equivalent.
	Status int
}

// Inject answers.
func (e Error) Inject(_ context.Context, x *Exchange) (bool, error) {
	x.did(KindError, strconv.Itoa(e.Status))
	x.Answer(e.Status)
	return true, nil
}
