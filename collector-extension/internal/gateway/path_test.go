package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// ask sends a request line as it is, and gives the status of the answer and the body.
func ask(t *testing.T, g *running, line string) (status, body string) {
	t.Helper()
	conn := dial(t, strings.TrimPrefix(g.URL, "http://"))
	defer conn.Close()
	fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n", line)
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	_, head, _ = strings.Cut(head, " ")
	return head[:min(3, len(head))], body
}

// TestPatternsSeeSegmentsAsSent: rules, mocks, routes, and what is recorded, have the path as it is on the wire.
func TestPatternsSeeSegmentsAsSent(t *testing.T) {
	up := upstream(t, func(http.ResponseWriter, *http.Request) {})
	learner, err := analysis.NewLearner(analysis.LearnerOptions{Routes: []string{"/projects/{id}", "/a b/**"}})
	if err != nil {
		t.Fatal(err)
	}
	routed := func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Route = learner.Route }
	for _, test := range []struct{ line, pattern, path, route, spared string }{
		{"GET /projects/a%2Fb?x=/", "/projects/{id}", "/projects/a%2Fb", "/projects/{id}", "GET /projects/a/b"},
		{"GET /projects/a%2fb", "/projects/a%2Fb", "/projects/a%2fb", "/projects/{id}", "GET /projects/a%252fb"},
		{"GET /a%20b", "/a b", "/a%20b", "/a b/**", "GET /a+b"},
		{"GET /a+b", "/a+b", "/a+b", "/a+b", "GET /a%20b"},
		{"GET /m;p=1/x", "/m;p=1/{x}", "/m;p=1/x", "/m;p=1/x", "GET /m/x"},
		{"GET //a//b", "/*/a/*/b", "//a//b", "/a/b", "GET /a/b"},
		{"GET /a/../b/.", "/a/../b/.", "/a/../b/.", "/a/../b/.", "GET /b"},
		{"GET /x/", "/x/", "/x/", "/x", "GET /x"},
		{"GET /b%FF", "/b%ff", "/b%FF", "/{id}", "GET /b%C3%BF"},
		{"GET /c\xff", "/c%FF", "/c%FF", "/{id}", "GET /c"},
		{"OPTIONS *", "*", "*", "other", "OPTIONS /"},
		{"GET http://shop/projects/%61?q", "/projects/a", "/projects/%61", "/projects/{id}", "GET http://shop/"},
	} {
		t.Run(test.line, func(t *testing.T) {
			rules := serve(t, up.URL, ruled(scenario.Target{Path: test.pattern}), routed)
			stubs := serve(t, up.URL, mocks(mock.Definition{Name: "stub", Path: test.pattern, Template: true, Response: mock.Response{Body: "stub of {{.Path}}"}}), routed)
			if status, _ := ask(t, rules, test.line); status != "503" {
				t.Errorf("the rule gives %s", status)
			}
			r := rules.next(t)
			if method, _, _ := strings.Cut(test.line, " "); r.Path != test.path || r.Route != test.route || r.Method != method {
				t.Errorf("recorded as %s %q of route %q", r.Method, r.Path, r.Route)
			}
			if _, body := ask(t, stubs, test.line); body != "stub of "+test.path {
				t.Errorf("the mock gives %q", body)
			}
			if status, _ := ask(t, rules, test.spared); status == "503" {
				t.Errorf("%s meets the rule", test.spared)
			}
			if _, body := ask(t, stubs, test.spared); strings.HasPrefix(body, "stub") {
				t.Errorf("%s meets the mock", test.spared)
			}
		})
	}
}

// TestPathsThatAreChangedByAPluginAreMatchedAsChanged: what a plugin makes of a path is what is behind it.
func TestPathsThatAreChangedByAPluginAreMatchedAsChanged(t *testing.T) {
	up := upstream(t, func(http.ResponseWriter, *http.Request) {})
	g := serve(t, up.URL, mocks(mock.Definition{Name: "stub", Path: "/changed/a%2Fb"}), plugins(&executions{}, plugin("rewriter", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.Clone(r.Context())
			r.URL.Path, r.URL.RawPath = "/changed/a/b", "/changed/a%2Fb"
			next.ServeHTTP(w, r)
		})
	})))
	do(t, client(t, false), request(t, http.MethodGet, g.URL+"/x", ""))
	if r := g.next(t); r.MockMatched != "stub" || r.Path != "/x" {
		t.Errorf("recorded %q, mock %q", r.Path, r.MockMatched)
	}
}
