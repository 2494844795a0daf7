package replay

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxDepth is how deep into a document differences are told apart; what is deeper is compared as a whole.
const maxDepth = 100

// comparison collects the differences of two JSON documents.
type comparison struct {
	changes []Change
	more    bool
}

// compare holds two values at a path against each other; arrays by index, objects by key. What is ignored has its paths from here.
func (c *comparison) compare(at []step, ignored ignoring, before, after any) {
	if c.more || ignored.here() || isMask(before) || isMask(after) {
		return
	}
	if before == nil && after == nil {
		return
	}
	if len(at) >= maxDepth {
		if !reflect.DeepEqual(before, after) {
			c.add(at, Changed, before, after)
		}
		return
	}
	switch a := before.(type) {
	case map[string]any:
		if b, ok := after.(map[string]any); ok {
			c.objects(at, ignored, a, b)
			return
		}
	case []any:
		if b, ok := after.([]any); ok {
			c.arrays(at, ignored, a, b)
			return
		}
	case json.Number:
		if b, ok := after.(json.Number); ok {
			if !sameNumber(a, b) {
				c.add(at, Changed, before, after)
			}
			return
		}
	case string:
		if b, ok := after.(string); ok {
			if !sameLine(a, b) {
				c.add(at, Changed, before, after)
			}
			return
		}
	case bool:
		if b, ok := after.(bool); ok {
			if a != b {
				c.add(at, Changed, before, after)
			}
			return
		}
	}
	c.add(at, Type, before, after)
}

func (c *comparison) objects(at []step, ignored ignoring, before, after map[string]any) {
	keys := slices.Sorted(maps.Keys(before))
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if _, both := before[key]; !both {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		below := append(at, step{key: key})
		a, had := before[key]
		b, has := after[key]
		left := ignored.member(key, a, b)
		switch {
		case had && has:
			c.compare(below, left, a, b)
		case left.here():
		case had:
			c.add(below, Removed, a, nil)
		default:
			c.add(below, Added, nil, b)
		}
	}
}

func (c *comparison) arrays(at []step, ignored ignoring, before, after []any) {
	for i := range max(len(before), len(after)) {
		if c.more {
			return
		}
		below := append(at, step{array: true, index: i})
		left := ignored.element(i, before, after)
		switch {
		case i < len(before) && i < len(after):
			c.compare(below, left, before[i], after[i])
		case left.here():
		case i < len(before):
			c.add(below, Removed, before[i], nil)
		default:
			c.add(below, Added, nil, after[i])
		}
	}
}

func (c *comparison) add(at []step, kind Kind, before, after any) {
	if len(c.changes) == maxChanges {
		c.more = true
		return
	}
	change := Change{Path: path(at), Kind: kind}
	if kind != Added {
		change.Before = value(before)
	}
	if kind != Removed {
		change.After = value(after)
	}
	c.changes = append(c.changes, change)
}

// value returns a JSON value as it is shown.
func value(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return text("a value that cannot be shown")
	}
	if len(raw) > maxValue {
		return text(string(raw))
	}
	return raw
}

func isMask(v any) bool {
	s, ok := v.(string)
	return ok && recording.IsWhollyRedacted(strings.TrimSpace(s))
}

// sameNumber reports whether two numbers are equal however they are written: 1, 1.0, 1e0. Long ones must be written the same.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	if len(a) > 15 || len(b) > 15 {
		return false
	}
	x, errA := strconv.ParseFloat(string(a), 64)
	y, errB := strconv.ParseFloat(string(b), 64)
	return errA == nil && errB == nil && x == y
}
