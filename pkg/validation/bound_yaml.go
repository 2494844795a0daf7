package validation

import (
	"context"
	"strconv"

	"go.yaml.in/yaml/v3"
)

const (
	// maxDocument is the largest YAML document, in bytes: the parser takes a hundred times as much.
	maxDocument = 1 << 20
	// maxNodes and maxExpanded are how many values, and bytes of text, a document may stand for with its aliases followed.
	maxNodes    = 100_000
	maxExpanded = 4 << 20
	// maxKeys is how many keys one mapping may have: the parser compares each with each.
	maxKeys = 2000
)

// expansion is what a document stands for with its aliases followed, as far as it was walked.
type expansion struct {
	ctx          context.Context
	nodes, bytes int
	// beyond says where it is too much: by its line, since a path through aliases helps nobody.
	beyond error
	// followed are the anchors around the node that is looked at.
	followed map[*yaml.Node]bool
}

// boundYAML refuses a document that stands for more than it may, or for itself.
func boundYAML(ctx context.Context, document *yaml.Node) error {
	e := expansion{ctx: ctx, followed: map[*yaml.Node]bool{}}
	err := e.walk(document, 0)
	switch {
	case e.beyond != nil:
		return e.beyond
	case err != nil:
		return err
	}
	return ctx.Err()
}

// walk leaves the path to its callers: it is written where there is an error only.
func (e *expansion) walk(n *yaml.Node, depth int) error {
	e.nodes++
	e.bytes += len(n.Value)
	switch {
	case depth > MaxDepth:
		return Errorf("", "must not be nested: mappings and sequences nest at most %d deep, line %d is deeper", MaxDepth, n.Line)
	case e.nodes > maxNodes:
		e.beyond = Errorf("", "must stand for at most %d values with all aliases followed, line %d goes beyond", maxNodes, n.Line)
		return e.beyond
	case e.bytes > maxExpanded:
		e.beyond = Errorf("", "must stand for at most %d bytes of text with all aliases followed, line %d goes beyond", maxExpanded, n.Line)
		return e.beyond
	case e.nodes%1024 == 0 && e.ctx.Err() != nil:
		return e.ctx.Err()
	}
	switch n.Kind {
	case yaml.DocumentNode:
		for _, inner := range n.Content {
			if err := e.walk(inner, depth); err != nil {
				return err
			}
		}
	case yaml.AliasNode:
		if e.followed[n.Alias] {
			return Errorf("", "must not contain itself, does by the alias %s in line %d", clip(n.Value), n.Line)
		}
		e.followed[n.Alias] = true
		defer delete(e.followed, n.Alias)
		return e.walk(n.Alias, depth)
	case yaml.MappingNode:
		return e.mapping(n, depth)
	case yaml.SequenceNode:
		for i, inner := range n.Content {
			if err := e.walk(inner, depth+1); err != nil {
				return In("["+strconv.Itoa(i)+"]", err)
			}
		}
	}
	return nil
}

func (e *expansion) mapping(n *yaml.Node, depth int) error {
	if keys := len(n.Content) / 2; keys > maxKeys {
		return Errorf("", "must have at most %d keys, has %d in line %d", maxKeys, keys, n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 { // keys and values take turns
		key, value := n.Content[i], n.Content[i+1]
		if err := e.walk(key, depth+1); err != nil {
			return err
		}
		err := e.walk(value, depth+1)
		switch {
		case err == nil:
		case key.Kind == yaml.ScalarNode:
			return In(clip(key.Value), err)
		default:
			return err
		}
	}
	return nil
}
