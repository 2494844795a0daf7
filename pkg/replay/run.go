package replay

import (
	"context"
	"errors"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Request is what a user may say about a replay.
type Request struct {
	// HeaderOverrides replace headers of the recording, such as an Authorization that was redacted; an empty value leaves
	// one out.
	HeaderOverrides map[string]string `json:"header_overrides,omitempty"`
	// IgnoreHeaders and IgnoreFields are as in CompareOptions.
	IgnoreHeaders []string `json:"ignore_headers,omitempty"`
	IgnoreFields  []string `json:"ignore_fields,omitempty"`
}

// Validate returns a *validation.Error about a field that cannot be used.
func (r Request) Validate() error {
	return errors.Join(headerOverrides(r.overrides().Validate()), r.compare().Validate())
}

// headerOverrides names the field as users of Request know it.
func headerOverrides(err error) error {
	all := validation.All(err)
	renamed := make([]error, len(all))
	for i, e := range all {
		renamed[i] = &validation.Error{Field: "header_overrides" + e.Field[len("headers"):], Problem: e.Problem}
	}
	return errors.Join(renamed...)
}

func (r Request) overrides() Overrides { return Overrides{Headers: r.HeaderOverrides} }

func (r Request) compare() CompareOptions {
	return CompareOptions{IgnoreHeaders: r.IgnoreHeaders, IgnoreFields: r.IgnoreFields}
}

// Answer is the recorded answer, beside that to the replay.
type Answer struct {
	// Status is 0 where the client got no answer; Failure then says why.
	Status   int              `json:"status"`
	Failure  string           `json:"failure,omitempty"`
	Headers  recording.Values `json:"headers,omitempty"`
	Trailers recording.Values `json:"trailers,omitempty"`
	Body     recording.Body   `json:"body"`
	// DurationMS is to the end of the answer, in milliseconds.
	DurationMS float64 `json:"duration_ms"`
}

// Comparison is a replay held against its recording.
type Comparison struct {
	Recorded Answer `json:"recorded"`
	Replayed Result `json:"replayed"`
	Diff     Diff   `json:"diff"`
}

// Run sends a recording once, as Replay does, and compares the answers.
func (p *Replayer) Run(ctx context.Context, r recording.Recording, request Request) (Comparison, error) {
	if err := request.Validate(); err != nil {
		return Comparison{}, err
	}
	result, err := p.Replay(ctx, r, request.overrides())
	if err != nil {
		return Comparison{}, err
	}
	return Comparison{
		Recorded: Answer{
			Status: r.ResponseStatus, Failure: r.Failure, Headers: r.ResponseHeaders, Trailers: r.ResponseTrailers,
			Body: r.ResponseBody, DurationMS: r.ResponseTimeMS,
		},
		Replayed: result,
		Diff:     Compare(r, result, request.compare()),
	}, nil
}
