package scenario

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Parameter is a field of Fault that kinds may take. What is said of it here holds for all of them, what is said at a Field for one.
type Parameter struct {
	// Name is the name of the field in JSON.
	Name string
	// Doc says in the OpenAPI document what it is beyond its name and its kinds; may be empty.
	Doc string
	// Schema is its OpenAPI schema: what is between the braces of a flow mapping in YAML.
	Schema string
	// Control is how it is edited.
	Control Control
	// Unit is the unit in which it is edited, Scale how many of its own units make one of it; 0 is 1.
	Unit  string
	Scale int
	// Min and Max bound numbers, Whole reports that they have no fractions, and Words are all that others can be.
	Min, Max *float64
	Whole    bool
	Words    []string
	// limit is which of the configured Limits bounds it.
	limit limited

	// place orders parameters as the fields of Fault.
	place int
	given func(f *Fault) bool
	// check is about a parameter that is given.
	check func(f *Fault) error
	// unshare makes it one of f's own.
	unshare func(f *Fault)
	// fill gives it a value where it is absent.
	fill func(f *Fault, v any)
	// number is its value where it is a number; it must be given.
	number func(f *Fault) float64
}

// Control is how a parameter is edited.
type Control string

// The controls.
const (
	ControlNumber    Control = "number"
	ControlShare     Control = "share"
	ControlText      Control = "text"
	ControlMultiline Control = "multiline"
	ControlCodes     Control = "codes"
	ControlChoice    Control = "choice"
	ControlNames     Control = "names"
	ControlHeaders   Control = "headers"
	ControlJSON      Control = "json"
)

// Field is a parameter as one kind takes it.
type Field struct {
	*Parameter
	// Label and Help are what the editor calls it, and says of it beyond that.
	Label, Help string
	// Default is what it is where it is absent, and is filled in by WithDefaults. Otherwise says in words what then happens
	// where that is no value; neither: nothing happens. Example is shown in the editor where it says nothing else.
	Default            any
	Otherwise, Example string
	// Required parameters must be given. Initial is what they begin with in the editor.
	Required bool
	Initial  any
	// Least is a lower bound that is stricter than that of the parameter, in the editor.
	Least *float64
	// Choices say more of the parameter's words, for the editor.
	Choices []Choice
	// More parameters are rarely given, and shown on request.
	More bool
	// Unless is the parameter that takes its place where that is given, so that not both may be.
	Unless *Parameter
	// With and Without are the parameters that must be given, or be absent, for it to be of use in the editor.
	With, Without *Parameter
	// Distributions are the distributions that it is a parameter of; none: it does not depend on them.
	Distributions []Distribution
}

// Choice is one of the words that a parameter can be.
type Choice struct{ Value, Label, Description string }

// parameterOf returns a parameter of any type. Given reports whether a value is not that of an absent one.
func parameterOf[T any](name string, at func(*Fault) *T, given func(T) bool, clone func(T) T, check func(field string, v T) error) *Parameter {
	return &Parameter{
		Name:  name,
		place: placeInFault(name),
		given: func(f *Fault) bool { return given(*at(f)) },
		check: func(f *Fault) error { return check(name, *at(f)) },
		unshare: func(f *Fault) {
			if v := at(f); given(*v) {
				*v = clone(*v)
			}
		},
		fill: func(f *Fault, v any) {
			if into := at(f); !given(*into) {
				*into = v.(T)
			}
		},
	}
}

// optional returns a parameter whose zero value is not an absent one.
func optional[T any](name string, at func(*Fault) **T, check func(field string, v T) error) *Parameter {
	p := parameterOf(
		name, at,
		func(v *T) bool { return v != nil },
		func(v *T) *T { return new(*v) },
		func(field string, v *T) error { return check(field, *v) },
	)
	p.fill = func(f *Fault, v any) { setDefault(at(f), v.(T)) }
	return p
}

// text returns a parameter of a type of strings, which is absent where it is empty.
func text[T ~string](name string, control Control, at func(*Fault) *T, check func(field string, v T) error) *Parameter {
	p := parameterOf(name, at, func(v T) bool { return v != "" }, func(v T) T { return v }, check)
	p.Control = control
	return p
}

// word returns a text that can be one of a few.
func word[T ~string](name string, at func(*Fault) *T, allowed ...T) *Parameter {
	all := words(allowed...)
	p := text(name, ControlChoice, at, func(field string, v T) error { return oneOf(field, string(v), all...) })
	p.Words = all
	return p
}

func words[T ~string](values ...T) []string {
	plain := make([]string, len(values))
	for i, v := range values {
		plain[i] = string(v)
	}
	return plain
}

// number returns a parameter between two bounds, both included. NaN is between no bounds.
func number[T int | int64 | float64](name string, at func(*Fault) **T, least, most T) *Parameter {
	p := optional(name, at, func(field string, v T) error { return between(field, &v, least, most) })
	p.Control, p.Schema = ControlNumber, "type: number, "
	switch any(least).(type) {
	case int:
		p.Whole, p.Schema = true, "type: integer, "
	case int64:
		p.Whole, p.Schema = true, "type: integer, format: int64, "
	}
	p.Schema += fmt.Sprintf("minimum: %s, maximum: %s", plain(least), plain(most))
	p.Min, p.Max = new(float64(least)), new(float64(most))
	p.number = func(f *Fault) float64 { return float64(**at(f)) }
	return p
}

// share returns a number from 0 to 1.
func share(name string, at func(*Fault) **float64) *Parameter {
	p := number(name, at, 0, 1)
	p.Control = ControlShare
	return p
}

// with returns p with a change.
func (p *Parameter) with(change func(p *Parameter)) *Parameter {
	change(p)
	return p
}

// edited gives p a control.
func (p *Parameter) edited(control Control) *Parameter {
	p.Control = control
	return p
}

// doc gives p words of its own in the OpenAPI document.
func (p *Parameter) doc(doc string) *Parameter {
	p.Doc = doc
	return p
}

// schema gives p an OpenAPI schema.
func (p *Parameter) schema(schema string) *Parameter {
	p.Schema = schema
	return p
}

// limitedBy has one of the configured limits bound p.
func (p *Parameter) limitedBy(l limited) *Parameter {
	p.limit = l
	return p
}

// inSeconds has milliseconds edited as seconds.
func (p *Parameter) inSeconds() *Parameter {
	p.Unit, p.Scale = "s", 1000
	return p
}

// in returns the unit of p.
func (p *Parameter) in(unit string) *Parameter {
	p.Unit = unit
	return p
}

func isNotNil[T any](v []T) bool { return v != nil }

func cloned[T any](v []T) []T { return slices.Clone(v) }

// between checks a number that is given.
func between[T int | int64 | float64](field string, v *T, least, most T) error {
	if v == nil || *v >= least && *v <= most {
		return nil
	}
	return validation.Errorf(field, "must be between %s and %s, is %s", plain(least), plain(most), plain(*v))
}

// plain writes numbers as people do, without an exponent unless they are huge.
func plain(v any) string {
	if f, ok := v.(float64); ok && f < 1e15 && f > -1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
