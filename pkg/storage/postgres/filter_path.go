package postgres

import (
	"fmt"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
)

// withEscapes is the condition of a partial index: paths with escapes are few mostly, and cannot be found by parts of what they
// are decoded to.
const withEscapes = `path LIKE '%\%%'`

// path adds the condition that a pattern, nil for what nothing matches, matches the path. Recordings without a target have decoded
// paths, and none of these is an escape.
func (c *conditions) path(pattern *pathpattern.Pattern) {
	if pattern == nil {
		c.add("false")
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
