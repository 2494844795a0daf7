package replay

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// The limits of a job.
const (
	DefaultJobLimit    = 1000
	MaxJobLimit        = 10_000
	DefaultConcurrency = 10
	MaxConcurrency     = 100
	// MaxJobTime is how long a job may take from when it was asked for, pauses included.
	MaxJobTime = 24 * time.Hour

	maxName   = 200
	maxReason = 500
)

// JobRequest is what a user asks of a job: which recordings are sent again, where to, how fast, and what counts as a
// difference.
type JobRequest struct {
	// Name and Reason are for people.
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Filter, or RecordingIDs, says which recordings. Of a filter the newest Limit (1 to 10000; 1000 where absent) that are
	// stored when the job is made are taken. Either way they are sent oldest first.
	Filter       *recording.Filter `json:"filter,omitempty"`
	RecordingIDs []uuid.UUID       `json:"recording_ids,omitempty"`
	Limit        int               `json:"limit,omitempty"`
	Pace         Pace              `json:"pace,omitzero"`
	// Concurrency is how many are under way at once, 1 to 100; 10 where absent, and 1 where the pace is sequential.
	Concurrency int `json:"concurrency,omitempty"`
	// Target, HeaderOverrides, IgnoreHeaders, IgnoreFields and Scenario are as in Request.
	Target          string               `json:"target,omitempty"`
	HeaderOverrides map[string]string    `json:"header_overrides,omitempty"`
	IgnoreHeaders   []string             `json:"ignore_headers,omitempty"`
	IgnoreFields    []string             `json:"ignore_fields,omitempty"`
	Scenario        *scenario.Definition `json:"scenario,omitempty"`
}

// WithDefaults fills in what is absent.
func (r JobRequest) WithDefaults() JobRequest {
	r.Pace = r.Pace.withDefaults()
	if r.Limit == 0 {
		r.Limit = DefaultJobLimit
	}
	if r.Pace.Mode == PaceSequential {
		r.Concurrency = 1
	} else if r.Concurrency == 0 {
		r.Concurrency = DefaultConcurrency
	}
	return r
}

// Validate joins a *validation.Error for each field that is wrong.
func (r JobRequest) Validate() error {
	problems := []error{
		validation.Text("name", r.Name, maxName), validation.Text("reason", r.Reason, maxReason),
		validation.In("pace", r.Pace.Validate()), r.Each().Validate(),
	}
	add := func(field, format string, args ...any) {
		problems = append(problems, validation.Errorf(field, format, args...))
	}
	switch {
	case r.Filter == nil && len(r.RecordingIDs) == 0:
		add("filter", "is required, {} for all, where recording_ids are not given")
	case r.Filter != nil && len(r.RecordingIDs) > 0:
		add("recording_ids", "must not be given together with filter")
	case r.Filter != nil:
		problems = append(problems, validation.In("filter", r.Filter.Validate()))
	case len(r.RecordingIDs) > MaxJobLimit:
		add("recording_ids", "must be at most %d, are %d", MaxJobLimit, len(r.RecordingIDs))
	default:
		seen := make(map[uuid.UUID]bool, len(r.RecordingIDs))
		for i, id := range r.RecordingIDs {
			if seen[id] {
				add(fmt.Sprintf("recording_ids[%d]", i), "must be unique, %s is there twice", id)
				break
			}
			seen[id] = true
		}
	}
	if r.Limit < 0 || r.Limit > MaxJobLimit {
		add("limit", "must be between 1 and %d, is %d", MaxJobLimit, r.Limit)
	}
	if r.Concurrency < 0 || r.Concurrency > MaxConcurrency {
		add("concurrency", "must be between 1 and %d, is %d", MaxConcurrency, r.Concurrency)
	}
	if r.Pace.Mode == PaceSequential && r.Concurrency > 1 {
		add("concurrency", "must be 1 where the pace is sequential, is %d", r.Concurrency)
	}
	return errors.Join(problems...)
}

// Each returns the request for one recording of the job.
func (r JobRequest) Each() Request {
	return Request{
		Target: r.Target, HeaderOverrides: r.HeaderOverrides, IgnoreHeaders: r.IgnoreHeaders, IgnoreFields: r.IgnoreFields, Scenario: r.Scenario,
	}
}

// WithoutHeaderValues masks the values of header overrides, which may be credentials.
func (r JobRequest) WithoutHeaderValues() JobRequest {
	if len(r.HeaderOverrides) == 0 {
		return r
	}
	masked := make(map[string]string, len(r.HeaderOverrides))
	for name, value := range r.HeaderOverrides {
		if value != "" {
			value = recording.Mask
		}
		masked[name] = value
	}
	r.HeaderOverrides = masked
	return r
}

