package mock

import (
	"reflect"
	"text/template"
)

// execution is a template with functions of its own, which count what they do against the budget of the answer that is
// being made. It makes one answer at a time.
type execution struct {
	template *template.Template
	budget   *budget
}

func newExecution(of *template.Template) *execution {
	e := &execution{}
	counted := template.FuncMap{passCommand: e.pass, checkedCommand: e.checked, writtenCommand: e.written}
	for name, function := range functions {
		counted[name] = e.counted(name, function)
	}
	// Fails only for a template that was executed already, of those of html/template.
	e.template = template.Must(of.Clone()).Funcs(counted)
	return e
}

// pass returns the beginning of a pass through a loop, which writes nothing.
func (e *execution) pass() (string, error) { return "", e.budget.step() }

// checked passes a value on.
func (e *execution) checked(v any) (any, error) {
	if err := e.budget.spend(perCommand); err != nil {
		return nil, err
	}
	if made := reflect.ValueOf(v); isText(made) {
		return v, e.budget.shallow(made)
	}
	return v, nil
}

// written passes on what is written into the answer.
func (e *execution) written(v any) (any, error) {
	if err := e.budget.spend(perCommand); err != nil {
		return nil, err
	}
	return v, e.budget.whole(reflect.ValueOf(v), 0)
}

var errorType = reflect.TypeFor[error]()

// counted returns a function that fails where its arguments, or what it makes of them, are more than is left.
func (e *execution) counted(name string, function any) any {
	inner := reflect.ValueOf(function)
	t := inner.Type()
	in := make([]reflect.Type, t.NumIn())
	for i := range in {
		in[i] = t.In(i)
	}
	out := []reflect.Type{t.Out(0), errorType}
	failed := func(err error) []reflect.Value {
		return []reflect.Value{reflect.Zero(out[0]), reflect.ValueOf(&err).Elem()}
	}
	price := prices[name]
	if price == nil {
		price = wholePrice
	}
	call := inner.Call
	if t.IsVariadic() {
		call = inner.CallSlice
	}
	return reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(arguments []reflect.Value) []reflect.Value {
		if err := e.budget.spend(perCommand); err != nil {
			return failed(err)
		}
		if err := price(e.budget, arguments); err != nil {
			return failed(err)
		}
		results := call(arguments)
		if err := e.budget.shallow(results[0]); err != nil {
			return failed(err)
		}
		if len(results) == 1 {
			results = append(results, reflect.Zero(errorType))
		}
		return results
	}).Interface()
}
