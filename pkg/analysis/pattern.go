package analysis

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// PatternType says what a pattern is about.
type PatternType string

// The types of patterns.
const (
	// Sequence is one call that comes before another.
	Sequence PatternType = "sequence"
	// Frequency is calls that come at regular intervals.
	Frequency PatternType = "frequency"
	// ErrorPattern is retries after failures, and bursts of failures.
	ErrorPattern PatternType = "error_pattern"
)

// Pattern is one finding.
type Pattern struct {
	// ID is 32 hexadecimal digits, the same for the same finding in later analyses.
	ID   string      `json:"id"`
	Type PatternType `json:"pattern_type"`
	// Description is one sentence for people, without a full stop.
	Description string    `json:"description"`
	FirstSeen   time.Time `json:"first_seen"`
	LastSeen    time.Time `json:"last_seen"`
	// OccurrenceCount is how many sessions, periods, retry chains or bursts it was found in.
	OccurrenceCount int64 `json:"occurrence_count"`
	// Confidence is the share of cases in which the pattern holds, 0 to 1.
	Confidence float64 `json:"confidence"`
	// RelatedRequests are recordings that show it: of the first occurrences, in order of time.
	RelatedRequests []uuid.UUID `json:"related_requests"`
	// Metadata has the figures behind it. Always: kind (precedes, periodic, retry_exhausted, retry_recovered,
	// error_burst), consumer (empty: any), gateways, routes. By kind: support, confidence, lift, p_value, lag_seconds;
	// period_seconds, jitter_seconds; retries, statuses, injected, organic, cause (injected, organic, mixed, or client: of clients themselves).
	Metadata map[string]any `json:"metadata"`
}

// Options are the thresholds and limits of Detect. Zero values are the defaults.
type Options struct {
	// SessionGap (default 30 s) ends a consumer's session. Where a consumer's own pauses are clearly shorter than that,
	// they do.
	SessionGap time.Duration
	// RetryWindow (default 30 s) is the longest time from a failure to its retry.
	RetryWindow time.Duration
	// MinPeriod (default 1 s) is the shortest period that is worth telling.
	MinPeriod time.Duration
	// MinOccurrences (default 5, at least 3) is how often a sequence or a period must be seen; retry chains 3 times.
	MinOccurrences int
	// MinConfidence (default 0.8) is the share of cases in which a sequence or a period must hold, 0 to 1.
	MinConfidence float64
	// MinLift (default 1.2) is how many times more often than by chance a sequence must hold.
	MinLift float64
	// Significance (default 0.01) is the chance of reporting anything of one kind in traffic without patterns, 0 to 1.
	Significance float64
	// MaxConsumers (default 100) and MaxEvents (default 5000 for each consumer) bound the memory: the consumers with
	// the most recordings are kept, and the latest recordings of each.
	MaxConsumers int
	MaxEvents    int
	// MaxEvidence (default 20) is the greatest number of RelatedRequests.
	MaxEvidence int
}

func (o *Options) complete() error {
	setDefault(&o.SessionGap, 30*time.Second)
	setDefault(&o.RetryWindow, 30*time.Second)
	setDefault(&o.MinPeriod, time.Second)
	setDefault(&o.MinOccurrences, 5)
	setDefault(&o.MinConfidence, 0.8)
	setDefault(&o.MinLift, 1.2)
	setDefault(&o.Significance, 0.01)
	setDefault(&o.MaxConsumers, 100)
	setDefault(&o.MaxEvents, 5000)
	setDefault(&o.MaxEvidence, 20)
	switch {
	case o.SessionGap < 0:
		return validation.Errorf("session_gap", "must not be negative, is %s", o.SessionGap)
	case o.RetryWindow < 0:
		return validation.Errorf("retry_window", "must not be negative, is %s", o.RetryWindow)
	case o.MinPeriod < 0:
		return validation.Errorf("min_period", "must not be negative, is %s", o.MinPeriod)
	case o.MinOccurrences < 3:
		return validation.Errorf("min_occurrences", "must be at least 3, is %d", o.MinOccurrences)
	case !(o.MinConfidence > 0 && o.MinConfidence <= 1):
		return validation.Errorf("min_confidence", "must be above 0 and at most 1, is %v", o.MinConfidence)
	case !(o.MinLift >= 1):
		return validation.Errorf("min_lift", "must be at least 1, is %v", o.MinLift)
	case !(o.Significance > 0 && o.Significance < 1):
		return validation.Errorf("significance", "must be between 0 and 1, is %v", o.Significance)
	case o.MaxConsumers < 1 || o.MaxConsumers > 1000:
		return validation.Errorf("max_consumers", "must be between 1 and 1000, is %d", o.MaxConsumers)
	case o.MaxEvents < 10 || o.MaxEvents > 100_000:
		return validation.Errorf("max_events", "must be between 10 and 100000, is %d", o.MaxEvents)
	case o.MaxEvidence < 1 || o.MaxEvidence > 1000:
		return validation.Errorf("max_evidence", "must be between 1 and 1000, is %d", o.MaxEvidence)
	}
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Detect finds the patterns in recordings, which come in order of time (small disorder is put right), strongest type
// by type. It reads them once and needs neither headers nor answers' bodies; bodies of requests, or whatever stands for them
// one to one, tell retries more sharply. The error is a *validation.Error about options,
// the first error of recordings, or that of ctx: it takes seconds where there is much.
func Detect(ctx context.Context, recordings iter.Seq2[recording.Recording, error], options Options) ([]Pattern, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	t, err := collect(recordings, options)
	if err != nil {
		return nil, err
	}
	var patterns []Pattern
	for _, find := range []func(context.Context) []Pattern{t.sequences, t.frequencies, t.retries, t.bursts} {
		patterns = append(patterns, find(ctx)...)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	order := []PatternType{Sequence, Frequency, ErrorPattern}
	slices.SortStableFunc(patterns, func(a, b Pattern) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Type), slices.Index(order, b.Type)),
			cmp.Compare(b.OccurrenceCount, a.OccurrenceCount),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return patterns, nil
}

// identity returns the hash of what makes a finding the same finding.
func identity(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// times spells a count: "1 time", "7 times".
func times(n int) string {
	if n == 1 {
		return "1 time"
	}
	return fmt.Sprintf("%d times", n)
}

// list joins words as in a sentence: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// spell writes a duration with two figures that matter: "0.25 s", "30 s", "5 min", "2 h".
func spell(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 0.0995:
		return fmt.Sprintf("%.2g ms", max(s*1000, 0.01))
	case s < 99.5:
		return trimZeros(fmt.Sprintf("%.*f", decimals(s), s)) + " s"
	case s < 99.5*60:
		return trimZeros(fmt.Sprintf("%.1f", s/60)) + " min"
	case s < 48*3600:
		return trimZeros(fmt.Sprintf("%.1f", s/3600)) + " h"
	default:
		return trimZeros(fmt.Sprintf("%.1f", s/86400)) + " days"
	}
}

func decimals(s float64) int {
	switch {
	case s < 1:
		return 2
	case s < 10:
		return 1
	}
	return 0
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
