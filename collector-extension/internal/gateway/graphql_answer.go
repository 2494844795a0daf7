package gateway

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
)

// graphQLResponse is the media type of GraphQL answers (GraphQL over HTTP, section 4.1) that newer clients ask for.
const graphQLResponse = "application/graphql-response+json"

// graphQLMediaType returns the media type that r asks for.
func graphQLMediaType(r *http.Request) string {
	if strings.Contains(strings.Join(r.Header.Values("Accept"), ","), graphQLResponse) {
		return graphQLResponse
	}
	return "application/json"
}

// graphQLError is one error (GraphQL, section 7.1.2).
type graphQLError struct {
	Message    string         `json:"message"`
	Path       []string       `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions"`
}

// newGraphQLError says a in GraphQL's terms; detail is for people where a has no message. The error is that of the first
// field of the operation, where it is known.
func newGraphQLError(a fault.Answer, field, detail string) graphQLError {
	e := graphQLError{
		Message:    a.Message,
		Extensions: map[string]any{"code": strings.ToUpper(strings.ReplaceAll(fault.Title(a.Status), " ", "_")), "status": a.Status},
	}
	if e.Message == "" {
		e.Message = fault.Title(a.Status) + ": " + detail
	}
	if field != "" {
		e.Path = []string{field}
	}
	maps.Copy(e.Extensions, a.Extensions)
	return e
}

// graphQLErrors returns a response with one error and no data (GraphQL, section 7.1); a batch is answered request by request.
func graphQLErrors(what detected, a fault.Answer, detail string) []byte {
	e := newGraphQLError(a, what.field, detail)
	one := map[string]any{"errors": []graphQLError{e}}
	if len(e.Path) > 0 {
		// It was the field that failed, not the request.
		one["data"] = nil
	}
	if what.batch == 0 {
		return encode(one)
	}
	return encode(slices.Repeat([]map[string]any{one}, what.batch))
}
