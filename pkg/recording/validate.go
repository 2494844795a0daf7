package recording

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits of a filter and a query, so that neither can be made expensive from outside.
const (
	// DefaultLimit and MaxLimit are the recordings of one page.
	DefaultLimit = 100
	MaxLimit     = 1000
	// MaxListLength is the most values of one list of a filter.
	MaxListLength = 100
	// MaxTextLength is the most bytes of one value of a filter.
	MaxTextLength = 1024
)

// Validate checks every condition. The error joins *validation.Error.
func (f *Filter) Validate() error {
	var problems []error
	add := func(field, format string, args ...any) {
		problems = append(problems, validation.Errorf(field, format, args...))
	}
	if f.From != nil && f.To != nil && f.From.After(*f.To) {
		add("from", "must not be after to")
	}
	for i, p := range f.Protocols {
		switch p {
		case HTTP, GRPC, WebSocket, GraphQL:
		default:
			add(fmt.Sprintf("protocols[%d]", i), "must be http, grpc, websocket or graphql, is %q", clip(string(p)))
		}
	}
	if len(f.Protocols) > MaxListLength {
		add("protocols", "must have at most %d values, has %d", MaxListLength, len(f.Protocols))
	}
	problems = append(problems, oneOf("failed_by", f.FailedBy, FailedBys())...)
	problems = append(problems, oneOf("failure_kind", f.FailureKinds, FailureKinds())...)
	for _, list := range []struct {
		field  string
		values []string
	}{
		{"gateways", f.Gateways},
		{"methods", f.Methods},
		{"routes", f.Routes},
		{"modes", f.Modes},
		{"consumers", f.Consumers},
		{"rules", f.Rules},
		{"faults", f.Faults},
		{"tags", f.Tags},
		{"statuses", f.Statuses},
	} {
		if len(list.values) > MaxListLength {
			add(list.field, "must have at most %d values, has %d", MaxListLength, len(list.values))
			continue
		}
		for i, value := range list.values {
			if problem := textProblem(value); problem != "" {
				add(fmt.Sprintf("%s[%d]", list.field, i), "%s", problem)
			}
		}
	}
	if len(f.Statuses) <= MaxListLength {
		for i, status := range f.Statuses {
			if _, err := ParseStatus(status); err != nil && textProblem(status) == "" {
				add(fmt.Sprintf("statuses[%d]", i), "%s", err)
			}
		}
	}
	if problem := textProblem(f.Path); problem != "" {
		add("path", "%s", problem)
	} else if _, err := f.PathPattern(); err != nil {
		problems = append(problems, validation.In("path", err))
	}
	if problem := textProblem(f.Text); problem != "" {
		add("text", "%s", problem)
	}
	if f.TraceID != "" {
		if raw, err := hex.DecodeString(f.TraceID); err != nil || len(raw) != 16 {
			add("trace_id", "must be 32 hexadecimal digits, is %q", clip(f.TraceID))
		}
	}
	for _, bound := range []struct {
		field string
		value *float64
	}{{"min_duration_ms", f.MinDurationMS}, {"max_duration_ms", f.MaxDurationMS}} {
		if bound.value != nil && (math.IsNaN(*bound.value) || math.IsInf(*bound.value, 0) || *bound.value < 0) {
			add(bound.field, "must be 0 or more, is %v", *bound.value)
		}
	}
	if f.MinDurationMS != nil && f.MaxDurationMS != nil && *f.MinDurationMS > *f.MaxDurationMS {
		add("min_duration_ms", "must not be above max_duration_ms, is %v above %v", *f.MinDurationMS, *f.MaxDurationMS)
	}
	problems = append(problems, validateHeaders(f.Headers)...)
	switch {
	case f.Not == nil:
	case f.Not.Not != nil:
		add("not.not", "must be absent: what is filtered out has nothing filtered out of it")
	default:
		problems = append(problems, validation.In("not", f.Not.Validate()))
	}
	return errors.Join(problems...)
}

// oneOf checks the values of a condition that has few.
func oneOf[T ~string](field string, values, known []T) (problems []error) {
	if len(values) > MaxListLength {
		return []error{validation.Errorf(field, "must have at most %d values, has %d", MaxListLength, len(values))}
	}
	for i, value := range values {
		if !slices.Contains(known, value) {
			problems = append(problems, validation.Errorf(fmt.Sprintf("%s[%d]", field, i), "must be one of %s, is %q", joined(known), clip(string(value))))
		}
	}
	return problems
}

func joined[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return strings.Join(texts, ", ")
}

// Validate checks filter, limit and cursor. The error joins *validation.Error.
func (q *Query) Validate() error {
	problems := []error{q.Filter.Validate()}
	if q.Limit < 0 || q.Limit > MaxLimit {
		problems = append(problems, validation.Errorf("limit", "must be between 1 and %d, is %d", MaxLimit, q.Limit))
	}
	if q.Cursor != "" {
		if _, err := ParseCursor(q.Cursor); err != nil {
			problems = append(problems, validation.Errorf("cursor", "%s", err))
		}
	}
	return errors.Join(problems...)
}

func textProblem(text string) string {
	switch {
	case len(text) > MaxTextLength:
		return fmt.Sprintf("must have at most %d bytes, has %d", MaxTextLength, len(text))
	case !utf8.ValidString(text):
		return "must be valid UTF-8"
	case strings.Contains(text, "\x00"):
		return "must not contain the character U+0000"
	}
	return ""
}

// clip shortens a value for an error.
func clip(text string) string { return validation.Clip(text, 64) }
