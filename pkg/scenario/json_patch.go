package scenario

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MaxPatchOperations is how many operations a JSON Patch may have.
const MaxPatchOperations = 100

// PatchOperation is one operation of a JSON Patch (RFC 6902 section 4).
type PatchOperation struct {
	Op    string `json:"op" yaml:"op"`
	Path  string `json:"path" yaml:"path"`
	From  string `json:"from,omitempty" yaml:"from,omitempty"`
	Value any    `json:"value,omitempty" yaml:"value,omitempty"`
}

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

func patchOperations(field string, operations []PatchOperation) error {
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
