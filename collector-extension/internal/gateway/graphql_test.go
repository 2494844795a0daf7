package gateway_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/graph-gophers/graphql-go"
	"github.com/graph-gophers/graphql-go/relay"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

type resolver struct{}

func (*resolver) User(args struct{ ID graphql.ID }) (string, error) {
	if args.ID == "0" {
		return "", errors.New("no such user")
	}
	return "user " + string(args.ID), nil
}

func (*resolver) Rename(args struct{ Name string }) string { return args.Name }

// graphQLServer returns graph-gophers' own, with GET as GraphQL over HTTP has it.
func graphQLServer(t *testing.T) string {
	schema := graphql.MustParseSchema(`type Query { user(id: ID!): String! } type Mutation { rename(name: String!): String! }`, &resolver{})
	handler := &relay.Handler{Schema: schema}
	return upstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			handler.ServeHTTP(w, r)
			return
		}
		query := r.URL.Query()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(schema.Exec(r.Context(), query.Get("query"), query.Get("operationName"), nil))
	}).URL
}

func TestGraphQLIsTheSameThroughTheGateway(t *testing.T) {
	direct := graphQLServer(t)
	for _, test := range []struct{ name, method, body, operation string }{
		{"query", "POST", `{"query":"query One($id: ID!) { user(id: $id) }","variables":{"id":"1"},"operationName":"One"}`, "query One"},
		{"mutation", "POST", `{"query":"mutation Rename { rename(name: \"x\") }"}`, "mutation Rename"},
		{"without a name", "POST", `{"query":"{ user(id: 1) }"}`, "query"},
		{"error of a resolver", "POST", `{"query":"query None { user(id: 0) }"}`, "query None"},
		{"unknown field", "POST", `{"query":"query Wrong { stranger }"}`, "query Wrong"},
		{"not GraphQL", "POST", `{"query":"query {{{"}`, ""},
		{"get", "GET", "query Get { user(id: 2) }", "query Get"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := serve(t, direct)
			ask := func(base string) answer {
				if test.method == "GET" {
					return do(t, client(t, false), request(t, "GET", base+"/graphql?query="+url.QueryEscape(test.body), ""))
				}
				r := request(t, "POST", base+"/graphql", test.body)
				r.Header.Set("Content-Type", "application/json")
				return do(t, client(t, false), r)
			}
			want, got := ask(direct), ask(g.URL)
			want.Header.Del("Date")
			got.Header.Del("Date")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("directly and through the gateway (-direct +gateway):\n%s", diff)
			}
			if r := g.next(t); r.Protocol != recording.GraphQL || r.Operation != test.operation || r.Injected() {
				t.Errorf("recorded %s %q", r.Protocol, r.Operation)
			}
		})
	}
}

func TestAGraphQLBatchFailsRequestByRequest(t *testing.T) {
	g := serve(t, untouched(t), errorsWith(429))
	r := request(t, "POST", g.URL+"/graphql", `[{"query":"query A { a }"},{"query":"mutation B { b }"}]`)
	r.Header.Set("Content-Type", "application/json")
	got := do(t, client(t, false), r)
	var batch []struct {
		Errors []struct {
			Message    string
			Extensions struct {
				Code   string
				Status int
			}
		}
	}
	if err := json.Unmarshal(got.Body, &batch); err != nil || got.Status != 200 || len(batch) != 2 {
		t.Fatalf("got %d %s (%v)", got.Status, got.Body, err)
	}
	for _, result := range batch {
		if len(result.Errors) != 1 || result.Errors[0].Extensions.Code != "TOO_MANY_REQUESTS" || result.Errors[0].Extensions.Status != 429 {
			t.Errorf("got %s", got.Body)
		}
	}
	if rec := g.next(t); rec.Operation != "query A, mutation B" {
		t.Errorf("recorded operation %q", rec.Operation)
	}
}

func TestAGraphQLErrorIsThatOfTheFieldInTheMediaTypeThatIsAskedFor(t *testing.T) {
	g := serve(t, untouched(t), inForce(scenario.Definition{Behavior: listed(scenario.Fault{
		Kind: scenario.FaultError, StatusCodes: []int{403}, Message: "not today", Extensions: map[string]any{"code": "FORBIDDEN", "team": "shop"},
	})}))
	r := request(t, "POST", g.URL+"/graphql", `{"query":"query One { me: user(id: 1) }"}`)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json, application/json;q=0.9")
	got := do(t, client(t, false), r)
	const want = `{"data":null,"errors":[{"message":"not today","path":["me"],"extensions":{"code":"FORBIDDEN","status":403,"team":"shop"}}]}`
	if string(got.Body) != want || got.Status != 200 || got.Header.Get("Content-Type") != "application/graphql-response+json" {
		t.Errorf("got %d %s as %s", got.Status, got.Body, got.Header.Get("Content-Type"))
	}
}

func TestFieldsOfAGraphQLServerBecomeNull(t *testing.T) {
	g := serve(t, graphQLServer(t), inForce(scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Healthy},
		Rules: []scenario.Rule{{
			Name: "lost", Target: scenario.Target{Operation: "One"},
			Behavior: listed(scenario.Fault{Kind: scenario.FaultPatch, NullPaths: []string{"user"}, Extensions: map[string]any{"code": "LOST"}}),
		}},
	}))
	for query, want := range map[string]string{
		"query One { user(id: 1) other: user(id: 2) }": `{"data":{"user":null,"other":"user 2"},"errors":[{"extensions":{"code":"LOST"},"message":"This field was made null by MockForge.","path":["user"]}]}`,
		"query Two { user(id: 1) }":                    `{"data":{"user":"user 1"}}`,
	} {
		r := request(t, "POST", g.URL+"/graphql", `{"query":"`+query+`"}`)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Encoding", "gzip")
		if got := do(t, client(t, false), r); string(got.Body) != want {
			t.Errorf("got %s, want %s", got.Body, want)
		}
	}
}

// An answer in parts (incremental delivery) is left as it is.
func TestAnswersInPartsPass(t *testing.T) {
	const parts = "\r\n---\r\nContent-Type: application/json\r\n\r\n{\"data\":{\"user\":1},\"hasNext\":true}\r\n-----\r\n"
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", `multipart/mixed; boundary="-"`)
		_, _ = w.Write([]byte(parts))
	})
	g := serve(t, u.URL, inForce(scenario.Definition{Behavior: listed(scenario.Fault{Kind: scenario.FaultPatch, NullPaths: []string{"user"}})}))
	if got := do(t, client(t, false), request(t, "POST", g.URL+"/graphql", `{"query":"{ user ... @defer { b } }"}`)); string(got.Body) != parts {
		t.Errorf("got %q", got.Body)
	}
	if r := g.next(t); r.Injected() {
		t.Errorf("recorded %v", r.Faults)
	}
}
