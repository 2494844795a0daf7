// Package validation has the one form in which bad input is reported: the field, as the user wrote it, and what was expected.
package validation

import (
	"errors"
	"fmt"
	"strings"
)

// Error says that one field of an input is wrong. It maps to HTTP 400 and to one entry of a problem document.
type Error struct {
	// Field is the path of the field in the input's own spelling, such as "rules[2].error_rate".
	Field string
	// Problem says what was expected and what was found, without the field's name: "must be between 0 and 1, is 1.5".
	Problem string
}

func (e *Error) Error() string { return e.Field + ": " + e.Problem }

// Errorf returns an *Error for field.
func Errorf(field, format string, args ...any) *Error {
	return &Error{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// In puts prefix before the field of every *Error inside err, joined errors included: "mode" in "rules[2]" is "rules[2].mode".
func In(prefix string, err error) error {
	all := All(err)
	if len(all) == 0 {
		return err
	}
	joined := make([]error, 0, len(all))
	for _, e := range all {
		field := prefix
		switch {
		case e.Field == "":
		case strings.HasPrefix(e.Field, "["):
			field += e.Field
		default:
			field += "." + e.Field
		}
		joined = append(joined, &Error{Field: field, Problem: e.Problem})
	}
	return errors.Join(joined...)
}

// All returns every *Error inside err, in order; none where err is of another kind.
func All(err error) []*Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok {
		return []*Error{e}
	}
	switch u := err.(type) {
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, inner := range u.Unwrap() {
			all = append(all, All(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		return All(u.Unwrap())
	}
	return nil
}
