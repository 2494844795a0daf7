package mock

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"text/template"

	sprig "github.com/go-task/slim-sprig/v3"
)

// fromSprig are the functions of slim-sprig that templates may use: those that depend on nothing but their arguments, and
// make nothing that is much larger than these. Users know them from Helm and Task.
var fromSprig = []string{
	"default", "empty", "coalesce", "ternary",
	"lower", "upper", "title", "trim", "trimAll", "trimPrefix", "trimSuffix", "trunc", "substr", "contains", "hasPrefix", "hasSuffix",
	"quote", "squote", "toString", "splitList",
	"int", "int64", "float64", "add", "add1", "sub", "mul", "div", "mod", "max", "min", "ceil", "floor", "round",
	"list", "dict", "get", "hasKey", "keys", "values", "first", "last", "rest", "reverse", "sortAlpha", "has",
	"toJson", "toPrettyJson", "b64enc", "b64dec", "sha256sum",
	"kindOf", "dateModify", "unixEpoch", "regexMatch", "fail",
}

// functions are what templates can call besides what text/template has.
var functions = newFunctions()

func newFunctions() template.FuncMap {
	all := sprig.TxtFuncMap()
	chosen := template.FuncMap{
		"json": all["toJson"], "base64": all["b64enc"],
		"join": join, "replace": replace, "printf": printf,
	}
	for _, name := range fromSprig {
		chosen[name] = all[name]
	}
	for name, function := range chosen {
		chosen[name] = small(function)
	}
	return chosen
}

// small is a function that fails where its text gets too large, so that loops cannot double one for ever.
func small(function any) any {
	inner := reflect.ValueOf(function)
	t := inner.Type()
	if t.NumOut() == 0 || t.Out(0).Kind() != reflect.String {
		return function
	}
	in := make([]reflect.Type, t.NumIn())
	for i := range in {
		in[i] = t.In(i)
	}
	out := []reflect.Type{t.Out(0), reflect.TypeFor[error]()}
	none := reflect.Zero(out[1])
	var tooLarge error = errTooLarge
	return reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(arguments []reflect.Value) []reflect.Value {
		call := inner.Call
		if t.IsVariadic() {
			call = inner.CallSlice
		}
		results := call(arguments)
		if results[0].Len() > MaxBody {
			return []reflect.Value{reflect.Zero(out[0]), reflect.ValueOf(&tooLarge).Elem()}
		}
		if len(results) == 1 {
			results = append(results, none)
		}
		return results
	}).Interface()
}

// join has its length checked before it is made: a separator from a request could be long.
func join(separator string, items any) (string, error) {
	v := reflect.ValueOf(items)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return fmt.Sprint(items), nil
	}
	var all strings.Builder
	for i := range v.Len() {
		if i > 0 {
			all.WriteString(separator)
		}
		fmt.Fprint(&all, v.Index(i).Interface())
		if all.Len() > MaxBody {
			return "", errTooLarge
		}
	}
	return all.String(), nil
}

// replace checks its length as join does.
func replace(old, replacement, in string) (string, error) {
	if grown := len(in) + strings.Count(in, old)*(len(replacement)-len(old)); grown > MaxBody {
		return "", errTooLarge
	}
	return strings.ReplaceAll(in, old, replacement), nil
}

// width is one of a verb that makes text much larger than its arguments.
var width = regexp.MustCompile(`\*|[0-9]{4}`)

// printf is that of fmt, but for widths of a thousand and above.
func printf(format string, arguments ...any) (string, error) {
	if width.MatchString(format) {
		return "", fmt.Errorf("printf: widths must be below 1000, the format is %.40q", format)
	}
	return fmt.Sprintf(format, arguments...), nil
}
