package http1

import (
	"context"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// Head is the head of a request as it was received.
type Head struct {
	text, fields string
	names        field.Names
}

type headKey struct{}

// HeadOf returns the head of the request whose context ctx is, or is derived from; false where it did not come by this
// package.
func HeadOf(ctx context.Context) (Head, bool) {
	c, ok := ctx.Value(headKey{}).(*requestContext)
	if !ok {
		return Head{}, false
	}
	return c.head, true
}

// Line returns the request line, without its end.
func (h Head) Line() string {
	line, _, _ := strings.Cut(h.text, "\r\n")
	return line
}

// Block returns the field lines, with their ends.
func (h Head) Block() string { return h.fields }

// Names returns the known names that the header of the request had when the server gave it to its handler.
func (h Head) Names() field.Names { return h.names }
