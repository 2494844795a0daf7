package validation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// DecodeJSON reads exactly one JSON value (RFC 8259) into the struct that into points to, and is strict: names that the
// struct does not have, names in another case, values of the wrong kind and anything after the value are refused. The
// error joins one *Error per offence, each with the full path of its field ("rules[2].target.methods[0]"), the first
// MaxErrors of them; into is unchanged then.
//
// What comes from outside is checked in one pass before anything is made of it. Time and memory are linear in the length
// of data: documents nest MaxDepth deep at most, a field with the tag nesting:"n" n times at most within itself, and what
// they are decoded to takes 16 MiB at most.
func DecodeJSON(data []byte, into any) error {
	return DecodeJSONContext(context.Background(), data, into)
}

// DecodeJSONContext is DecodeJSON that ends with ctx, whose error it returns then.
func DecodeJSONContext(ctx context.Context, data []byte, into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("decode into %T: a non-nil pointer is needed", into)
	}
	if err := checkJSON(ctx, data, target.Type().Elem()); err != nil {
		return err
	}
	fresh := reflect.New(target.Type().Elem())
	if err := json.Unmarshal(data, fresh.Interface()); err != nil {
		return Errorf("", "cannot be read: %v", err)
	}
	target.Elem().Set(fresh.Elem())
	return ctx.Err()
}

// checkJSON returns all that is wrong with data as a t.
func checkJSON(ctx context.Context, data []byte, t reflect.Type) error {
	c := checker{ctx: ctx, data: data, budget: maxDecoded}
	if c.space(); c.at == len(data) {
		return Errorf("", "must be a JSON value, is empty")
	}
	if err := syntax(data); err != nil {
		return err
	}
	errs := c.check(t)
	if c.stopped != nil {
		errs = append(errs, c.stopped)
	}
	return errors.Join(errs...)
}

// syntax returns what is wrong with data as JSON, whatever it is to hold.
func syntax(data []byte) error {
	if json.Valid(data) {
		return nil
	}
	err := json.Unmarshal(data, new(json.RawMessage))
	if err != nil && strings.Contains(err.Error(), "max depth") { // of 10,000, which has no type
		return Errorf("", "must not be nested: objects and lists nest at most %d deep", MaxDepth)
	}
	if offence, ok := errors.AsType[*json.SyntaxError](err); ok && offence.Offset > 0 && json.Valid(data[:offence.Offset-1]) {
		return Errorf("", "must be one JSON value with nothing after it")
	}
	return Errorf("", "is not valid JSON: %v", err)
}
