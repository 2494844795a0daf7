package validation

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// field is one that JSON can have.
type field struct {
	t reflect.Type
	// nesting is how often it may stand within itself; 0 is as deep as documents go.
	nesting int
}

var known sync.Map // of map[string]field by reflect.Type

// fieldsOf returns the JSON names of t with their fields, those of embedded structs included.
func fieldsOf(t reflect.Type) map[string]field {
	if found, ok := known.Load(t); ok {
		return found.(map[string]field)
	}
	all := map[string]field{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		nesting, _ := strconv.Atoi(f.Tag.Get("nesting")) // absent is 0
		all[name] = field{f.Type, nesting}
	}
	known.Store(t, all)
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// clip keeps what is quoted from the input short.
func clip(v string) string {
	if len(v) <= 60 {
		return v
	}
	return strings.ToValidUTF8(v[:60], "") + "..."
}
