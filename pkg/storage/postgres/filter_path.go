package postgres

import (
	"fmt"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// withEscapes is the condition of a partial index: paths with escapes are few mostly, and cannot be found by parts of what they
// are decoded to.
const withEscapes = `path LIKE '%\%%'`

// path adds the condition of a valid f on the path. Recordings without a target have decoded paths, and none of these is an escape.
func (c *conditions) path(f *recording.Filter) {
	pattern, err := f.PathPattern()
	switch {
	case err != nil:
		c.add("false")
		return
	case pattern == nil:
		var any []string
		for _, spelling := range pathpattern.Spellings(f.Path) {
			any = append(any, "path ILIKE "+c.bind(containing(spelling)))
		}
		c.add("(%s)", strings.Join(any, " OR "))
		return
	}
	var any []string
	plain, escaped := pattern.Regexps()
	if plain != "" {
		any = append(any, fmt.Sprintf("path ~ %s AND (NOT %s OR target IS NULL)", c.bind(plain), withEscapes))
	}
	if escaped != "" {
		any = append(any, fmt.Sprintf("%s AND target IS NOT NULL AND path ~ %s", withEscapes, c.bind(escaped)))
	}
	c.clauses = append(c.clauses, "("+strings.Join(any, " OR ")+")")
}
