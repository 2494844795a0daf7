package scenario

import "strings"

// index finds the rules that may match an exchange without looking at each: by their path, else by their operation, else
// by their consumer. The rules that have none of these are looked at one by one. The lists hold places in Engine.rules,
// in order.
type index struct {
	paths                   segment
	byOperation, byConsumer map[string][]int
	others                  []int
}

// segment is a node of the tree of path patterns.
type segment struct {
	literal map[string]*segment
	// parameter is the node after {}.
	parameter *segment
	// ends are rules whose pattern ends here, rest those that take anything from here on.
	ends, rest []int
}

func newIndex(rules []compiledRule) *index {
	ix := &index{byOperation: map[string][]int{}, byConsumer: map[string][]int{}}
	for i := range rules {
		switch target := &rules[i].target; {
		case target.path != nil:
			ix.paths.add(*target.path, i)
		case target.operation != "":
			ix.byOperation[target.operation] = append(ix.byOperation[target.operation], i)
		case target.consumer != "":
			ix.byConsumer[target.consumer] = append(ix.byConsumer[target.consumer], i)
		default:
			ix.others = append(ix.others, i)
		}
	}
	return ix
}

func (s *segment) add(pattern pathPattern, rule int) {
	for _, name := range pattern.segments {
		next := &s.parameter
		if name != "" {
			child := s.literal[name]
			next = &child
		}
		if *next == nil {
			*next = &segment{}
			if name != "" {
				if s.literal == nil {
					s.literal = map[string]*segment{}
				}
				s.literal[name] = *next
			}
		}
		s = *next
	}
	if pattern.rest {
		s.rest = append(s.rest, rule)
	} else {
		s.ends = append(s.ends, rule)
	}
}

// first is the place of the first of rules that matches x, len(rules) where none does. It allocates nothing.
func (ix *index) first(rules []compiledRule, x *Exchange) int {
	best := earliest(rules, ix.others, x, len(rules))
	if len(ix.byConsumer) > 0 {
		best = earliest(rules, ix.byConsumer[x.Consumer], x, best)
	}
	if len(ix.byOperation) > 0 {
		best = ix.firstByOperation(rules, x, best)
	}
	path, more := strings.CutPrefix(x.Path, "/")
	return ix.paths.first(rules, x, path, more, best)
}

// firstByOperation looks operations up by the names that matchOperation knows them by.
func (ix *index) firstByOperation(rules []compiledRule, x *Exchange, best int) int {
	for rest, more := strings.TrimPrefix(x.Operation, "/"), true; more; {
		var operation string
		operation, rest, more = strings.Cut(rest, ", ")
		best = earliest(rules, ix.byOperation[operation], x, best)
		if _, name, found := strings.Cut(operation, " "); found {
			best = earliest(rules, ix.byOperation[name], x, best)
		}
	}
	return best
}

// first goes down along the path, where a segment can be a literal and a parameter. Each node is visited at most once.
func (s *segment) first(rules []compiledRule, x *Exchange, path string, more bool, best int) int {
	best = earliest(rules, s.rest, x, best)
	if !more {
		return earliest(rules, s.ends, x, best)
	}
	name, path, more := strings.Cut(path, "/")
	if name == "" {
		name = trailingSlash
	} else if s.parameter != nil {
		best = s.parameter.first(rules, x, path, more, best)
	}
	if next := s.literal[name]; next != nil {
		best = next.first(rules, x, path, more, best)
	}
	return best
}

// earliest is the place of the first of the candidates before best that matches x, else best.
func earliest(rules []compiledRule, candidates []int, x *Exchange, best int) int {
	for _, i := range candidates {
		if i >= best {
			break
		}
		if rules[i].target.match(x) {
			return i
		}
	}
	return best
}
