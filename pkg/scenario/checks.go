package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func milliseconds(field string, v *int, least int) error {
	switch {
	case v == nil || *v >= least && *v <= MaxDelayMS:
		return nil
	case *v < 0:
		return validation.Errorf(field, "must not be negative, is %d", *v)
	}
	return validation.Errorf(field, "must be between %d and %d milliseconds, is %d", least, MaxDelayMS, *v)
}

func statusCodes(field string, codes []int) error { return statusCodesFrom(field, codes, 100) }

func statusCodesFrom(field string, codes []int, least int) error {
	if codes == nil {
		return nil
	}
	if len(codes) == 0 || len(codes) > MaxStatusCodes {
		return validation.Errorf(field, "must have 1 to %d status codes, has %d", MaxStatusCodes, len(codes))
	}
	var errs []error
	for i, c := range codes {
		if c < least || c > 599 {
			errs = append(errs, validation.Errorf(fmt.Sprintf("%s[%d]", field, i), "must be between %d and 599, is %d", least, c))
		}
	}
	return errors.Join(errs...)
}

// oneOf allows what is absent, too.
func oneOf(field, v string, allowed ...string) error {
	if v == "" || slices.Contains(allowed, v) {
		return nil
	}
	return validation.Errorf(field, "must be one of %s, is %q", strings.Join(allowed, ", "), clip(v))
}

func count(field string, n int) error {
	if n <= MaxConditions {
		return nil
	}
	return validation.Errorf(field, "must be at most %d, are %d", MaxConditions, n)
}

func conditions(field string, all map[string]string, validName func(string) bool) error {
	errs := []error{count(field, len(all))}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		place := field + "." + clip(name)
		if !validName(name) {
			errs = append(errs, validation.Errorf(place, "is not a valid name"))
		}
		errs = append(errs, validation.Text(place, name, MaxTextLength), validation.Text(place, value, MaxTextLength))
	}
	return errors.Join(errs...)
}

// label checks a name that people read and that ends up in headers, spans and columns.
func label(field, v string, limit int) error {
	switch {
	case v == "":
		return validation.Errorf(field, "is required")
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		return validation.Errorf(field, "must be printable text")
	}
	return validation.Text(field, v, limit)
}

// isToken reports whether v is a token of RFC 9110, section 5.6.2, of reasonable length: a method or a header's name.
func isToken(v string) bool {
	return v != "" && len(v) <= maxTokenLength && !strings.ContainsFunc(v, func(r rune) bool {
		return r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// clip keeps a message short, however long the input is.
func clip(v string) string {
	if len(v) <= 80 {
		return v
	}
	return strings.ToValidUTF8(v[:80], "") + "..."
}

func required(field string, given bool, by string) error {
	if given {
		return nil
	}
	return validation.Errorf(field, "is required %s", by)
}
