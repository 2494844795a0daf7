package recording

import (
	"reflect"
	"strings"
)

// Given returns the names of the conditions that f gives, as its JSON has them and in their order there. Who cannot do all
// conditions takes out what it can do, and refuses the rest by name, so that one that is new is never ignored.
func (f *Filter) Given() []string {
	var names []string
	value := reflect.ValueOf(f).Elem()
	for i := range value.NumField() {
		field := value.Field(i)
		if field.IsZero() || (field.Kind() == reflect.Slice || field.Kind() == reflect.Map) && field.Len() == 0 {
			continue
		}
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
