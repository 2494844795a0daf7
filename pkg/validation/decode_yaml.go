package validation

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"go.yaml.in/yaml/v3"
)

// DecodeYAML reads one YAML document into the struct that into points to, as strictly as DecodeJSON and with the same
// paths and names: YAML is read as the JSON that it stands for, so the struct's json tags count.
func DecodeYAML(data []byte, into any) error {
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return Errorf("", "is not valid YAML: %v", err)
	}
	if tree == nil {
		return Errorf("", "must be a YAML document, is empty")
	}
	if err := errors.Join(finite("", tree)...); err != nil {
		return err
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return Errorf("", "cannot be read: %v", err)
	}
	return DecodeJSON(asJSON, into)
}

// finite refuses what YAML has and JSON has not: .nan, .inf and keys other than text.
func finite(path string, tree any) []error {
	var errs []error
	switch v := tree.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return []error{Errorf(path, "must be a finite number, is %v", v)}
		}
	case []any:
		for i, item := range v {
			errs = append(errs, finite(fmt.Sprintf("%s[%d]", path, i), item)...)
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			errs = append(errs, finite(join(path, name), v[name])...)
		}
	case map[any]any:
		errs = append(errs, Errorf(path, "must have text as keys"))
	}
	return errs
}
