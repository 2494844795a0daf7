package datasource

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Every condition there is, and each that will be, either counts or is refused by its name.
func TestTrafficIgnoresNoCondition(t *testing.T) {
	counts := []string{"from", "to", "protocols", "gateways", "routes", "modes"}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[recording.Filter]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		t.Run(name, func(t *testing.T) {
			var filter recording.Filter
			value := reflect.ValueOf(&filter).Elem().FieldByIndex(field.Index)
			switch field.Type.Kind() {
			case reflect.Slice:
				value.Set(reflect.MakeSlice(field.Type, 1, 1))
			case reflect.Map:
				filter.Headers = map[string]string{"X-A": "*"}
			case reflect.Pointer:
				value.Set(reflect.New(field.Type.Elem()))
			case reflect.String:
				value.SetString("x")
			default:
				t.Fatalf("a condition of kind %s: how is it given?", field.Type.Kind())
			}
			_, err := (&query{}).traffic(filter)
			if slices.Contains(counts, name) {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if all := validation.All(err); len(all) != 1 || all[0].Field != "filter."+name {
				t.Errorf("%v, want an error of filter.%s", err, name)
			}
		})
	}
}
