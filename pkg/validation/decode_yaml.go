package validation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// DecodeYAML reads one YAML document into the struct that into points to, as strictly as DecodeJSON and with the same
// paths and names: YAML is read as the JSON that it stands for, so the struct's json tags count. A document has 1 MiB at
// most, and what it stands for with all its aliases followed 100,000 values and 4 MiB of text; that is found out before
// anything is made of it.
func DecodeYAML(data []byte, into any) error {
	return DecodeYAMLContext(context.Background(), data, into)
}

// DecodeYAMLContext is DecodeYAML that ends with ctx, whose error it returns then.
func DecodeYAMLContext(ctx context.Context, data []byte, into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("decode into %T: a non-nil pointer is needed", into)
	}
	if len(data) > maxDocument {
		return Errorf("", "must have at most %d bytes, has %d", maxDocument, len(data))
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return Errorf("", "is not valid YAML: %s", clip(err.Error()))
	}
	if err := boundYAML(ctx, &document); err != nil {
		return err
	}
	var tree any
	if err := document.Decode(&tree); err != nil {
		return Errorf("", "is not valid YAML: %v", err)
	}
	if tree == nil {
		return Errorf("", "must be a YAML document, is empty")
	}
	if errs := finite(tree); len(errs) > 0 {
		return errors.Join(errs...)
	}
	asJSON, err := json.Marshal(tree)
	if err != nil {
		return Errorf("", "cannot be read: %v", err)
	}
	return DecodeJSONContext(ctx, asJSON, into)
}

// finite refuses what YAML has and JSON has not: .nan, .inf and keys other than text.
func finite(tree any) []error {
	var errs []error
	switch v := tree.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return []error{Errorf("", "must be a finite number, is %v", v)}
		}
	case []any:
		for i, item := range v {
			errs = append(errs, within("["+strconv.Itoa(i)+"]", finite(item))...)
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			errs = append(errs, within(clip(name), finite(v[name]))...)
		}
	case map[any]any:
		errs = append(errs, Errorf("", "must have text as keys"))
	}
	return errs[:min(len(errs), MaxErrors)]
}

func within(step string, errs []error) []error {
	for i, err := range errs {
		errs[i] = In(step, err)
	}
	return errs
}
