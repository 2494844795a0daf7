package recording

import (
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
)

// Form is what one condition asks of a recording, in one of the few ways that every store has SQL for: the types of this file.
// A store has a case for each of them and refuses what it has none for (Asked.Refuse), so that a condition of a form that is
// known works in all of them as it is. Forms has one of each, for the tests of stores.
type Form interface {
	// matcher returns the form as it is met in memory.
	matcher() func(*Recording) bool
}

// OneOf is met by a text that is one of Values. Texts that are absent are empty.
type OneOf struct {
	Column *Column
	Values []string
}

// AnyOf is met by a list that has any one of Values.
type AnyOf struct {
	Column *Column
	Values []string
}

// Period is met by a time that is neither before From nor after To, one of which may be nil. Both are whole microseconds, as what is
// stored is: a store that rounded them itself would find what is before or after.
type Period struct {
	Column   *Column
	From, To *time.Time
}

// Between is met by a number that is neither below Low nor above High, one of which may be nil.
type Between struct {
	Column    *Column
	Low, High *float64
}

// InRanges is met by a whole number that is in any one of Ranges. A range whose From is above its To has none.
type InRanges struct {
	Column *Column
	Ranges []StatusRange
}

// Is is met by a recording that has a trait, or has it not.
type Is struct {
	Trait Trait
	Value bool
}

// Trait is what a recording is or is not, which takes several columns to say.
type Trait string

// The traits, as Recording.Injected and Recording.Failed say them.
const (
	Injected Trait = "injected"
	Failed   Trait = "failed"
)

// HasPart is met by a text that has any one of Spellings in it, in any case (ContainsFold).
type HasPart struct {
	Column    *Column
	Spellings []string
}

// PathMatches is met by a path that a pattern matches as it was sent (Recording.EscapedPath).
type PathMatches struct {
	// Pattern is what Text says; nil, which matches nothing, where that is no pattern.
	Pattern *pathpattern.Pattern
	Text    string
}

// HasHeader is met by a recording whose request or response has a header, whose Name is in its canonical form, with Value;
// AnyValue is any, or none.
type HasHeader struct{ Name, Value string }

// HasText is met by a recording with Text in its headers or bodies, or any one of Spellings in its path, in any case.
type HasText struct {
	Text string
	// Spellings begin with Text.
	Spellings []string
}

// Every is met by what meets all of Forms. What is implied is said for the indexes of stores.
type Every struct{ Forms []Form }

// None is met by what meets none of conditions. What a condition asks of an absent value is not met.
type None struct{ Asked []Asked }

// Forms returns one of each form, each of which some recordings meet and some do not.
func Forms() []Form {
	low, now := 1.0, time.Unix(0, 0)
	pattern, _ := pathpattern.ParseAnywhere("/a/*")
	return []Form{
		OneOf{mustColumn("method"), []string{"GET"}},
		AnyOf{mustColumn("tags"), []string{"a"}},
		Period{mustColumn("timestamp"), &now, nil},
		Between{mustColumn("response_time_ms"), &low, nil},
		InRanges{mustColumn("response_status"), []StatusRange{{500, 599}}},
		Is{Injected, true},
		Is{Failed, true},
		HasPart{mustColumn("path"), []string{"a"}},
		PathMatches{pattern, "/a/*"},
		HasHeader{"X-A", AnyValue},
		HasText{"a", []string{"a"}},
		Every{[]Form{Is{Failed, true}, OneOf{mustColumn("method"), []string{"GET"}}}},
		None{[]Asked{{Name: "methods", Form: OneOf{mustColumn("method"), []string{"GET"}}}}},
	}
}

func (f OneOf) matcher() func(*Recording) bool {
	return func(r *Recording) bool { return slices.Contains(f.Values, f.Column.text(r)) }
}

func (f AnyOf) matcher() func(*Recording) bool {
	return func(r *Recording) bool {
		return slices.ContainsFunc(f.Column.list(r), func(value string) bool { return slices.Contains(f.Values, value) })
	}
}

func (f Period) matcher() func(*Recording) bool {
	return func(r *Recording) bool {
		at := f.Column.time(r)
		return (f.From == nil || !at.Before(*f.From)) && (f.To == nil || !at.After(*f.To))
	}
}

func (f Between) matcher() func(*Recording) bool {
	return func(r *Recording) bool {
		n := f.Column.number(r)
		return (f.Low == nil || n >= *f.Low) && (f.High == nil || n <= *f.High)
	}
}

func (f InRanges) matcher() func(*Recording) bool {
	return func(r *Recording) bool {
		n := f.Column.number(r)
		return slices.ContainsFunc(f.Ranges, func(w StatusRange) bool { return n >= float64(w.From) && n <= float64(w.To) })
	}
}

func (f Is) matcher() func(*Recording) bool {
	return func(r *Recording) bool {
		if f.Trait == Injected {
			return r.Injected() == f.Value
		}
		return r.Failed() == f.Value
	}
}

func (f HasPart) matcher() func(*Recording) bool {
	return func(r *Recording) bool { return containsAny(f.Column.text(r), f.Spellings) }
}

func (f PathMatches) matcher() func(*Recording) bool {
	return func(r *Recording) bool { return f.Pattern != nil && f.Pattern.Match(r.EscapedPath()) }
}

func (f HasHeader) matcher() func(*Recording) bool {
	return func(r *Recording) bool { return f.in(r.Headers) || f.in(r.ResponseHeaders) }
}

func (f HasHeader) in(headers Values) bool {
	values, ok := headers[f.Name]
	return ok && (f.Value == AnyValue || slices.Contains(values, f.Value))
}

func (f HasText) matcher() func(*Recording) bool {
	return func(r *Recording) bool {
		return containsAny(r.Path, f.Spellings) || f.inHeaders(r.Headers) || f.inHeaders(r.ResponseHeaders) || f.inBody(r.Body) || f.inBody(r.ResponseBody)
	}
}

func (f HasText) inHeaders(headers Values) bool {
	for name, list := range headers {
		if ContainsFold(name, f.Text) || slices.ContainsFunc(list, func(v string) bool { return ContainsFold(v, f.Text) }) {
			return true
		}
	}
	return false
}

func (f HasText) inBody(body Body) bool {
	text, isText := body.Text()
	return isText && ContainsFold(text, f.Text)
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return ContainsFold(text, part) })
}

func (f Every) matcher() func(*Recording) bool {
	all := make([]func(*Recording) bool, len(f.Forms))
	for i, form := range f.Forms {
		all[i] = form.matcher()
	}
	return func(r *Recording) bool {
		for _, holds := range all {
			if !holds(r) {
				return false
			}
		}
		return true
	}
}

func (f None) matcher() func(*Recording) bool {
	all := make([]func(*Recording) bool, len(f.Asked))
	for i, asked := range f.Asked {
		all[i] = asked.Form.matcher()
	}
	return func(r *Recording) bool {
		return !slices.ContainsFunc(all, func(holds func(*Recording) bool) bool { return holds(r) })
	}
}
