package replay

import (
	"errors"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// PaceMode is what decides when the next recording of a job is sent.
type PaceMode string

// The paces.
const (
	// PaceRecorded keeps the recorded gaps.
	PaceRecorded PaceMode = "recorded"
	// PaceMultiple is that many times as fast.
	PaceMultiple PaceMode = "multiple"
	// PaceRate is a fixed number per second.
	PaceRate PaceMode = "rate"
	// PaceSequential sends one when the one before has its answer.
	PaceSequential PaceMode = "sequential"
)

// catchUp is how much of a fixed rate may be made up for after something was late.
const catchUp = 100 * time.Millisecond

// Pace is how fast a job goes.
type Pace struct {
	// Mode is sequential where absent.
	Mode PaceMode `json:"mode,omitempty"`
	// Multiple (0.01 to 1000) is for the mode multiple: 2 is twice as fast as recorded.
	Multiple float64 `json:"multiple,omitempty"`
	// Rate (0.01 to 1000) is for the mode rate, in recordings per second.
	Rate float64 `json:"rate,omitempty"`
}

func (p Pace) withDefaults() Pace {
	if p.Mode == "" {
		p.Mode = PaceSequential
	}
	return p
}

// Validate joins a *validation.Error for each field that is wrong.
func (p Pace) Validate() error {
	var problems []error
	switch p.Mode {
	case "", PaceRecorded, PaceMultiple, PaceRate, PaceSequential:
	default:
		problems = append(problems, validation.Errorf("mode", "must be recorded, multiple, rate or sequential, is %q", clip(string(p.Mode))))
	}
	for _, parameter := range []struct {
		name  string
		mode  PaceMode
		value float64
	}{{"multiple", PaceMultiple, p.Multiple}, {"rate", PaceRate, p.Rate}} {
		switch {
		case p.Mode == parameter.mode && !(parameter.value >= 0.01 && parameter.value <= 1000):
			problems = append(problems, validation.Errorf(parameter.name, "must be between 0.01 and 1000, is %v", parameter.value))
		case p.Mode != parameter.mode && parameter.value != 0:
			problems = append(problems, validation.Errorf(parameter.name, "must not be given unless mode is %s", parameter.mode))
		}
	}
	return errors.Join(problems...)
}

// Takes returns how long it takes at least to send n recordings of a span of time.
func (p Pace) Takes(n int, span time.Duration) time.Duration {
	switch p.Mode {
	case PaceRecorded:
		return span
	case PaceMultiple:
		return time.Duration(float64(span) / p.Multiple)
	case PaceRate:
		return time.Duration(float64(n) / p.Rate * float64(time.Second))
	}
	return 0
}

// schedule says when each recording is due.
type schedule struct {
	pace Pace
	// start is when the recording of the time origin is due, or, at a fixed rate, the one with the number first.
	start  time.Time
	origin time.Time
	first  int
}

// due returns when the n-th recording is to be sent, that was recorded at that time.
func (s *schedule) due(n int, recorded time.Time) time.Time {
	gap := recorded.Sub(s.origin)
	switch s.pace.Mode {
	case PaceRecorded:
		return s.start.Add(gap)
	case PaceMultiple:
		return s.start.Add(time.Duration(float64(gap) / s.pace.Multiple))
	case PaceRate:
		return s.start.Add(time.Duration(float64(n-s.first) / s.pace.Rate * float64(time.Second)))
	}
	return s.start
}

// late moves what is to come, so that a fixed rate is not exceeded by much to make up for lost time.
func (s *schedule) late(n int, now time.Time) {
	if s.pace.Mode != PaceRate {
		return
	}
	if behind := now.Sub(s.due(n, time.Time{})) - catchUp; behind > 0 {
		s.start = s.start.Add(behind)
	}
}

// pause moves all that is to come.
func (s *schedule) pause(d time.Duration) { s.start = s.start.Add(d) }
