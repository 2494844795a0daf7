package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func jsonValue(field string, v map[string]any) error {
	if err := plainText(field, v); err != nil {
		return err
	}
	return size(field, v)
}

// plainText refuses texts in v that databases cannot hold.
func plainText(field string, v any) error {
	switch v := v.(type) {
	case string:
		return validation.Text(field, v, MaxFaultBody)
	case []any:
		for i, item := range v {
			if err := plainText(fmt.Sprintf("%s[%d]", field, i), item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := errors.Join(validation.Text(field+"."+clip(name), name, MaxTextLength), plainText(field+"."+clip(name), v[name])); err != nil {
				return err
			}
		}
	}
	return nil
}

func size(field string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return validation.Errorf(field, "must be JSON: %v", err)
	}
	if len(data) > MaxFaultBody {
		return validation.Errorf(field, "must have at most %d bytes as JSON, has %d", MaxFaultBody, len(data))
	}
	return nil
}

// cloneJSON copies what encoding/json made.
func cloneJSON(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cloneJSON(item)
		}
		return out
	case map[string]any:
		return cloneObject(v)
	}
	return v
}

func cloneObject(v map[string]any) map[string]any {
	if v == nil {
		return nil
	}
	out := make(map[string]any, len(v))
	for name, item := range v {
		out[name] = cloneJSON(item)
	}
	return out
}
