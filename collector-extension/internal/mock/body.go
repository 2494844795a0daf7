package mock

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// body is a request's body of which the beginning was read. It stands in the place of the original, so that what follows
// reads all of it.
type body struct {
	io.Reader
	io.Closer
	// start are the first bytes, whole reports whether there are no others.
	start []byte
	whole bool
	// document is what the JSON text holds; decoded reports whether that was looked for, valid whether it is JSON.
	document       any
	decoded, valid bool
}

// readBody reads the beginning of r's body, once.
func readBody(r *http.Request) *body {
	if read, ok := r.Body.(*body); ok {
		return read
	}
	if r.Body == nil || r.Body == http.NoBody {
		return &body{whole: true}
	}
	start, err := io.ReadAll(io.LimitReader(r.Body, MaxRead+1))
	read := &body{start: start, whole: err == nil && len(start) <= MaxRead, Closer: r.Body}
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failed{err}
	}
	read.Reader = io.MultiReader(bytes.NewReader(start), rest)
	read.start = start[:min(len(start), MaxRead)]
	r.Body = read
	return read
}

// failed goes on as a body ended that could not be read.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

func (b *body) contains(part string) bool { return bytes.Contains(b.start, []byte(part)) }

// maxNesting is how deep the JSON of a request may nest to be looked at: a path such as $..a..b is followed from each level
// again.
const maxNesting = 100

// json returns the document that the body holds; false where it is none, or larger or deeper than what is looked at.
func (b *body) json() (any, bool) {
	if b.decoded || !b.whole {
		return b.document, b.valid
	}
	b.decoded = true
	if validation.Nests(b.start, maxNesting) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(b.start))
	var document any
	if decoder.Decode(&document) != nil {
		return nil, false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	b.document, b.valid = document, true
	return document, true
}
