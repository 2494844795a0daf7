package recording

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Condition is one condition that a Filter can give: all there is to know of it besides the SQL of its forms.
type Condition struct {
	// Fields are its names in the JSON of a Filter: one, or both bounds of what is one condition.
	Fields []string
	// OfContents reports whether it looks into what Withhold takes out.
	OfContents bool
	// validate returns *validation.Error of the fields that are wrong.
	validate func(f *Filter) []error
	// forms returns what it asks of a recording, all of which must hold; none where f does not give it.
	forms func(f *Filter) []Form
}

// Asked is what a filter asks of a recording by one of its conditions.
type Asked struct {
	// Name is the field of the filter that says it, such as methods or not.methods.
	Name string
	Form Form
}

// Refuse returns the error of a store that has no way to say a.
func (a Asked) Refuse(store string) error {
	return validation.Errorf(a.Name, "is a condition that %s cannot be asked for", store)
}

// Asked returns everything that f asks of a recording, all of which must hold. For a filter that Validate refuses it asks for less
// or for what nothing meets.
func (f *Filter) Asked() []Asked { return f.asked("") }

func (f *Filter) asked(prefix string) []Asked {
	var all []Asked
	for _, c := range conditions {
		for _, form := range c.forms(f) {
			name := c.Fields[0]
			if i := slices.IndexFunc(c.Fields, f.gives); i > 0 {
				name = c.Fields[i]
			}
			all = append(all, Asked{prefix + name, form})
		}
	}
	if f.Not == nil {
		return all
	}
	if out := f.Not.asked(prefix + notField + "."); len(out) > 0 {
		all = append(all, Asked{prefix + notField, None{out}})
	}
	return all
}

// notField is the one field that is no condition, but filters out by all of them.
const notField = "not"

// Conditions returns all conditions that a filter can give, without Not, which has the same.
func Conditions() []Condition { return conditions }

// Given returns the names of the conditions that f gives, as its JSON has them and in their order there.
func (f *Filter) Given() []string {
	var names []string
	for _, name := range fieldNames {
		if f.gives(name) {
			names = append(names, name)
		}
	}
	return names
}

// fieldNames are the names of the fields of a Filter in its JSON, and fieldIndex is where they are.
var fieldNames, fieldIndex = func() (names []string, index map[string]int) {
	t := reflect.TypeFor[Filter]()
	index = map[string]int{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names, index[name] = append(names, name), i
	}
	return names, index
}()

// gives reports whether the field of a name is given.
func (f *Filter) gives(name string) bool {
	field := reflect.ValueOf(f).Elem().Field(fieldIndex[name])
	return !field.IsZero() && (field.Kind() != reflect.Slice && field.Kind() != reflect.Map || field.Len() > 0)
}

// Support is which conditions one kind of query can do. Whoever does not do all must refuse the others by it, since a condition
// that is ignored finds what was not asked for.
type Support struct {
	// Of is what is asked for, in the words of people: "traffic".
	Of string
	// Fields are the names of the fields of a Filter.
	Fields []string
}

// AllConditions is the support of those who do all conditions there are.
var AllConditions = Support{Of: "recordings", Fields: fieldNames}

// Can reports whether the condition of a field is done.
func (s Support) Can(field string) bool { return slices.Contains(s.Fields, field) }

// Check names every condition of f that is not done. The error joins *validation.Error.
func (s Support) Check(f *Filter) error {
	var problems []error
	for _, name := range f.Given() {
		if !s.Can(name) {
			last := len(s.Fields) - 1
			problems = append(problems, validation.Errorf(name, "cannot be used with %s, which can be filtered by %s and %s only", s.Of, strings.Join(s.Fields[:last], ", "), s.Fields[last]))
		}
	}
	return errors.Join(problems...)
}
