package api

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// parseFilter reads a recording.Filter from query parameters: the names of its JSON, lists by repeating the name, what is
// inside an object with the names of both, as in not.routes and headers.X-Request-Id. The parameters are put into the JSON
// that they stand for, so that both forms are checked alike.
func parseFilter(query url.Values) (recording.Filter, error) {
	var filter recording.Filter
	object, err := filterObject("", query)
	if err != nil {
		return filter, err
	}
	data, err := json.Marshal(object)
	if err != nil {
		return filter, err
	}
	return filter, validation.DecodeJSON(data, &filter)
}

var filterKinds = func() map[string]reflect.Type {
	kinds := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[recording.Filter]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kinds[name] = f.Type
	}
	return kinds
}()

// filterObject returns the JSON of a filter whose parameters all begin with prefix, which is cut off already.
func filterObject(prefix string, query url.Values) (map[string]any, error) {
	object := map[string]any{}
	not, headers := url.Values{}, map[string]any{}
	for name, values := range query {
		outer, inner, inside := strings.Cut(name, ".")
		t, known := filterKinds[outer]
		switch isObject := known && (outer == "not" || outer == "headers"); {
		case isObject && inside && outer == "not" && prefix == "":
			not[inner] = values
		case !known || isObject != inside || outer == "not" && prefix != "":
			return nil, validation.Errorf(prefix+name, "is not a known parameter")
		case t.Kind() == reflect.Slice:
			object[name] = values
		case len(values) > 1:
			return nil, validation.Errorf(prefix+name, "must be given once, is given %d times", len(values))
		case isObject:
			headers[inner] = values[0]
		default:
			object[name] = scalar(t, values[0])
		}
	}
	if len(headers) > 0 {
		object["headers"] = headers
	}
	if len(not) > 0 {
		inside, err := filterObject("not.", not)
		if err != nil {
			return nil, err
		}
		object["not"] = inside
	}
	return object, nil
}

// scalar returns text as the JSON value of t, or as text where it is none: decoding then says what was expected.
func scalar(t reflect.Type, text string) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if (t.Kind() == reflect.Bool || t.Kind() == reflect.Float64) && json.Valid([]byte(text)) && text != "null" {
		return json.RawMessage(text)
	}
	return text
}
