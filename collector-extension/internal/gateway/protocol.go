package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxOperationBody is the size in bytes up to which the body of a GraphQL request is read before it is decided about,
// to learn the operation. Larger ones, and those of unknown size, have no operation.
const maxOperationBody = 64 << 10

// maxOperationTokens bounds the work of parsing a GraphQL document.
const maxOperationTokens = 5000

// detect tells the protocol of a request, and its operation where the protocol has one: the full method of gRPC
// ("shop.Shop/Get"), the type and name of a GraphQL operation ("query GetUser").
func detect(r *http.Request) (recording.Protocol, string) {
	switch {
	case isGRPC(r.Header):
		return recording.GRPC, strings.TrimPrefix(r.URL.Path, "/")
	case isWebSocket(r.Header):
		return recording.WebSocket, ""
	case isGraphQL(r):
		return recording.GraphQL, graphQLOperation(r)
	}
	return recording.HTTP, ""
}

// isGRPC is whether the content type is that of gRPC over HTTP/2; that of gRPC-Web is not.
func isGRPC(h http.Header) bool {
	rest, ok := strings.CutPrefix(h.Get("Content-Type"), "application/grpc")
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';')
}

// isWebSocket is whether a request asks to be upgraded (RFC 6455 section 4.1).
func isWebSocket(h http.Header) bool {
	return strings.EqualFold(h.Get("Upgrade"), "websocket")
}

// isGraphQL goes by what can be seen without the body: the last segment of the path, or a GraphQL media type.
func isGraphQL(r *http.Request) bool {
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return false
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/graphql") ||
		strings.Contains(r.Header.Get("Accept"), "application/graphql-response+json") {
		return true
	}
	if last := path.Base(r.URL.Path); last != "graphql" && last != "gql" {
		return false
	}
	// A page such as GraphiQL may be served at the same path.
	return r.Method == http.MethodPost || r.URL.Query().Has("query")
}

// graphQLOperation reads the operation, and puts a body that it has read back.
func graphQLOperation(r *http.Request) string {
	if r.Method == http.MethodGet {
		query := r.URL.Query()
		return operationOf(query.Get("query"), query.Get("operationName"))
	}
	if r.ContentLength <= 0 || r.ContentLength > maxOperationBody || r.Header.Get("Expect") != "" ||
		r.Header.Get("Content-Encoding") != "" {
		return ""
	}
	text, err := io.ReadAll(r.Body)
	r.Body = &replayed{Reader: io.MultiReader(bytes.NewReader(text), failed{err}), Closer: r.Body}
	if err != nil {
		return ""
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "application/graphql" {
		return operationOf(string(text), "")
	}
	var request struct {
		Query         string `json:"query"`
		OperationName string `json:"operationName"`
	}
	if json.Unmarshal(text, &request) != nil {
		return ""
	}
	return operationOf(request.Query, request.OperationName)
}

// operationOf is the type and name of the operation that a document asks for; where it cannot be parsed, the name that
// the request gives.
func operationOf(document, name string) string {
	if len(name) > 128 {
		name = name[:128]
	}
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: document}, maxOperationTokens)
	if err != nil || len(parsed.Operations) == 0 {
		return name
	}
	operation := parsed.Operations[0]
	if named := parsed.Operations.ForName(name); name != "" && named != nil {
		operation = named
	}
	return strings.TrimSpace(string(operation.Operation) + " " + operation.Name)
}

// replayed is a body of which some was read already.
type replayed struct {
	io.Reader
	io.Closer
}

// failed ends a replayed body as the original ended: with its error, or with io.EOF.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
