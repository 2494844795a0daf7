package replay

import (
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// step is one step of a path into a JSON document: a key, or an index.
type step struct {
	key   string
	index int // of an array where key is not used
	array bool
}

// path writes steps: $.items[3]["odd key"].
func path(steps []step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range steps {
		switch {
		case s.array:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case plainKey(s.key):
			b.WriteString("." + s.key)
		default:
			b.WriteString("[" + strconv.Quote(clip(s.key)) + "]")
		}
	}
	return b.String()
}

func plainKey(key string) bool {
	if key == "" || len(key) > 80 {
		return false
	}
	for i := range len(key) {
		c := key[i]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// pattern matches paths.
type pattern []patternStep

type patternStep struct {
	step
	any  bool // * or [*]: one key or index
	deep bool // **: any number of steps
}

// parsePattern reads "$.items[*].id", "items[0]", "**.updated_at", "$['odd key']". The error is a *validation.Error without field.
func parsePattern(s string) (pattern, error) {
	if len(s) > 512 {
		return nil, validation.Errorf("", "must be at most 512 bytes long, is %d", len(s))
	}
	rest := strings.TrimPrefix(s, "$")
	var p pattern
	for rest != "" {
		if rest[0] == '[' {
			var inner string
			if len(rest) > 1 && (rest[1] == '"' || rest[1] == '\'') {
				end := strings.Index(rest[2:], rest[1:2]+"]")
				if end < 0 {
					return nil, validation.Errorf("", "must close the quote and bracket in %q", clip(rest))
				}
				p = append(p, patternStep{step: step{key: rest[2 : 2+end]}})
				rest = rest[2+end+2:]
				continue
			}
			var found bool
			if inner, rest, found = strings.Cut(rest[1:], "]"); !found {
				return nil, validation.Errorf("", "must close the bracket in %q", clip(s))
			}
			if inner == "*" || inner == "" {
				p = append(p, patternStep{step: step{array: true}, any: true})
				continue
			}
			index, err := strconv.Atoi(inner)
			if err != nil || index < 0 {
				return nil, validation.Errorf("", "must have an index, * or a quoted key in brackets, has %q", clip(inner))
			}
			p = append(p, patternStep{step: step{array: true, index: index}})
			continue
		}
		rest = strings.TrimPrefix(rest, ".")
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		key := rest[:end]
		rest = rest[end:]
		switch key {
		case "":
			return nil, validation.Errorf("", "must have a name after each dot, is %q", clip(s))
		case "*":
			p = append(p, patternStep{any: true})
		case "**":
			if len(p) > 0 && p[len(p)-1].deep {
				continue
			}
			p = append(p, patternStep{deep: true})
		default:
			p = append(p, patternStep{step: step{key: key}})
		}
	}
	if len(p) == 0 {
		return nil, validation.Errorf("", "must name a field, is %q", s)
	}
	return p, nil
}

// matches reports whether the pattern stands for exactly this path.
func (p pattern) matches(steps []step) bool {
	// States are positions in the pattern, so that the time is bounded by the product of both lengths.
	states := make([]bool, len(p)+1)
	states[0] = true
	p.skipDeep(states)
	for _, s := range steps {
		next := make([]bool, len(p)+1)
		for i, on := range states[:len(p)] {
			if !on {
				continue
			}
			switch q := p[i]; {
			case q.deep:
				next[i] = true
			case q.any && (!q.array || s.array), !q.any && q.step == s:
				next[i+1] = true
			}
		}
		p.skipDeep(next)
		states = next
	}
	return states[len(p)]
}

// skipDeep lets ** stand for nothing.
func (p pattern) skipDeep(states []bool) {
	for i := range p {
		if states[i] && p[i].deep {
			states[i+1] = true
		}
	}
}