// JobStatus is where a job stands.
type JobStatus string

// The states of a job. A queued one waits for a collector; those from stopped on are over.
const (
	JobQueued   JobStatus = "queued"
	JobRunning  JobStatus = "running"
	JobPaused   JobStatus = "paused"
	JobStopping JobStatus = "stopping" // what is under way comes to its end
	JobStopped  JobStatus = "stopped"
	JobDone     JobStatus = "done"
	JobFailed   JobStatus = "failed" // Problem says why
)

// Over reports whether nothing will happen any more.
func (s JobStatus) Over() bool { return s == JobStopped || s == JobDone || s == JobFailed }

// Job is many recordings that are sent again, with how far it is.
type Job struct {
	ID        uuid.UUID  `json:"id"`
	Name      string     `json:"name"`
	Status    JobStatus  `json:"status"`
	CreatedAt time.Time  `json:"created_at"`
	CreatedBy string     `json:"created_by"`
	StartedAt *time.Time `json:"started_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
	// TakenBy names the collectors that work on it, sorted and separated by ", ".
	TakenBy string `json:"taken_by"`
	// Total is how many recordings it has. Sent counts those that were sent and whose outcome is known: Same, Different
	// and Failed together. Skipped ones cannot be sent.
	Total     int    `json:"total"`
	Sent      int    `json:"sent"`
	Same      int    `json:"same"`
	Different int    `json:"different"`
	Failed    int    `json:"failed"`
	Skipped   int    `json:"skipped"`
	Problem   string `json:"problem,omitempty"`
	// Request is what was asked for, with the values of header overrides masked.
	Request JobRequest `json:"request"`
	// Withheld names the conditions of the filter that Withhold has taken out.
	Withheld []string `json:"withheld,omitempty"`
}

// JobPage is one page of jobs, newest first.
type JobPage struct {
	Jobs       []Job  `json:"jobs"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// JobAction is what can be done to a job.
type JobAction string

// The actions. Those that change nothing, such as to pause what is paused, are no errors.
const (
	PauseJob  JobAction = "pause"
	ResumeJob JobAction = "resume"
	StopJob   JobAction = "stop"
)

// Outcome is how one recording of a job went.
type Outcome string

// The outcomes.
const (
	Same      Outcome = "same"
	Different Outcome = "different"
	Failed    Outcome = "failed"  // no complete answer, or nobody knows
	Skipped   Outcome = "skipped" // not sent
)

// outcomes returns all outcomes.
func outcomes() []Outcome { return []Outcome{Same, Different, Failed, Skipped} }

// ItemResult is the result of one recording of a job.
type ItemResult struct {
	// Sequence is the place in the job, from 1.
	Sequence    int       `json:"sequence"`
	RecordingID uuid.UUID `json:"recording_id"`
	Gateway     string    `json:"gateway"`
	// Method and Path are those of the recording; absent where it is not stored any more.
	Method  string  `json:"method,omitempty"`
	Path    string  `json:"path,omitempty"`
	Outcome Outcome `json:"outcome"`
	// ResponseStatus and RecordedStatus are 0 where there was no answer; the times are in milliseconds.
	ResponseStatus int     `json:"response_status"`
	ResponseTimeMS float64 `json:"response_time_ms"`
	RecordedStatus int     `json:"recorded_status"`
	RecordedTimeMS float64 `json:"recorded_time_ms"`
	// Differences are the first ones; More reports whether there are others.
	Differences []Difference `json:"differences"`
	More        bool         `json:"more,omitempty"`
	// Problem says why an item failed or was skipped.
	Problem string `json:"problem,omitempty"`
	// Withheld is "differences" where Withhold has taken some out.
	Withheld []string `json:"withheld,omitempty"`
}

// ResultQuery is one page of a job's results.
type ResultQuery struct {
	// Outcome is the only one to return; empty is all.
	Outcome Outcome
	Cursor  string
	// Limit is 1 to 1000.
	Limit int
}

// Validate joins a *validation.Error for each field that is wrong.
func (q ResultQuery) Validate() error {
	var problems []error
	if q.Outcome != "" && !slices.Contains(outcomes(), q.Outcome) {
		problems = append(problems, validation.Errorf("outcome", "must be same, different, failed or skipped, is %q", clip(string(q.Outcome))))
	}
	if q.Limit < 1 || q.Limit > 1000 {
		problems = append(problems, validation.Errorf("limit", "must be between 1 and 1000, is %d", q.Limit))
	}
	return errors.Join(problems...)
}

// ResultPage is one page of results, in the order of the job.
type ResultPage struct {
	Results    []ItemResult `json:"results"`
	NextCursor string       `json:"next_cursor,omitempty"`
}
