package recording

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// A field of a filter that no condition has would be ignored by every store.
func TestEveryFieldOfAFilterIsACondition(t *testing.T) {
	listed := map[string]int{notField: 1}
	for _, c := range Conditions() {
		for _, field := range c.Fields {
			listed[field]++
		}
	}
	for _, name := range fieldNames {
		if listed[name] != 1 {
			t.Errorf("%s is in %d conditions", name, listed[name])
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("%s is no field of a filter", name)
	}
}

// A field of a recording that no column has would be lost in every store.
func TestEveryFieldOfARecordingIsAColumn(t *testing.T) {
	// TraceFlags are of spans, and Withheld is of the answer to one user.
	unstored := []string{"TraceFlags", "Withheld"}
	var r Recording
	pointers := map[any]string{}
	var names []string
	for _, c := range Columns() {
		pointers[c.Field(&r)] = c.Name
		names = append(names, c.Name)
	}
	value := reflect.ValueOf(&r).Elem()
	var fields []string
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if slices.Contains(unstored, field.Name) {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields = append(fields, name)
		if got := pointers[value.Field(i).Addr().Interface()]; got != name {
			t.Errorf("%s is read by the column %q", name, got)
		}
	}
	if !slices.Equal(names, fields) {
		t.Errorf("columns and fields are not in one order:\n%q\n%q", names, fields)
	}
}

// Every type that is a form is among those that stores are tested with.
func TestFormsAreAllThereAre(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "forms.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, form := range Forms() {
		listed[reflect.TypeOf(form).Name()] = true
	}
	for _, declared := range file.Decls {
		method, ok := declared.(*ast.FuncDecl)
		if !ok || method.Name.Name != "matcher" {
			continue
		}
		if name := method.Recv.List[0].Type.(*ast.Ident).Name; !listed[name] {
			t.Errorf("%s is not among Forms", name)
		}
	}
}

func TestWhatIsNotDoneIsRefusedByName(t *testing.T) {
	few := Support{Of: "traffic", Fields: []string{"from", "to", "modes"}}
	yes := true
	for _, test := range []struct {
		name    string
		support Support
		filter  Filter
		want    []string
	}{
		{"nothing", few, Filter{}, nil},
		{"what it can do", few, Filter{Modes: []string{"chaos"}}, nil},
		{"an empty list", few, Filter{Modes: []string{"chaos"}, Tags: []string{}}, nil},
		{"two that it cannot", few, Filter{Modes: []string{"chaos"}, Tags: []string{"a"}, Injected: &yes}, []string{"tags", "injected"}},
		{"filtered out by what it can do", few, Filter{Not: &Filter{Modes: []string{"chaos"}}}, []string{"not"}},
		{"all of it", AllConditions, Filter{Tags: []string{"a"}, Not: &Filter{Text: "x"}}, nil},
	} {
		var fields []string
		for _, e := range validation.All(test.support.Check(&test.filter)) {
			fields = append(fields, e.Field)
			if want := "cannot be used with traffic, which can be filtered by from, to and modes only"; e.Problem != want {
				t.Errorf("%s: %q, want %q", test.name, e.Problem, want)
			}
		}
		if !slices.Equal(fields, test.want) {
			t.Errorf("%s: %q, want %q", test.name, fields, test.want)
		}
	}
}

// What a filter asks is told by the field that says it, also by the second of two bounds, and by what is filtered out.
func TestWhatIsAskedHasTheNameOfItsField(t *testing.T) {
	high := 1.0
	f := Filter{MaxDurationMS: &high, Headers: map[string]string{"b": "1", "A": "*"}, Not: &Filter{Methods: []string{"GET"}, MinDurationMS: &high}}
	var names []string
	for _, asked := range f.Asked() {
		names = append(names, asked.Name)
		if none, ok := asked.Form.(None); ok {
			for _, inner := range none.Asked {
				names = append(names, inner.Name)
			}
		}
	}
	if want := []string{"max_duration_ms", "headers", "headers", "not", "not.methods", "not.min_duration_ms"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if empty := (&Filter{Not: &Filter{}}); len(empty.Asked()) != 0 {
		t.Errorf("a filter without conditions asks for %v", empty.Asked())
	}
}
