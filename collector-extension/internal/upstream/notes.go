package upstream

import (
	"context"
	"net/http"
	"sync"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// Notes are what a request can say beside what http.Request has of it, and what who asks can know of its answer beside what
// http.Response has. They belong to one request, and are not to be
// read while it is being sent.
type Notes struct {
	// Fields are the field lines of the final answer as they were sent, with their ends; empty where no answer has come by this
	// package. field.Lines takes them apart, with bare ends of lines.
	Fields string
	// Sent are the field lines of a request as somebody sent it, with their ends: it is sent in their form, as far as it has the same
	// fields.
	Sent string
	// Own are fields of the request besides those of its header, which they win over. Transports of net/http do not send them.
	Own []field.Own
	// Into is what the header of the final answer is read into; nil is a new one. It belongs to the answer then.
	Into *field.Filled
	// Informed is told of each informational answer in the goroutine that asks; nil is nobody. An error ends the request.
	Informed Informed

	// call is the one whose answer it is.
	call *call
}

// Informed is who wants to know of informational answers.
type Informed interface {
	// Inform is given the header of one and its field lines, which are empty where net/http has read them.
	Inform(status int, header http.Header, fields string) error
}

// calls are the calls that were released.
var calls = sync.Pool{New: func() any { return new(call) }}

// Release says that nothing uses the answer any more, nor its body, so that another is made in the same memory. It reports whether
// nothing uses the request any more either; false where that is not known.
func (n *Notes) Release() bool {
	c := n.call
	if c == nil || !c.settled.Load() || c.watched() || c.out.hasBody && c.content == nil {
		return false
	}
	n.call = nil
	*c = call{}
	calls.Put(c)
	return true
}

// NotesKey is the key under which the context of a request has *Notes.
type NotesKey struct{}

// WithNotes has the answer of requests with the context noted in n.
func WithNotes(ctx context.Context, n *Notes) context.Context {
	return context.WithValue(ctx, NotesKey{}, n)
}

// NotesOf returns the notes of a request with the context, nil where it has none.
func NotesOf(ctx context.Context) *Notes {
	n, _ := ctx.Value(NotesKey{}).(*Notes)
	return n
}

// HeadOf returns the field lines of an answer as the upstream sent them, with their ends; empty where they are not known: where
// the answer did not come by HTTP/1.1 through this package, or its request had no Notes.
func HeadOf(response *http.Response) string {
	if response == nil || response.Request == nil {
		return ""
	}
	if n := NotesOf(response.Request.Context()); n != nil {
		return n.Fields
	}
	return ""
}
