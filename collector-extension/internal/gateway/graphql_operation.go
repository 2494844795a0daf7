package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
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

// maxName bounds the length of a name that a client has chosen, in bytes.
const maxName = 128

// graphQLRequest is one request (GraphQL over HTTP, section 5.1).
type graphQLRequest struct {
	Query         string            `json:"query"`
	OperationName string            `json:"operationName"`
	Extensions    graphQLExtensions `json:"extensions"`
}

type graphQLExtensions struct {
	PersistedQuery struct {
		SHA256Hash string `json:"sha256Hash"`
	} `json:"persistedQuery"`
}

// graphQLOperation reads the operation, and puts a body that it has read back.
func graphQLOperation(r *http.Request, persisted *persistedOperations) detected {
	if r.Method == http.MethodGet {
		query := r.URL.Query()
		request := graphQLRequest{Query: query.Get("query"), OperationName: query.Get("operationName")}
		if extensions := query.Get("extensions"); extensions != "" && len(extensions) <= maxOperationBody {
			// What cannot be read tells nothing.
			_ = json.Unmarshal([]byte(extensions), &request.Extensions)
		}
		return request.detected(persisted)
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.ContentLength == 0 || r.ContentLength > maxOperationBody || r.Header.Get("Expect") != "" ||
		r.Header.Get("Content-Encoding") != "" || media == "multipart/form-data" {
		return detected{}
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxOperationBody+1))
	rest := io.Reader(failed{err})
	if err == nil && len(text) > maxOperationBody {
		rest = r.Body
	}
	r.Body = &replayed{Reader: io.MultiReader(bytes.NewReader(text), rest), Closer: r.Body}
	if err != nil || len(text) > maxOperationBody {
		return detected{}
	}
	if media == "application/graphql" {
		return graphQLRequest{Query: string(text)}.detected(persisted)
	}
	if text = bytes.TrimLeft(text, " \t\r\n"); len(text) > 0 && text[0] == '[' {
		return batchOperations(text, persisted)
	}
	var request graphQLRequest
	if json.Unmarshal(text, &request) != nil {
		return detected{}
	}
	return request.detected(persisted)
}

// batchOperations returns the operations of an array of requests, each once.
func batchOperations(text []byte, persisted *persistedOperations) detected {
	var requests []graphQLRequest
	if json.Unmarshal(text, &requests) != nil || len(requests) > maxBatch {
		return detected{}
	}
	var seen []string
	for _, request := range requests {
		seen = addOperation(seen, request.detected(persisted).operation)
	}
	return detected{operation: strings.Join(seen, ", "), batch: len(requests)}
}

// addOperation adds an operation to those that were seen, each once and all of maxOperation bytes at most.
func addOperation(seen []string, operation string) []string {
	if operation == "" || slices.Contains(seen, operation) {
		return seen
	}
	length := len(operation)
	for _, other := range seen {
		length += len(other) + len(", ")
	}
	if length > maxOperation {
		return seen
	}
	return append(seen, operation)
}

// detected returns the operation that a request asks for: where it has no document, the one that was met with its hash.
func (r graphQLRequest) detected(persisted *persistedOperations) detected {
	if r.Query == "" {
		if known, ok := persisted.find(r); ok {
			return known
		}
		return detected{operation: core.Clip(r.OperationName, maxName)}
	}
	what := operationOf(r.Query, r.OperationName)
	persisted.learn(r, what)
	return what
}

// operationOf returns the type and name of the operation that a document asks for; where it cannot be parsed, the name that
// the request gives.
func operationOf(document, name string) detected {
	name = core.Clip(name, maxName)
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: document}, maxOperationTokens)
	if err != nil || len(parsed.Operations) == 0 {
		return detected{operation: name}
	}
	operation := parsed.Operations[0]
	if named := parsed.Operations.ForName(name); name != "" && named != nil {
		operation = named
	}
	what := detected{operation: core.Clip(strings.TrimSpace(string(operation.Operation)+" "+operation.Name), maxOperation)}
	if len(operation.SelectionSet) > 0 {
		if field, ok := operation.SelectionSet[0].(*ast.Field); ok {
			what.field = core.Clip(field.Alias, maxName)
		}
	}
	return what
}
