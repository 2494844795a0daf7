package mock

import (
	"context"
	"errors"
	"reflect"
	"time"
)

const (
	// maxSteps is how many passes through loops one answer may take.
	maxSteps = 10_000
	// maxTime is how long one answer may take to be made. What is counted ends most templates long before.
	maxTime = 5 * time.Second
	// maxWork is how much all templates of one answer may handle, in bytes: a value counts as perValue, a command of a
	// template, which takes as long as copying that much, as perCommand.
	maxWork    = 64 << 20
	perValue   = 16
	perCommand = 100
)

// budget is what is left of the limits of one answer.
type budget struct {
	ctx   context.Context
	work  int
	steps int
}

// spend takes so many bytes of the work that is left.
func (b *budget) spend(bytes int) error {
	if b.work += bytes; b.work > maxWork || bytes < 0 {
		return errTooMuch
	}
	return b.over()
}

// over returns the error of the context, in words that a user can use.
func (b *budget) over() error {
	err := b.ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return errTooLong
	}
	return err
}

// step counts one more pass through a loop, and fails above the budget.
func (b *budget) step() error {
	if b.steps++; b.steps > maxSteps {
		return errTooOften
	}
	return b.spend(perCommand)
}

// shallow returns the work of passing a value on, or copying what is directly in it.
func (b *budget) shallow(v reflect.Value) error {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case isText(v):
		if v.Len() > MaxBody {
			return errTooLarge
		}
		return b.spend(v.Len())
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		return b.spend(perValue * v.Len())
	}
	return nil
}

// isText reports whether v is text or bytes.
func isText(v reflect.Value) bool {
	return v.Kind() == reflect.String || v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8
}

// whole returns the work of writing a value with all that is in it, which may be there many times: a list of twice the same
// list, and so on, is small and takes no end. Indent is how many bytes each level of depth adds to each value.
func (b *budget) whole(v reflect.Value, indent int) error {
	left := MaxBody
	return b.walk(v, &left, indent, 0)
}

func (b *budget) walk(v reflect.Value, left *int, indent, depth int) error {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	size := 0
	if isText(v) {
		size = v.Len()
	}
	if *left -= size + 1 + indent*depth; *left < 0 {
		return errTooLarge
	}
	if err := b.spend(size + perValue); err != nil || size > 0 {
		return err
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := b.walk(v.Index(i), left, indent, depth+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		for entry := v.MapRange(); entry.Next(); {
			if err := b.walk(entry.Key(), left, indent, depth+1); err != nil {
				return err
			}
			if err := b.walk(entry.Value(), left, indent, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
