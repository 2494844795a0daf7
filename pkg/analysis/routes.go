package analysis

import (
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxSegments is the greatest depth of a template; what is deeper is Other unless a configured route takes the rest.
const maxSegments = 16

// routes are the configured templates. They are immutable after compilation.
type routes struct {
	tree      pathpattern.Tree
	templates []template
}

// template is a configured one; without a method it is of any.
type template struct{ method, path string }

// compileRoutes reads templates such as "/users/{id}", "GET /files/{path...}" and "/static/**".
func compileRoutes(templates []string) (*routes, error) {
	if len(templates) == 0 {
		return nil, nil
	}
	r := &routes{tree: pathpattern.Tree{Tidy: true}}
	for i, text := range templates {
		if err := r.add(text); err != nil {
			return nil, validation.In("routes["+itoa(i)+"]", err)
		}
	}
	return r, nil
}

func (r *routes) add(text string) error {
	method, path, found := strings.Cut(text, " ")
	if !found || strings.HasPrefix(text, "/") { // A path may have spaces.
		method, path = "", text
	}
	path = strings.TrimSpace(path)
	if !strings.HasPrefix(path, "/") {
		return validation.Errorf("", "must be a path that begins with / and may have a method before it, is %q", text)
	}
	pattern, err := pathpattern.Parse(tidy(path))
	if err != nil {
		return err
	}
	r.tree.Add(pattern, len(r.templates))
	r.templates = append(r.templates, template{method, path})
	return nil
}

// tidy returns a path without empty segments, which are not told from none.
func tidy(path string) string {
	var b strings.Builder
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "" {
			b.WriteString("/" + segment)
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// match returns the most specific template for a path: words before parameters before the rest of the path, a template with the
// method before one without. Of those that are the same the last counts.
func (r *routes) match(method, path string) (found string, ok bool) {
	r.tree.Walk(path, func(numbers []int) bool {
		exact := false
		for _, n := range numbers {
			if t := &r.templates[n]; t.method == method || t.method == "" && !exact {
				found, ok, exact = t.path, true, t.method == method
			}
		}
		return !ok
	})
	return found, ok
}
