package recording

import (
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// conditions are all conditions of a Filter but Not, in the order in which stores say them.
var conditions = []Condition{
	{
		Fields: []string{"from", "to"},
		validate: func(f *Filter) []error {
			if f.From != nil && f.To != nil && f.From.After(*f.To) {
				return []error{validation.Errorf("from", "must not be after to")}
			}
			return nil
		},
		forms: func(f *Filter) []Form {
			if f.From == nil && f.To == nil {
				return nil
			}
			return []Form{Period{mustColumn("timestamp"), wholeMicroseconds(f.From, true), wholeMicroseconds(f.To, false)}}
		},
	},
	wordCondition("protocols", "protocol", Protocols(), func(f *Filter) []Protocol { return f.Protocols }),
	textCondition("gateways", "gateway", func(f *Filter) []string { return f.Gateways }),
	textCondition("methods", "method", func(f *Filter) []string { return f.Methods }),
	textCondition("routes", "route", func(f *Filter) []string { return f.Routes }),
	textCondition("modes", "scenario_mode", func(f *Filter) []string { return f.Modes }),
	textCondition("consumers", "consumer", func(f *Filter) []string { return f.Consumers }),
	textCondition("rules", "rule", func(f *Filter) []string { return f.Rules }),
	listCondition("faults", "faults", func(f *Filter) []string { return f.Faults }),
	listCondition("tags", "tags", func(f *Filter) []string { return f.Tags }),
	{
		Fields: []string{"path"},
		validate: func(f *Filter) []error {
			if problem := textProblem(f.Path); problem != "" {
				return []error{validation.Errorf("path", "%s", problem)}
			}
			_, err := f.PathPattern()
			return wrong(validation.In("path", err))
		},
		forms: func(f *Filter) []Form {
			if f.Path == "" {
				return nil
			}
			pattern, err := f.PathPattern()
			if err == nil && pattern == nil {
				return []Form{HasPart{mustColumn("path"), pathpattern.Spellings(f.Path)}}
			}
			return []Form{PathMatches{pattern, f.Path}}
		},
	},
	{
		Fields: []string{"statuses"},
		validate: func(f *Filter) []error {
			problems := textsProblems("statuses", f.Statuses)
			for i, status := range f.Statuses[:min(len(f.Statuses), MaxListLength)] {
				if _, err := ParseStatus(status); err != nil && textProblem(status) == "" {
					problems = append(problems, validation.Errorf(fmt.Sprintf("statuses[%d]", i), "%s", err))
				}
			}
			return problems
		},
		forms: func(f *Filter) []Form {
			var ranges []StatusRange
			for _, text := range f.Statuses {
				r, err := ParseStatus(text)
				if err != nil {
					r = StatusRange{From: 1, To: 0}
				}
				ranges = append(ranges, r)
			}
			if ranges == nil {
				return nil
			}
			return []Form{InRanges{mustColumn("response_status"), ranges}}
		},
	},
	boundsCondition("min_duration_ms", "max_duration_ms", "response_time_ms", func(f *Filter) (low, high *float64) { return f.MinDurationMS, f.MaxDurationMS }),
	traitCondition("injected", Injected, func(f *Filter) *bool { return f.Injected }),
	traitCondition("failures", Failed, func(f *Filter) *bool { return f.Failures }),
	ofFailed(wordCondition("failed_by", "failed_by", FailedBys(), func(f *Filter) []FailedBy { return f.FailedBy })),
	ofFailed(wordCondition("failure_kind", "failure_kind", FailureKinds(), func(f *Filter) []FailureKind { return f.FailureKinds })),
	{
		Fields: []string{"trace_id"},
		validate: func(f *Filter) []error {
			if raw, err := hex.DecodeString(f.TraceID); f.TraceID != "" && (err != nil || len(raw) != 16) {
				return []error{validation.Errorf("trace_id", "must be 32 hexadecimal digits, is %q", clip(f.TraceID))}
			}
			return nil
		},
		forms: func(f *Filter) []Form {
			if f.TraceID == "" {
				return nil
			}
			return []Form{OneOf{mustColumn("trace_id"), []string{strings.ToLower(f.TraceID)}}}
		},
	},
	{
		Fields: []string{"headers"}, OfContents: true,
		validate: func(f *Filter) []error { return validateHeaders(f.Headers) },
		forms: func(f *Filter) []Form {
			var forms []Form
			for _, name := range slices.Sorted(maps.Keys(f.Headers)) {
				forms = append(forms, HasHeader{HeaderName(name), f.Headers[name]})
			}
			return forms
		},
	},
	{
		Fields: []string{"text"}, OfContents: true,
		validate: func(f *Filter) []error {
			if problem := textProblem(f.Text); problem != "" {
				return []error{validation.Errorf("text", "%s", problem)}
			}
			return nil
		},
		forms: func(f *Filter) []Form {
			if f.Text == "" {
				return nil
			}
			return []Form{HasText{f.Text, pathpattern.Spellings(f.Text)}}
		},
	},
}

// textCondition is a condition on a text that may be any.
func textCondition(field, column string, values func(*Filter) []string) Condition {
	return Condition{
		Fields:   []string{field},
		validate: func(f *Filter) []error { return textsProblems(field, values(f)) },
		forms: func(f *Filter) []Form {
			if len(values(f)) == 0 {
				return nil
			}
			return []Form{OneOf{mustColumn(column), values(f)}}
		},
	}
}

// wordCondition is a condition on a text that has few values.
func wordCondition[T ~string](field, column string, all []T, values func(*Filter) []T) Condition {
	return Condition{
		Fields:   []string{field},
		validate: func(f *Filter) []error { return knownProblems(field, values(f), all) },
		forms: func(f *Filter) []Form {
			if len(values(f)) == 0 {
				return nil
			}
			return []Form{OneOf{mustColumn(column), textsOf(values(f))}}
		},
	}
}

// ofFailed narrows a condition to recordings that failed, as the indexes of stores are.
func ofFailed(c Condition) Condition {
	forms := c.forms
	c.forms = func(f *Filter) []Form {
		given := forms(f)
		if len(given) == 0 {
			return nil
		}
		return []Form{Every{append([]Form{Is{Failed, true}}, given...)}}
	}
	return c
}

// listCondition is a condition on the values of a list.
func listCondition(field, column string, values func(*Filter) []string) Condition {
	return Condition{
		Fields:   []string{field},
		validate: func(f *Filter) []error { return textsProblems(field, values(f)) },
		forms: func(f *Filter) []Form {
			if len(values(f)) == 0 {
				return nil
			}
			return []Form{AnyOf{mustColumn(column), values(f)}}
		},
	}
}

// boundsCondition is a condition on a duration with two bounds.
func boundsCondition(lowField, highField, column string, bounds func(*Filter) (low, high *float64)) Condition {
	return Condition{
		Fields: []string{lowField, highField},
		validate: func(f *Filter) []error {
			low, high := bounds(f)
			problems := append(durationProblem(lowField, low), durationProblem(highField, high)...)
			if low != nil && high != nil && *low > *high {
				problems = append(problems, validation.Errorf(lowField, "must not be above %s, is %v above %v", highField, *low, *high))
			}
			return problems
		},
		forms: func(f *Filter) []Form {
			low, high := bounds(f)
			if low == nil && high == nil {
				return nil
			}
			return []Form{Between{mustColumn(column), low, high}}
		},
	}
}

// wholeMicroseconds returns at as stores can compare with it: the microsecond that it is in, or the next one, for what is not before at.
func wholeMicroseconds(at *time.Time, up bool) *time.Time {
	if at == nil {
		return nil
	}
	whole := at.Truncate(time.Microsecond)
	if up && whole.Before(*at) {
		whole = whole.Add(time.Microsecond)
	}
	return &whole
}

func durationProblem(field string, value *float64) []error {
	if value != nil && (math.IsNaN(*value) || math.IsInf(*value, 0) || *value < 0) {
		return []error{validation.Errorf(field, "must be 0 or more, is %v", *value)}
	}
	return nil
}

// traitCondition is a condition on what recordings are.
func traitCondition(field string, is Trait, value func(*Filter) *bool) Condition {
	return Condition{
		Fields:   []string{field},
		validate: func(*Filter) []error { return nil },
		forms: func(f *Filter) []Form {
			if value(f) == nil {
				return nil
			}
			return []Form{Is{is, *value(f)}}
		},
	}
}

func textsOf[T ~string](values []T) []string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return texts
}

func wrong(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}
