package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestProtocolsAndOperationsAreRecognised(t *testing.T) {
	for name, test := range map[string]struct {
		method, target, body string
		header               map[string]string
		protocol             recording.Protocol
		operation            string
		batch                int
	}{
		"plain":             {method: "GET", target: "/users", protocol: recording.HTTP},
		"grpc":              {method: "POST", target: "/shop.Shop/Get", header: map[string]string{"Content-Type": "application/grpc+proto"}, protocol: recording.GRPC, operation: "shop.Shop/Get"},
		"grpc-web is http":  {method: "POST", target: "/shop.Shop/Get", header: map[string]string{"Content-Type": "application/grpc-web"}, protocol: recording.HTTP},
		"websocket":         {method: "GET", target: "/live", header: map[string]string{"Connection": "Upgrade", "Upgrade": "WebSocket"}, protocol: recording.WebSocket},
		"graphql":           {method: "POST", target: "/api/graphql", body: `{"query":"{ a }"}`, protocol: recording.GraphQL, operation: "query"},
		"graphql by name":   {method: "POST", target: "/graphql", body: `{"query":"query A { a } mutation B { b }","operationName":"B"}`, protocol: recording.GraphQL, operation: "mutation B"},
		"graphql persisted": {method: "POST", target: "/graphql", body: `{"operationName":"A","extensions":{}}`, protocol: recording.GraphQL, operation: "A"},
		"graphql broken":    {method: "POST", target: "/graphql", body: `{"query":"query {{{"}`, protocol: recording.GraphQL},
		"graphql get":       {method: "GET", target: "/graphql?query=query+A+%7B+a+%7D", protocol: recording.GraphQL, operation: "query A"},
		"graphql document":  {method: "POST", target: "/x", body: `subscription S { s }`, header: map[string]string{"Content-Type": "application/graphql"}, protocol: recording.GraphQL, operation: "subscription S"},
		"graphql batch": {
			method: "POST", target: "/graphql", body: ` [{"query":"query A { a }"},{"query":"mutation B { b }"},{"query":"query A { a }"}]`,
			protocol: recording.GraphQL, operation: "query A, mutation B", batch: 3,
		},
		"graphql, too large": {
			method: "POST", target: "/graphql", body: `{"query":"query A { a }","variables":"` + strings.Repeat("x", maxOperationBody) + `"}`, protocol: recording.GraphQL,
		},
		"graphql upload": {
			method: "POST", target: "/graphql", body: "--x\r\nContent-Disposition: form-data; name=operations\r\n\r\n{}\r\n--x--\r\n",
			header: map[string]string{"Content-Type": "multipart/form-data; boundary=x"}, protocol: recording.GraphQL,
		},
		"a page at /graphql":       {method: "GET", target: "/graphql", protocol: recording.HTTP},
		"a search with a query":    {method: "POST", target: "/search", body: `{"query":"shoes"}`, protocol: recording.HTTP},
		"graphql, compressed body": {method: "POST", target: "/graphql", body: "\x1f\x8b", header: map[string]string{"Content-Encoding": "gzip"}, protocol: recording.GraphQL},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), test.method, test.target, strings.NewReader(test.body))
			for key, value := range test.header {
				r.Header.Set(key, value)
			}
			got := detect(r, nil, nil)
			if got.protocol != test.protocol || got.operation != test.operation || got.batch != test.batch {
				t.Errorf("got %+v, want %s %q, batch of %d", got, test.protocol, test.operation, test.batch)
			}
			if body, err := io.ReadAll(r.Body); string(body) != test.body || err != nil {
				t.Errorf("the body that is left is %q (%v), want %q", body, err, test.body)
			}
		})
	}
}

func TestPersistedOperationsAreKnownOnceTheyWereMet(t *testing.T) {
	const document = "query Lost { a } query Named { b: c }"
	sum := sha256.Sum256([]byte(document))
	hash := hex.EncodeToString(sum[:])
	ask := func(persisted *persistedOperations, method, target, body string) detected {
		return detect(httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body)), persisted, nil)
	}
	extensions := `{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}`
	named := `{"operationName":"Named","extensions":` + extensions
	byHash := "/graphql?operationName=Named&extensions=" + url.QueryEscape(extensions)

	persisted := newPersistedOperations()
	if got := ask(persisted, "POST", "/graphql", named+"}"); got.operation != "Named" {
		t.Errorf("before the document was met, the operation is %q", got.operation)
	}
	// A document of another hash teaches nothing.
	ask(persisted, "POST", "/graphql", named+`,"query":"mutation Evil { x }"}`)
	if got := ask(persisted, "GET", byHash, ""); got.operation != "Named" {
		t.Errorf("the operation is %q", got.operation)
	}
	ask(persisted, "POST", "/graphql", named+`,"query":"`+document+`"}`)
	for _, got := range []detected{ask(persisted, "POST", "/graphql", named+"}"), ask(persisted, "GET", byHash, "")} {
		if got.operation != "query Named" || got.field != "b" || got.protocol != recording.GraphQL {
			t.Errorf("got %+v", got)
		}
	}
	if got := ask(persisted, "POST", "/graphql", "["+named+"},"+named+"}]"); got.operation != "query Named" || got.batch != 2 {
		t.Errorf("a batch is %+v", got)
	}
	for i := range 2 * maxPersisted {
		document := fmt.Sprintf("query Q%d { a }", i)
		sum := sha256.Sum256([]byte(document))
		ask(persisted, "POST", "/graphql", fmt.Sprintf(`{"query":%q,"extensions":{"persistedQuery":{"sha256Hash":%q}}}`, document, hex.EncodeToString(sum[:])))
	}
	if n := persisted.known.Len(); n != maxPersisted {
		t.Errorf("%d are known", n)
	}
}

func FuzzGraphQLOperation(f *testing.F) {
	f.Add(`{"query":"query A { a }","extensions":{"persistedQuery":{"sha256Hash":"x"}}}`, "")
	f.Add(`[{"query":"{ a }"}]`, "application/graphql")
	persisted := newPersistedOperations()
	f.Fuzz(func(t *testing.T, body, media string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		if got := detect(r, persisted, nil); len(got.operation) > maxOperation {
			t.Errorf("operation is %q", got.operation)
		}
		if rest, err := io.ReadAll(r.Body); string(rest) != body || err != nil {
			t.Errorf("%q became %q (%v)", body, rest, err)
		}
	})
}

func FuzzOperationOf(f *testing.F) {
	f.Add("query A { a }", "A")
	f.Add("{", "")
	f.Fuzz(func(_ *testing.T, document, name string) { operationOf(document, name) })
}
