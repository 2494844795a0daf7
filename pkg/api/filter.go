package api

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// parseFilter reads a recording.Filter from query parameters: the names of its JSON, lists by repeating the name. The
// parameters are put into the JSON that they stand for, so that both forms are checked alike.
func parseFilter(query url.Values) (recording.Filter, error) {
	var filter recording.Filter
	kinds := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[recording.Filter]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		kinds[name] = f.Type
	}
	object := map[string]any{}
	for name, values := range query {
		t, known := kinds[name]
		switch {
		case !known || name == "":
			return filter, validation.Errorf(name, "is not a known parameter")
		case t.Kind() == reflect.Slice:
			object[name] = values
		case len(values) > 1:
			return filter, validation.Errorf(name, "must be given once, is given %d times", len(values))
		default:
			object[name] = scalar(t, values[0])
		}
	}
	data, err := json.Marshal(object)
	if err != nil {
		return filter, err
	}
	return filter, validation.DecodeJSON(data, &filter)
}

// scalar is text as the JSON value of t, or as text where it is none: decoding then says what was expected.
func scalar(t reflect.Type, text string) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if (t.Kind() == reflect.Bool || t.Kind() == reflect.Float64) && json.Valid([]byte(text)) && text != "null" {
		return json.RawMessage(text)
	}
	return text
}
