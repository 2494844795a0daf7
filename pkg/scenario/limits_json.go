package scenario

import (
	"encoding/json"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

type limitsJSON struct {
	MaxDuration  string `json:"max_duration,omitempty"`
	MaxLatencyMS int    `json:"max_latency_ms,omitempty"`
	MaxTimeoutMS int    `json:"max_timeout_ms,omitempty"`
}

// MarshalJSON writes the duration as Go does ("1h0m0s"); what has no limit is absent.
func (l Limits) MarshalJSON() ([]byte, error) {
	out := limitsJSON{MaxLatencyMS: l.MaxLatencyMS, MaxTimeoutMS: l.MaxTimeoutMS}
	if l.MaxDuration > 0 {
		out.MaxDuration = l.MaxDuration.String()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (l *Limits) UnmarshalJSON(data []byte) error {
	var in limitsJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*l = Limits{MaxLatencyMS: in.MaxLatencyMS, MaxTimeoutMS: in.MaxTimeoutMS}
	if in.MaxDuration == "" {
		return nil
	}
	duration, err := time.ParseDuration(in.MaxDuration)
	if err != nil {
		return validation.Errorf("max_duration", "must be a duration such as 1h")
	}
	l.MaxDuration = duration
	return nil
}

// Stricter has the lower limit of both in each respect.
func (l Limits) Stricter(other Limits) Limits {
	return Limits{
		MaxDuration:  lower(l.MaxDuration, other.MaxDuration),
		MaxLatencyMS: lower(l.MaxLatencyMS, other.MaxLatencyMS),
		MaxTimeoutMS: lower(l.MaxTimeoutMS, other.MaxTimeoutMS),
	}
}

// lower returns the lower of two limits, where 0 and below are no limit.
func lower[T int | time.Duration](a, b T) T {
	switch {
	case a <= 0:
		return max(b, 0)
	case b <= 0:
		return a
	}
	return min(a, b)
}
