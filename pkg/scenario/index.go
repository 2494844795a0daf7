package scenario

import (
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
)

// index finds the rules that may match an exchange without looking at each: by their path, else by their operation, else
// by their consumer. The rules that have none of these are looked at one by one. The lists hold places in Engine.rules,
// in order.
type index struct {
	paths                   pathpattern.Tree
	byOperation, byConsumer map[string][]int
	others                  []int
}

func newIndex(rules []compiledRule) *index {
	ix := &index{byOperation: map[string][]int{}, byConsumer: map[string][]int{}}
	for i := range rules {
		switch target := &rules[i].target; {
		case target.path != nil:
			ix.paths.Add(target.path, i)
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

// first returns the place of the first of rules that matches x, len(rules) where none does. It allocates nothing.
func (ix *index) first(rules []compiledRule, x *Exchange) int {
	best := earliest(rules, ix.others, x, len(rules))
	if len(ix.byConsumer) > 0 {
		best = earliest(rules, ix.byConsumer[x.Consumer], x, best)
	}
	if len(ix.byOperation) > 0 {
		best = ix.firstByOperation(rules, x, best)
	}
	ix.paths.Walk(x.Path, func(candidates []int) bool {
		for _, i := range candidates {
			if i >= best {
				break
			}
			if rules[i].target.matchBesidesPath(x) {
				best = i
			}
		}
		return best > 0
	})
	return best
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

// earliest returns the place of the first of the candidates before best that matches x, else best.
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
