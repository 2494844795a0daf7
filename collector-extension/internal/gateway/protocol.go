package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxOperationBody is the size in bytes up to which the body of a GraphQL request is read before it is decided about,
// to learn the operation. Larger ones have no operation.
const maxOperationBody = 64 << 10

// maxOperationTokens bounds the work of parsing a GraphQL document.
const maxOperationTokens = 5000

// maxBatch is how many requests a GraphQL batch may have to be taken for one.
const maxBatch = 1000

// maxOperation bounds what is kept of the operations of a request, in bytes.
const maxOperation = 256

// detected is what a request is, as far as its beginning tells.
type detected struct {
	protocol recording.Protocol
	// operation is the full method of gRPC ("shop.Shop/Get"), or the type and name of a GraphQL operation
	// ("query GetUser"); those of a batch are separated by ", ".
	operation string
	// batch is how many GraphQL requests a batch has, 0 where it is none.
	batch int
}

// detect tells the protocol of a request, and its operation where the protocol has one.
func detect(r *http.Request) detected {
	switch {
	case isGRPC(r.Header):
		return detected{protocol: recording.GRPC, operation: strings.TrimPrefix(r.URL.Path, "/")}
	case isWebSocket(r.Header):
		return detected{protocol: recording.WebSocket}
	case isGraphQL(r):
		operation, batch := graphQLOperation(r)
		return detected{protocol: recording.GraphQL, operation: operation, batch: batch}
	}
	return detected{protocol: recording.HTTP}
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

// graphQLRequest is one request (GraphQL over HTTP, section 5.1).
type graphQLRequest struct {
	Query         string `json:"query"`
	OperationName string `json:"operationName"`
}

// graphQLOperation reads the operation, and puts a body that it has read back.
func graphQLOperation(r *http.Request) (operation string, batch int) {
	if r.Method == http.MethodGet {
		query := r.URL.Query()
		return operationOf(query.Get("query"), query.Get("operationName")), 0
	}
	if r.ContentLength == 0 || r.ContentLength > maxOperationBody || r.Header.Get("Expect") != "" ||
		r.Header.Get("Content-Encoding") != "" {
		return "", 0
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxOperationBody+1))
	rest := io.Reader(failed{err})
	if err == nil && len(text) > maxOperationBody {
		rest = r.Body
	}
	r.Body = &replayed{Reader: io.MultiReader(bytes.NewReader(text), rest), Closer: r.Body}
	if err != nil || len(text) > maxOperationBody {
		return "", 0
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "application/graphql" {
		return operationOf(string(text), ""), 0
	}
	if text = bytes.TrimLeft(text, " \t\r\n"); len(text) > 0 && text[0] == '[' {
		return batchOperations(text)
	}
	var request graphQLRequest
	if json.Unmarshal(text, &request) != nil {
		return "", 0
	}
	return operationOf(request.Query, request.OperationName), 0
}

// batchOperations are the operations of an array of requests, each once.
func batchOperations(text []byte) (operations string, batch int) {
	var requests []graphQLRequest
	if json.Unmarshal(text, &requests) != nil || len(requests) > maxBatch {
		return "", 0
	}
	var seen []string
	length := 0
	for _, request := range requests {
		operation := operationOf(request.Query, request.OperationName)
		if operation == "" || slices.Contains(seen, operation) {
			continue
		}
		if length += len(operation) + len(", "); length > maxOperation {
			break
		}
		seen = append(seen, operation)
	}
	return strings.Join(seen, ", "), len(requests)
}

// operationOf is the type and name of the operation that a document asks for; where it cannot be parsed, the name that
// the request gives.
func operationOf(document, name string) string {
	name = clip(name)
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: document}, maxOperationTokens)
	if err != nil || len(parsed.Operations) == 0 {
		return name
	}
	operation := parsed.Operations[0]
	if named := parsed.Operations.ForName(name); name != "" && named != nil {
		operation = named
	}
	return clipTo(strings.TrimSpace(string(operation.Operation)+" "+operation.Name), maxOperation)
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
