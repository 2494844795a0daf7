package pathpattern

import (
	"slices"
	"strings"
)

// Tree finds the patterns that a path matches among many, each of them with a number of its owner's. The zero value is an empty
// one. It must not be changed while it is walked.
type Tree struct {
	// Tidy ignores empty segments: slashes at the end of paths and patterns, and doubled ones.
	Tidy   bool
	root   node
	server []int
}

// node is a place in patterns.
type node struct {
	literals map[string]*node
	// wild are the nodes behind segments with a *, those with the most text first.
	wild []wildNode
	// one is the node behind {name}, any the one behind a segment that is a * alone.
	one, any *node
	// ends are the numbers of the patterns that end here, rests those of the patterns that take whatever follows.
	ends, rests []int
}

type wildNode struct {
	segment segment
	node    *node
}

// Add adds a pattern of Parse under a number.
func (t *Tree) Add(p *Pattern, number int) {
	if p.text == server {
		t.server = append(t.server, number)
		return
	}
	at := &t.root
	for _, s := range p.segments {
		if t.Tidy && s.kind == literalSegment && s.text == "" {
			continue
		}
		at = at.behind(s)
	}
	if p.rest {
		at.rests = append(at.rests, number)
	} else {
		at.ends = append(at.ends, number)
	}
}

func (n *node) behind(s segment) *node {
	var next **node
	switch {
	case s.kind == oneSegment:
		next = &n.one
	case s.kind == wildSegment && s.length() == 0:
		next = &n.any
	case s.kind == wildSegment:
		for _, w := range n.wild {
			if slices.Equal(w.segment.parts, s.parts) {
				return w.node
			}
		}
		made := &node{}
		at, _ := slices.BinarySearchFunc(n.wild, s, func(w wildNode, s segment) int {
			if w.segment.length() >= s.length() {
				return -1
			}
			return 1
		})
		n.wild = slices.Insert(n.wild, at, wildNode{s, made})
		return made
	default:
		if made := n.literals[s.text]; made != nil {
			return made
		}
		if n.literals == nil {
			n.literals = map[string]*node{}
		}
		n.literals[s.text] = &node{}
		return n.literals[s.text]
	}
	if *next == nil {
		*next = &node{}
	}
	return *next
}

// length returns how much text a segment with a * has.
func (s *segment) length() (n int) {
	for _, part := range s.parts {
		n += len(part)
	}
	return n
}

// Walk visits the numbers of the patterns that a path matches, a few at a time, those of the more specific patterns first: text
// before text with a *, that before {name}, that before a lone *, all of them before /**, and so from segment to segment. It ends
// when visit reports false. Each node of the tree is seen at most once, and nothing is allocated, but where an escaped segment
// meets a *, or is long.
func (t *Tree) Walk(path string, visit func(numbers []int) bool) {
	if path == server && len(t.server) > 0 && !visit(t.server) {
		return
	}
	rest, more := strings.CutPrefix(path, "/")
	t.root.walk(rest, more, t.Tidy, visit)
}

func (n *node) walk(path string, more, tidy bool, visit func([]int) bool) bool {
	if tidy {
		path = strings.TrimLeft(path, "/")
		more = more && path != ""
	}
	if !more {
		return (len(n.ends) == 0 || visit(n.ends)) && (len(n.rests) == 0 || visit(n.rests))
	}
	sent, path, more := strings.Cut(path, "/")
	if n.literals != nil {
		if next := n.literal(sent); next != nil && !next.walk(path, more, tidy, visit) {
			return false
		}
	}
	for i := range n.wild {
		if w := &n.wild[i]; w.segment.match(sent) && !w.node.walk(path, more, tidy, visit) {
			return false
		}
	}
	if n.one != nil && sent != "" && !n.one.walk(path, more, tidy, visit) {
		return false
	}
	if n.any != nil && !n.any.walk(path, more, tidy, visit) {
		return false
	}
	return len(n.rests) == 0 || visit(n.rests)
}

func (n *node) literal(sent string) *node {
	if strings.IndexByte(sent, '%') < 0 {
		return n.literals[sent]
	}
	var buffer [128]byte
	return n.literals[string(appendUnescaped(buffer[:0], sent))]
}
