package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MarshalJSON writes what the operation needs also where it is null or empty.
func (o PatchOperation) MarshalJSON() ([]byte, error) {
	members := map[string]any{"op": o.Op, "path": o.Path}
	if o.From != "" || slices.Contains(withFrom, o.Op) {
		members["from"] = o.From
	}
	if o.Value != nil || slices.Contains(withValue, o.Op) {
		members["value"] = o.Value
	}
	return json.Marshal(members)
}

var (
	withValue = []string{"add", "replace", "test"}
	withFrom  = []string{"move", "copy"}
)

func patchOperations(operations []PatchOperation) func(string) error {
	return func(field string) error {
		if len(operations) > MaxPatchOperations {
			return validation.Errorf(field, "must have at most %d operations, has %d", MaxPatchOperations, len(operations))
		}
		var errs []error
		for i, o := range operations {
			errs = append(errs, validation.In(fmt.Sprintf("%s[%d]", field, i), o.validate()))
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
		return size(field, operations)
	}
}

// validate holds o to RFC 6902, section 4. A value that is absent is null.
func (o PatchOperation) validate() error {
	errs := []error{pointer("path", o.Path)}
	switch {
	case o.Op == "":
		errs = append(errs, validation.Errorf("op", "is required: add, remove, replace, move, copy or test"))
	case slices.Contains(withFrom, o.Op):
		errs = append(errs, pointer("from", o.From))
		if o.Op == "move" && strings.HasPrefix(o.Path, o.From+"/") {
			errs = append(errs, validation.Errorf("path", "must not be inside from"))
		}
	default:
		errs = append(errs, oneOf("op", o.Op, "add", "remove", "replace", "move", "copy", "test"))
		if o.From != "" {
			errs = append(errs, validation.Errorf("from", "is not used by op %s", clip(o.Op)))
		}
	}
	if o.Value != nil && !slices.Contains(withValue, o.Op) {
		errs = append(errs, validation.Errorf("value", "is not used by op %s", clip(o.Op)))
	}
	return errors.Join(append(errs, plainText("value", o.Value))...)
}

// pointer checks a JSON Pointer (RFC 6901): empty for the whole, else each part begins with a slash and has ~ only as ~0 or ~1.
func pointer(field, v string) error {
	if err := validation.Text(field, v, MaxTextLength); err != nil {
		return err
	}
	if v != "" && v[0] != '/' {
		return validation.Errorf(field, "must be empty or begin with /, is %q", clip(v))
	}
	for i := range len(v) {
		if v[i] == '~' && (i+1 == len(v) || v[i+1] != '0' && v[i+1] != '1') {
			return validation.Errorf(field, "must have ~ only as ~0 or ~1, is %q", clip(v))
		}
	}
	return nil
}

func fieldPaths(paths []string) func(string) error {
	return func(field string) error {
		if len(paths) > MaxConditions {
			return count(field, len(paths))
		}
		var errs []error
		for i, p := range paths {
			if _, err := ParseNullPath(p); err != nil {
				errs = append(errs, validation.In(fmt.Sprintf("%s[%d]", field, i), err))
			}
		}
		return errors.Join(errs...)
	}
}

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
