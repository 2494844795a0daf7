package recording

import (
	"errors"
	"fmt"
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
	for _, c := range conditions {
		problems = append(problems, c.validate(f)...)
	}
	switch {
	case f.Not == nil:
	case f.Not.Not != nil:
		problems = append(problems, validation.Errorf("not.not", "must be absent: what is filtered out has nothing filtered out of it"))
	default:
		problems = append(problems, validation.In("not", f.Not.Validate()))
	}
	return errors.Join(problems...)
}

// textsProblems checks the values of a condition that may have any.
func textsProblems(field string, values []string) (problems []error) {
	if len(values) > MaxListLength {
		return []error{validation.Errorf(field, "must have at most %d values, has %d", MaxListLength, len(values))}
	}
	for i, value := range values {
		if problem := textProblem(value); problem != "" {
			problems = append(problems, validation.Errorf(fmt.Sprintf("%s[%d]", field, i), "%s", problem))
		}
	}
	return problems
}

// knownProblems checks the values of a condition that has few.
func knownProblems[T ~string](field string, values, known []T) (problems []error) {
	if len(values) > MaxListLength {
		return []error{validation.Errorf(field, "must have at most %d values, has %d", MaxListLength, len(values))}
	}
	for i, value := range values {
		if !slices.Contains(known, value) {
			problems = append(problems, validation.Errorf(fmt.Sprintf("%s[%d]", field, i), "must be one of %s, is %q", strings.Join(textsOf(known), ", "), clip(string(value))))
		}
	}
	return problems
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
