package fault

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Error answers with an error instead of forwarding.
type Error struct {
	Answer
}

func init() { executes(scenario.FaultError, newError) }

func newError(d scenario.Drawn) Fault {
	return Error{Answer{
		Status: d.Code, GRPCCode: d.GRPCCode, Message: d.Message, Body: d.Body, ContentType: d.ContentType, Headers: d.SetHeaders,
		RetryAfterS: d.RetryAfterS, Extensions: d.Extensions,
	}}
}

// Inject answers.
func (e Error) Inject(_ context.Context, x *Exchange) (bool, error) {
	detail := formatInt(int64(e.Status))
	if e.GRPCCode != "" {
		detail += " " + e.GRPCCode
	}
	x.Note(scenario.FaultError, detail)
	x.Answer(e.Answer)
	return true, nil
}
