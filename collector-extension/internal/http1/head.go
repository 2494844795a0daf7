package http1

import (
	"context"
	"iter"
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

// Fields returns the names and values of the headers, in the order, the case and the bytes in which they were sent, repetitions
// and Host among them. White space around values is none of them; a line that is folded is one field, with a space for the
// fold.
func (h Head) Fields() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := h.fields; rest != ""; {
			var line string
			line, rest, _ = strings.Cut(rest, "\r\n")
			name, value, _ := strings.Cut(line, ":")
			value = field.Trim(value)
			for rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
				line, rest, _ = strings.Cut(rest, "\r\n")
				value = field.Trim(value + " " + field.Trim(line))
			}
			if !yield(name, value) {
				return
			}
		}
	}
}
