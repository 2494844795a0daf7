package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

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
		"websocket":         {method: "GET", target: "/live", header: map[string]string{"Upgrade": "WebSocket"}, protocol: recording.WebSocket},
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
		"a page at /graphql":       {method: "GET", target: "/graphql", protocol: recording.HTTP},
		"a search with a query":    {method: "POST", target: "/search", body: `{"query":"shoes"}`, protocol: recording.HTTP},
		"graphql, compressed body": {method: "POST", target: "/graphql", body: "\x1f\x8b", header: map[string]string{"Content-Encoding": "gzip"}, protocol: recording.GraphQL},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), test.method, test.target, strings.NewReader(test.body))
			for key, value := range test.header {
				r.Header.Set(key, value)
			}
			if got := detect(r); got != (detected{test.protocol, test.operation, test.batch}) {
				t.Errorf("got %+v, want %s %q, batch of %d", got, test.protocol, test.operation, test.batch)
			}
			if body, err := io.ReadAll(r.Body); string(body) != test.body || err != nil {
				t.Errorf("the body that is left is %q (%v), want %q", body, err, test.body)
			}
		})
	}
}

func FuzzOperationOf(f *testing.F) {
	f.Add("query A { a }", "A")
	f.Add("{", "")
	f.Fuzz(func(_ *testing.T, document, name string) { operationOf(document, name) })
}

func FuzzConsumer(f *testing.F) {
	f.Add("web", "curl/8", "10.0.0.1:80")
	f.Fuzz(func(t *testing.T, header, agent, address string) {
		g := &Gateway{options: Options{ConsumerHeader: "X-Consumer"}}
		r := &http.Request{RemoteAddr: address, Header: http.Header{"X-Consumer": {header}, "User-Agent": {agent}}}
		if got := g.consumer(r); len(got) > maxConsumer || !utf8.ValidString(got) {
			t.Errorf("consumer is %q", got)
		}
	})
}
