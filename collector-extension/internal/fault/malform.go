package fault

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// notText is a byte that UTF-8 does not have, nor the beginning of any JSON or XML document.
const notText = 0xff

// Malform sends a body that cannot be read: text that does not begin as such text does, or a chunk that is none.
type Malform struct {
	forwards
	Chunk bool
}

func init() { executes(scenario.FaultMalform, newMalform) }

func newMalform(d scenario.Drawn) Fault { return Malform{Chunk: d.Part == "chunk"} }

// Request asks for a body that is not compressed.
func (m Malform) Request(_ context.Context, _ *Exchange, r *http.Request) {
	if !m.Chunk {
		askForIdentity(r)
	}
}

// Respond malforms the body. One that is not text, or is compressed all the same, passes unharmed.
func (m Malform) Respond(_ context.Context, x *Exchange, response *http.Response) error {
	if m.Chunk {
		cutBody(x, response, scenario.FaultMalform, ErrChunk, -1, 1)
		if hasBody(response) {
			// A body has chunks where its length is not announced.
			setLength(response, -1)
		}
		return nil
	}
	if !hasBody(response) || !isIdentity(response.Header) || !isText(response.Header.Get("Content-Type")) {
		return nil
	}
	note := x.Note(scenario.FaultMalform, "")
	describeAnew(response)
	pass(response, func(source io.Reader) io.Reader { return &malformed{x: x, source: source, note: note} })
	return nil
}

func isText(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	kind, subtype, _ := strings.Cut(media, "/")
	switch subtype {
	case "json", "xml", "javascript", "x-www-form-urlencoded", "graphql", "yaml", "x-ndjson":
		return true
	}
	return kind == "text" || strings.HasSuffix(subtype, "+json") || strings.HasSuffix(subtype, "+xml") || strings.HasSuffix(subtype, "+yaml")
}

// malformed puts notText in the place of the first byte that is no space. The length stays, and nothing is held back.
type malformed struct {
	x      *Exchange
	source io.Reader
	note   int
	ended  bool
}

func (m *malformed) Read(p []byte) (int, error) {
	n, err := m.source.Read(p)
	if m.ended {
		return n, err
	}
	switch at := n - len(bytes.TrimLeft(p[:n], " \t\r\n")); {
	case m.x.Over():
		m.ended = true
		m.x.Withdraw(m.note)
	case at < n:
		m.ended = true
		p[at] = notText
	case err != nil:
		m.ended = true
		m.x.Withdraw(m.note)
	}
	return n, err
}
