package gateway

import (
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// detected is what a request is, as far as its beginning tells.
type detected struct {
	protocol recording.Protocol
	// operation is the full method of gRPC ("shop.Shop/Get"), or the type and name of a GraphQL operation
	// ("query GetUser"); those of a batch are separated by ", ".
	operation string
	// batch is how many GraphQL requests a batch has, 0 where it is none.
	batch int
	// field is the name that the first field of a GraphQL operation has in its answer, empty where that is not known.
	field string
	// upgrade is the protocol that the connection is to be upgraded to, empty where to none.
	upgrade string
}

// detect tells the protocol of a request, and its operation where the protocol has one; persisted are GraphQL operations
// that were met before, and upgrades the protocols besides WebSocket that connections may be upgraded to.
func detect(r *http.Request, persisted *persistedOperations, upgrades []string) detected {
	switch upgrade := upgradeOf(r, upgrades); {
	case strings.EqualFold(upgrade, webSocketProtocol):
		return detected{protocol: recording.WebSocket, upgrade: upgrade}
	case upgrade != "":
		return detected{protocol: recording.HTTP, upgrade: upgrade}
	case isGRPC(r.Header):
		return detected{protocol: recording.GRPC, operation: strings.TrimPrefix(r.URL.Path, "/")}
	case isGraphQL(r):
		what := graphQLOperation(r, persisted)
		what.protocol = recording.GraphQL
		return what
	}
	return detected{protocol: recording.HTTP}
}

// isGRPC reports whether the content type is that of gRPC over HTTP/2; that of gRPC-Web is not.
func isGRPC(h http.Header) bool {
	rest, ok := strings.CutPrefix(firstOf(h["Content-Type"]), "application/grpc")
	return ok && (rest == "" || rest[0] == '+' || rest[0] == ';')
}

// firstOf returns the first of values, empty where there is none. As Get of http.Header, which brings the name into its form first.
func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// isGraphQL reports whether a request may be one of GraphQL, by what can be seen without the body: the last segment of the path,
// or a GraphQL media type.
func isGraphQL(r *http.Request) bool {
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return false
	}
	if strings.HasPrefix(firstOf(r.Header["Content-Type"]), "application/graphql") ||
		strings.Contains(firstOf(r.Header["Accept"]), "application/graphql-response+json") {
		return true
	}
	if last := path.Base(r.URL.Path); last != "graphql" && last != "gql" {
		return false
	}
	// A page such as GraphiQL may be served at the same path.
	if r.Method == http.MethodPost {
		return true
	}
	query := r.URL.Query()
	return query.Has("query") || query.Has("extensions")
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
