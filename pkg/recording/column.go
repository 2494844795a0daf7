package recording

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// Column is one part of a recording that stores have.
type Column struct {
	// Name is its name in the JSON of recordings and in tables. A store may need several columns for one: their names begin with it.
	Name string
	Kind Kind
	// Field returns a pointer to it within r.
	Field func(r *Recording) any

	// How conditions read it; nil where no condition of that form can be of it.
	text   func(r *Recording) string
	number func(r *Recording) float64
	time   func(r *Recording) time.Time
	list   func(r *Recording) []string
}

// Kind is what a column has, and with that how a store may have it.
type Kind string

// The kinds of columns, and what Column.Field points to.
const (
	KindID   Kind = "id"   // uuid.UUID
	KindTime Kind = "time" // time.Time, as StoredTime gives it
	KindText Kind = "text" // a string, as AsText gives it
	// KindHex and KindKnown are text that may be absent, which is empty: hexadecimal digits in lower case, and one of a few words.
	KindHex    Kind = "hex"
	KindKnown  Kind = "known"
	KindTarget Kind = "target" // Target, absent where it is empty
	KindForm   Kind = "form"   // HeaderForm, absent where it is empty
	KindFlag   Kind = "flag"   // bool
	KindCount  Kind = "count"  // int or int64
	// KindCode is a *int, KindDuration a float64 as Finite gives it, KindDurationOrNone a *float64.
	KindCode           Kind = "code"
	KindDuration       Kind = "duration"
	KindDurationOrNone Kind = "duration or none"
	KindList           Kind = "list"     // []string
	KindFaults         Kind = "faults"   // []Fault
	KindValues         Kind = "values"   // Values
	KindBody           Kind = "body"     // Body
	KindMessages       Kind = "messages" // []Message
)

func textColumn[T ~string](name string, kind Kind, field func(*Recording) *T) *Column {
	c := &Column{
		Name: name, Kind: kind,
		Field: func(r *Recording) any { return field(r) },
		text:  func(r *Recording) string { return string(*field(r)) },
	}
	if kind == KindHex {
		c.text = func(r *Recording) string { return strings.ToLower(string(*field(r))) }
	}
	return c
}

func countColumn[T int | int64](name string, field func(*Recording) *T) *Column {
	return &Column{
		Name: name, Kind: KindCount,
		Field:  func(r *Recording) any { return field(r) },
		number: func(r *Recording) float64 { return float64(*field(r)) },
	}
}

func durationColumn(name string, field func(*Recording) *float64) *Column {
	return &Column{
		Name: name, Kind: KindDuration,
		Field:  func(r *Recording) any { return field(r) },
		number: func(r *Recording) float64 { return *field(r) },
	}
}

func listColumn(name string, field func(*Recording) *[]string) *Column {
	return &Column{
		Name: name, Kind: KindList,
		Field: func(r *Recording) any { return field(r) },
		list:  func(r *Recording) []string { return *field(r) },
	}
}

// column is one that no condition looks into, or only one of a form of its own.
func column[T uuid.UUID | bool | *int | *float64 | Values | Body | []Message](name string, kind Kind, field func(*Recording) *T) *Column {
	return &Column{Name: name, Kind: kind, Field: func(r *Recording) any { return field(r) }}
}
