package validation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// DecodeJSON reads exactly one JSON value (RFC 8259) into the struct that into points to, and is strict: names that the
// struct does not have, names in another case, values of the wrong kind and anything after the value are refused. The
// error joins one *Error per offence, each with the full path of its field ("rules[2].target.methods[0]"); into is
// unchanged then.
func DecodeJSON(data []byte, into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("decode into %T: a non-nil pointer is needed", into)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		if errors.Is(err, io.EOF) {
			return Errorf("", "must be a JSON value, is empty")
		}
		return Errorf("", "is not valid JSON: %v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Errorf("", "must be one JSON value with nothing after it")
	}
	if err := errors.Join(check("", raw, target.Type().Elem())...); err != nil {
		return err
	}
	fresh := reflect.New(target.Type().Elem())
	if err := json.Unmarshal(raw, fresh.Interface()); err != nil {
		return Errorf("", "cannot be read: %v", err)
	}
	target.Elem().Set(fresh.Elem())
	return nil
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// check compares raw with what t can hold. It exists because encoding/json reports an unknown name without its place,
// and a wrong type in an embedded struct by a Go name that the user never wrote.
func check(path string, raw json.RawMessage, t reflect.Type) []error {
	if string(raw) == "null" {
		return nil
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return checkLeaf(path, raw, t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return check(path, raw, t.Elem())
	case reflect.Struct:
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return []error{wrongKind(path, raw, "an object")}
		}
		return checkObject(path, object, fields(t))
	case reflect.Map:
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return []error{wrongKind(path, raw, "an object")}
		}
		var errs []error
		for _, name := range sortedKeys(object) {
			errs = append(errs, check(join(path, name), object[name], t.Elem())...)
		}
		return errs
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return checkLeaf(path, raw, t)
		}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return []error{wrongKind(path, raw, "a list")}
		}
		var errs []error
		for i, item := range list {
			errs = append(errs, check(fmt.Sprintf("%s[%d]", path, i), item, t.Elem())...)
		}
		return errs
	case reflect.Interface:
		return nil
	default:
		return checkLeaf(path, raw, t)
	}
}

func checkObject(path string, object map[string]json.RawMessage, known map[string]reflect.Type) []error {
	var errs []error
	for _, name := range sortedKeys(object) {
		t, ok := known[name]
		if !ok {
			errs = append(errs, Errorf(join(path, clip(name)), "is not a known field"))
			continue
		}
		errs = append(errs, check(join(path, name), object[name], t)...)
	}
	return errs
}

func checkLeaf(path string, raw json.RawMessage, t reflect.Type) []error {
	err := json.Unmarshal(raw, reflect.New(t).Interface())
	if err == nil {
		return nil
	}
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return []error{wrongKind(path, raw, "true or false")}
	case k == reflect.String:
		return []error{wrongKind(path, raw, "text")}
	case k >= reflect.Uint && k <= reflect.Uintptr:
		return []error{wrongKind(path, raw, "a whole number of at least 0")}
	case k >= reflect.Int && k <= reflect.Int64:
		return []error{wrongKind(path, raw, "a whole number")}
	case k == reflect.Float32 || k == reflect.Float64:
		return []error{wrongKind(path, raw, "a number")}
	case t.PkgPath() == "time" && t.Name() == "Time":
		return []error{wrongKind(path, raw, "a time as in RFC 3339")}
	}
	return []error{Errorf(path, "cannot be read: %v", err)}
}

// wrongKind quotes what was found, but never much of it.
func wrongKind(path string, raw json.RawMessage, expected string) error {
	found := string(raw)
	switch {
	case raw[0] == '{':
		found = "an object"
	case raw[0] == '[':
		found = "a list"
	default:
		found = clip(found)
	}
	return Errorf(path, "must be %s, is %s", expected, found)
}

// clip keeps what is quoted from the input short.
func clip(v string) string {
	if len(v) <= 60 {
		return v
	}
	return strings.ToValidUTF8(v[:60], "") + "..."
}

// fields are the JSON names of t with their types, those of embedded structs included.
func fields(t reflect.Type) map[string]reflect.Type {
	known := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		known[name] = f.Type
	}
	return known
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Rate checks that *v, where given, is a share between 0 and 1; NaN and infinities are not.
func Rate(field string, v *float64) error {
	if v == nil || *v >= 0 && *v <= 1 {
		return nil
	}
	if math.IsNaN(*v) {
		return Errorf(field, "must be between 0 and 1, is not a number")
	}
	return Errorf(field, "must be between 0 and 1, is %v", *v)
}

// Text checks that text is valid UTF-8 without NUL, which databases cannot hold, and of at most limit bytes.
func Text(field, text string, limit int) error {
	if len(text) > limit {
		return Errorf(field, "must have at most %d bytes, has %d", limit, len(text))
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Errorf(field, "must be text without NUL")
	}
	return nil
}
