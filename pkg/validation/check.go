package validation

import (
	"bytes"
	"cmp"
	"context"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const (
	// MaxDepth is how deep objects and lists of a document may nest.
	MaxDepth = 64
	// MaxErrors is how many offences of one document are told.
	MaxErrors = 100

	// maxDecoded is how much a document may be in memory, in bytes: "{}" of three is a struct of hundreds.
	maxDecoded = 16 << 20
	// maxSize is for what is not told by its type alone: a key, a value of any kind.
	maxSize = 64
	// maxPath bounds the path of a field in an error, in bytes.
	maxPath = 300
)

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// checker compares valid JSON with what a type can hold, in one pass and without decoding what it passes. It exists because
// encoding/json reports an unknown name without its place, a wrong type in an embedded struct by a Go name that the user
// never wrote, and has no limits.
type checker struct {
	ctx  context.Context
	data []byte
	at   int

	path   []step
	budget int
	found  int
	passed int
	// stopped is why the rest is not looked at.
	stopped error
}

// step is one of the path to the value that is checked. Paths are written where there is an error only: to write each
// would take the square of the depth.
type step struct {
	name  string
	index int // of a list where there is no name
	// nesting is how often the field stands within itself.
	nesting int
	field   field
}

func (c *checker) where() string {
	var b strings.Builder
	for _, s := range c.path {
		if b.Len() > maxPath {
			b.WriteString("...")
			break
		}
		switch {
		case s.name == "" && s.index >= 0:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		case b.Len() > 0:
			b.WriteByte('.')
		}
		b.WriteString(clip(s.name))
	}
	return b.String()
}

// fail returns one more offence, unless there were enough.
func (c *checker) fail(format string, args ...any) []error {
	if c.found++; c.found > MaxErrors {
		c.stop(Errorf("", "has more than %d errors, of which the others are not told", MaxErrors))
		return nil
	}
	return []error{Errorf(c.where(), format, args...)}
}

func (c *checker) stop(err error) {
	if c.stopped == nil {
		c.stopped = err
	}
}

// take is room in memory for what is decoded.
func (c *checker) take(size int) {
	if c.budget -= size; c.budget < 0 {
		c.stop(Errorf(c.where(), "must not have so many values: decoded the document would take more than %d MiB", maxDecoded>>20))
	}
	// A value takes less than a microsecond.
	if c.passed++; c.passed%1024 == 0 {
		if err := c.ctx.Err(); err != nil {
			c.stop(err)
		}
	}
}

// check compares the value at c.at with t, and moves behind it.
func (c *checker) check(t reflect.Type) []error {
	c.space()
	start := c.at
	if c.data[start] == 'n' { // null
		c.skip()
		return nil
	}
	if implements(t) {
		return c.leaf(t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		c.take(int(t.Elem().Size()))
		return c.check(t.Elem())
	case reflect.Struct:
		return c.object(func(name string) (field, bool) { f, ok := fieldsOf(t)[name]; return f, ok })
	case reflect.Map:
		return c.object(func(string) (field, bool) {
			c.take(maxSize + int(t.Elem().Size()))
			return field{t: t.Elem()}, true
		})
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return c.leaf(t)
		}
		return c.list(t.Elem())
	case reflect.Interface:
		c.skip()
		return nil
	}
	raw := c.skip()
	if c.stopped != nil || fits(raw, t) {
		return nil
	}
	return c.fail("must be %s, is %s", expected(t), shown(raw))
}

// implements reports whether t reads its JSON itself.
func implements(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(unmarshaler) || p.Implements(textUnmarshaler)
}

func (c *checker) object(known func(name string) (field, bool)) []error {
	if c.data[c.at] != '{' {
		return c.fail("must be an object, is %s", shown(c.skip()))
	}
	if !c.enter() {
		return nil
	}
	// In the order of names, which is that of neither the document nor the struct.
	type offence struct {
		name string
		errs []error
	}
	var offences []offence
	for c.more('}') {
		name := c.name()
		f, ok := known(name)
		c.path = append(c.path, step{name: name, index: -1, field: f, nesting: c.nested(f)})
		var errs []error
		switch {
		case !ok:
			errs = c.fail("is not a known field")
			c.skip()
		case f.nesting > 0 && c.path[len(c.path)-1].nesting > f.nesting:
			c.stop(Errorf(c.where(), "must be absent: it is nested too deep"))
		default:
			errs = c.check(f.t)
		}
		c.path = c.path[:len(c.path)-1]
		if len(errs) > 0 {
			offences = append(offences, offence{name, errs})
		}
	}
	slices.SortStableFunc(offences, func(a, b offence) int { return cmp.Compare(a.name, b.name) })
	var errs []error
	for _, o := range offences {
		errs = append(errs, o.errs...)
	}
	return errs
}

// nested returns how often f is in the path already, this time included.
func (c *checker) nested(f field) int {
	if f.nesting == 0 {
		return 0
	}
	n := 1
	for _, s := range c.path {
		if s.field == f {
			n++
		}
	}
	return n
}

func (c *checker) list(element reflect.Type) []error {
	if c.data[c.at] != '[' {
		return c.fail("must be a list, is %s", shown(c.skip()))
	}
	if !c.enter() {
		return nil
	}
	var errs []error
	c.path = append(c.path, step{index: -1})
	for c.more(']') {
		c.path[len(c.path)-1].index++
		// A list grows by more than it needs.
		c.take(2 * int(element.Size()))
		errs = append(errs, c.check(element)...)
	}
	c.path = c.path[:len(c.path)-1]
	return errs
}

// leaf returns a value that its type reads itself.
func (c *checker) leaf(t reflect.Type) []error {
	raw := c.skip()
	if c.stopped != nil {
		return nil
	}
	err := json.Unmarshal(raw, reflect.New(t).Interface())
	switch {
	case err == nil:
		return nil
	case t.PkgPath() == "time" && t.Name() == "Time":
		return c.fail("must be a time as in RFC 3339, is %s", shown(raw))
	}
	if k := expected(t); k != "" {
		return c.fail("must be %s, is %s", k, shown(raw))
	}
	return c.fail("cannot be read: %s", clip(err.Error()))
}

// fits reports whether a value of JSON other than null is one of t, which is neither composed nor reads itself.
func fits(raw []byte, t reflect.Type) bool {
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return raw[0] == 't' || raw[0] == 'f'
	case k == reflect.String:
		return raw[0] == '"'
	case k >= reflect.Int && k <= reflect.Int64:
		_, err := strconv.ParseInt(string(raw), 10, t.Bits())
		return err == nil
	case k >= reflect.Uint && k <= reflect.Uintptr:
		_, err := strconv.ParseUint(string(raw), 10, t.Bits())
		return err == nil
	case k == reflect.Float32 || k == reflect.Float64:
		if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
			return false
		}
		_, err := strconv.ParseFloat(string(raw), t.Bits())
		return err == nil
	}
	return false
}

// expected returns what a user calls values of t; empty where there is no word for it.
func expected(t reflect.Type) string {
	switch k := t.Kind(); {
	case k == reflect.Bool:
		return "true or false"
	case k == reflect.String:
		return "text"
	case k >= reflect.Uint && k <= reflect.Uintptr:
		return "a whole number of at least 0"
	case k >= reflect.Int && k <= reflect.Int64:
		return "a whole number"
	case k == reflect.Float32 || k == reflect.Float64:
		return "a number"
	}
	return ""
}

// shown returns what was found, but never much of it.
func shown(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("{")):
		return "an object"
	case bytes.HasPrefix(raw, []byte("[")):
		return "a list"
	}
	return clip(string(raw[:min(len(raw), 64)]))
}
