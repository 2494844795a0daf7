package fault

import (
	"io"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// cut is a body that is broken off once left bytes of it were read.
type cut struct {
	x      *Exchange
	source io.Reader
	broken BrokenError
	note   int
	left   int64
	// keep is the share of the first part after which it happens instead, where left is negative.
	keep  float64
	ended bool
}

// cutBody breaks response off after so many bytes of its body; where after is negative, after the share keep of the first
// part. It does nothing where the body is known to be shorter.
func cutBody(x *Exchange, response *http.Response, kind scenario.FaultKind, broken BrokenError, after int64, keep float64) {
	if !hasBody(response) || response.ContentLength > 0 && after >= response.ContentLength {
		return
	}
	detail := ""
	if after >= 0 {
		detail = "after " + formatInt(after) + " bytes"
	}
	note := x.Note(kind, detail)
	pass(response, func(source io.Reader) io.Reader {
		return &cut{x: x, source: source, broken: broken, note: note, left: after, keep: keep}
	})
}

func (c *cut) Read(p []byte) (int, error) {
	switch {
	case c.ended:
		return c.source.Read(p)
	case c.x.Over():
		c.ended = true
		c.x.Withdraw(c.note)
		return c.source.Read(p)
	case c.left == 0:
		return 0, c.x.Break(c.broken)
	case c.left > 0:
		p = p[:min(int64(len(p)), c.left)]
	}
	n, err := c.source.Read(p)
	if c.left < 0 && n > 0 {
		c.left = int64(c.keep * float64(n))
		n = int(c.left)
	}
	c.left -= int64(n)
	if err != nil && c.left != 0 {
		// The body was shorter.
		c.ended = true
		c.x.Withdraw(c.note)
		return n, err
	}
	if err == io.EOF {
		return n, c.x.Break(c.broken)
	}
	return n, err
}
