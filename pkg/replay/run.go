package replay

import (
	"context"
	"errors"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Request is what a user may say about a replay.
type Request struct {
	// Target is where to: empty for the gateway's own upstream, or the name of one that the gateway's configuration allows.
	Target string `json:"target,omitempty"`
	// HeaderOverrides replace headers of the recording, such as an Authorization that was redacted; an empty value leaves
	// one out.
	HeaderOverrides map[string]string `json:"header_overrides,omitempty"`
	// IgnoreHeaders and IgnoreFields are as in CompareOptions.
	IgnoreHeaders []string `json:"ignore_headers,omitempty"`
	IgnoreFields  []string `json:"ignore_fields,omitempty"`
	// Scenario sends the recording through the faults of a definition as live traffic would go; nil leaves it unharmed,
	// whatever is in force.
	Scenario *scenario.Definition `json:"scenario,omitempty"`
}

// Validate returns a *validation.Error about a field that cannot be used.
func (r Request) Validate() error {
	problems := []error{headerOverrides(r.overrides().Validate()), r.compare().Validate(), validation.Text("target", r.Target, maxTargetName)}
	if r.Scenario != nil {
		problems = append(problems, validation.In("scenario", r.Scenario.Validate()))
	}
	return errors.Join(problems...)
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

// maxTargetName is the longest name of a target, in bytes.
const maxTargetName = 63

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
	// Withheld names what Withhold has taken out.
	Withheld []string `json:"withheld,omitempty"`
}

// Run sends a recording once, as Replay does, and compares the answers.
func (p *Replayer) Run(ctx context.Context, r recording.Recording, request Request) (Comparison, error) {
	session, err := p.Begin(ctx, r.Gateway, request)
	if err != nil {
		return Comparison{}, err
	}
	defer session.Close()
	return session.Run(ctx, r)
}

// Session sends recordings of one gateway with one request. It is safe for use by any number of goroutines.
type Session struct {
	replayer *Replayer
	request  Request
	target   Target
	harmed   Harmed
}

// Begin resolves the target, and puts the scenario in front of it where there is one, so that what it counts is counted over
// the whole session. Close ends it. The error is a *validation.Error about the request or the gateway.
func (p *Replayer) Begin(ctx context.Context, gateway string, request Request) (*Session, error) {
	if err := request.Validate(); err != nil {
		return nil, err
	}
	target, err := p.targets.Target(ctx, gateway, request.Target)
	if err != nil {
		return nil, err
	}
	s := &Session{replayer: p, request: request, target: target}
	if request.Scenario == nil {
		return s, nil
	}
	if target.Under == nil {
		return nil, validation.Errorf("scenario", "cannot be put in front of this gateway")
	}
	if s.harmed, err = target.Under(ctx, *request.Scenario); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends what Begin began.
func (s *Session) Close() {
	if s.harmed != nil {
		s.harmed.Close()
	}
}

// Run sends one recording.
func (s *Session) Run(ctx context.Context, r recording.Recording) (Comparison, error) {
	result, err := s.replayer.replay(ctx, r, s.request.overrides(), s.target, s.harmed)
	if err != nil {
		return Comparison{}, err
	}
	return Comparison{
		Recorded: Answer{
			Status: r.ResponseStatus, Failure: r.Failure, Headers: r.ResponseHeaders, Trailers: r.ResponseTrailers,
			Body: r.ResponseBody, DurationMS: r.ResponseTimeMS,
		},
		Replayed: result,
		Diff:     Compare(r, result, s.request.compare()),
	}, nil
}
