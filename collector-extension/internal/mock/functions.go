package mock

import (
	"fmt"
	"reflect"
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

// functions are what templates can call besides what text/template has. An execution has them counted.
var functions = newFunctions()

func newFunctions() template.FuncMap {
	all := sprig.TxtFuncMap()
	chosen := template.FuncMap{
		"json": all["toJson"], "base64": all["b64enc"],
		"join": join, "replace": replace, "printf": fmt.Sprintf,
		// As text/template has them, but counted.
		"print": fmt.Sprint, "println": fmt.Sprintln,
		"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper,
	}
	for _, name := range fromSprig {
		chosen[name] = all[name]
	}
	return chosen
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
