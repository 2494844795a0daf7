package analysis

import (
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxSegments is the greatest depth of a template; what is deeper is Other unless a configured route takes the rest.
const maxSegments = 16

// routes are the configured templates as a tree. It is immutable after compilation.
type routes struct {
	literals map[string]*routes
	any      *routes
	// ends and rests are the templates that end here, and that take whatever follows, by method; "" is any method.
	ends, rests map[string]string
}

// compileRoutes reads templates such as "/users/{id}", "GET /files/{path...}" and "/static/**".
func compileRoutes(templates []string) (*routes, error) {
	if len(templates) == 0 {
		return nil, nil
	}
	root := &routes{}
	for i, template := range templates {
		if err := root.add(template); err != nil {
			return nil, validation.In("routes["+itoa(i)+"]", err)
		}
	}
	return root, nil
}

func (r *routes) add(template string) error {
	method, path, found := strings.Cut(template, " ")
	if !found {
		method, path = "", template
	}
	path = strings.TrimSpace(path)
	if !strings.HasPrefix(path, "/") {
		return validation.Errorf("", "must be a path that begins with / and may have a method before it, is %q", template)
	}
	if len(path) > 1024 {
		return validation.Errorf("", "must be at most 1024 bytes long, is %d", len(path))
	}
	node, rest := r, strings.Trim(path, "/")
	for rest != "" {
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		switch {
		case segment == "**" || strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "...}"):
			if rest != "" {
				return validation.Errorf("", "must have %s at its end only, is %q", segment, template)
			}
			node.rests = put(node.rests, method, path)
			return nil
		case segment == "*" || strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}"):
			if node.any == nil {
				node.any = &routes{}
			}
			node = node.any
		case strings.ContainsAny(segment, "{}*"):
			return validation.Errorf("", "must have parameters as whole segments, such as {id}; %q is not one", segment)
		default:
			child := node.literals[segment]
			if child == nil {
				child = &routes{}
				node.literals = put(node.literals, segment, child)
			}
			node = child
		}
	}
	node.ends = put(node.ends, method, path)
	return nil
}

func put[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

// match returns the most specific template for the path without its leading slash: words before parameters before
// the rest of the path, a template with the method before one without. Each node of the tree is seen at most once.
func (r *routes) match(method, path string) (string, bool) {
	rest := strings.TrimLeft(path, "/")
	if rest == "" {
		if t, ok := byMethod(r.ends, method); ok {
			return t, true
		}
		return byMethod(r.rests, method)
	}
	segment, after, _ := strings.Cut(rest, "/")
	if child := r.literals[segment]; child != nil {
		if t, ok := child.match(method, after); ok {
			return t, true
		}
	}
	if r.any != nil {
		if t, ok := r.any.match(method, after); ok {
			return t, true
		}
	}
	return byMethod(r.rests, method)
}

func byMethod(templates map[string]string, method string) (string, bool) {
	if t, ok := templates[method]; ok {
		return t, true
	}
	t, ok := templates[""]
	return t, ok
}
