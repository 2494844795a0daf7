package api_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

func document(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	doc.Servers = nil // match paths alone
	return doc
}

func TestOpenAPIDescribesEveryRouteAndNoOther(t *testing.T) {
	var described []string
	for path, item := range document(t).Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(described)
	served := api.RoutePatterns()
	slices.Sort(served)
	if diff := cmp.Diff(served, described); diff != "" {
		t.Errorf("routes (-served +described):\n%s", diff)
	}
}

const chaosPreset = `{"name":"mine","description":"d","mode":"chaos","error_rate":0.2,"latency":{"min_ms":1,"max_ms":2},"seed":9007199254740991,` +
	`"rules":[{"name":"r","target":{"methods":["GET"],"path":"/a/{id}/**","share":0.5,"share_by":"consumer","headers":{"x":"*"}},"mode":"error","status_codes":[500]},` +
	`{"name":"x","target":{},"exclude":true,"disabled":true}]}`

const importedLine = `{"id":"019cf0a1-7b3c-7def-8123-456789abcd11","timestamp":"2026-03-14T15:00:00Z","protocol":"http","gateway":"shop","instance":"i-1",` +
	`"method":"GET","path":"/a","body":{"encoding":"utf8","content":"","size":0},"response_status":200,"response_body":{"encoding":"utf8","content":"","size":0},` +
	`"response_time_ms":1,"scenario_mode":"healthy","scenario_version":1}`

type call struct {
	method, target, body string
	status               int
}

// story goes through every route once, good cases and bad ones, each on the state that those before it have left.
var story = []call{
	{"GET", "/scenarios/mode", "", 200},
	{"PUT", "/scenarios/mode", `{"mode":"error","error_rate":0.5,"status_codes":[500,503],"reason":"drill","expires_in":"15m","if_version":0,"seed":7}`, 200},
	{"GET", "/scenarios/mode", "", 200},
	{"PUT", "/scenarios/mode", `{"mode":"error","if_version":0}`, 409},
	{"PUT", "/scenarios/mode", `{"mode":"sick"}`, 400},
	{"PUT", "/scenarios/mode", `{"mode":"error","error_rate":1.5}`, 400},
	{"PUT", "/scenarios/mode", ``, 400},
	{"PUT", "/scenarios/latency", `{"min_ms":1,"max_ms":20}`, 200},
	{"PUT", "/scenarios/latency", `{"min_ms":null,"max_ms":null}`, 200},
	{"PUT", "/scenarios/latency", `{"min_ms":-1,"max_ms":20}`, 400},
	{"GET", "/scenarios/chaos/config", "", 200},
	{"PUT", "/scenarios/chaos/config", `{"error_rate":0.3,"timeout_ms":1000,"random_slowdowns":false}`, 200},
	{"PUT", "/scenarios/chaos/config", `{"latency_multiplier":2}`, 400},
	{"PUT", "/scenarios/mode", `{"mode":"chaos","seed":null}`, 200},
	{"GET", "/scenarios/chaos/config", "", 200},
	{"GET", "/scenarios/presets", "", 200},
	{"POST", "/scenarios/presets", chaosPreset, 201},
	{"POST", "/scenarios/presets", chaosPreset, 409},
	{"POST", "/scenarios/presets", `{"name":"No","mode":"healthy"}`, 400},
	{"GET", "/scenarios/presets/mine", "", 200},
	{"GET", "/scenarios/presets/mine?format=yaml", "", 200},
	{"GET", "/scenarios/presets/export", "", 200},
	{"GET", "/scenarios/presets/export?all=true", "", 200},
	{"GET", "/scenarios/presets/export?all=some", "", 400},
	{"POST", "/scenarios/presets/import", `{"presets":[{"name":"theirs","mode":"error","error_rate":0.5},` + chaosPreset + `]}`, 200},
	{"POST", "/scenarios/presets/import?replace=true", `{"presets":[{"name":"theirs","mode":"healthy"}]}`, 200},
	{"POST", "/scenarios/presets/import", `{"presets":[{"name":"theirs","mode":"error"}]}`, 409},
	{"POST", "/scenarios/presets/import?replace=true", `{"presets":[{"name":"staging","mode":"error"}]}`, 409},
	{"POST", "/scenarios/presets/import", `{"presets":[{"name":"new","mode":"error","error_rate":2}]}`, 400},
	{"GET", "/scenarios/presets/mine?format=xml", "", 400},
	{"GET", "/scenarios/presets/absent", "", 404},
	{"POST", "/scenarios/presets/mine", "", 200},
	{"POST", "/scenarios/presets/staging", `{"reason":"drill","expires_in":"1h"}`, 200},
	{"POST", "/scenarios/presets/absent", "", 404},
	{"POST", "/scenarios/presets/staging", `{"expires_in":"soon"}`, 400},
	{"PUT", "/scenarios/presets/mine", `{"name":"mine","mode":"healthy"}`, 200},
	{"PUT", "/scenarios/presets/absent", `{"name":"absent","mode":"healthy"}`, 404},
	{"PUT", "/scenarios/presets/staging", `{"name":"staging","mode":"healthy"}`, 409},
	{"DELETE", "/scenarios/presets/mine", "", 204},
	{"DELETE", "/scenarios/presets/mine", "", 404},
	{"DELETE", "/scenarios/presets/staging", "", 409},
	{"GET", "/scenarios/rules", "", 200},
	{"PUT", "/scenarios/rules", `{"rules":[{"name":"r","target":{"path":"/users/{id}"},"mode":"degraded","latency_multiplier":3}]}`, 200},
	{"GET", "/scenarios/rules", "", 200},
	{"PUT", "/scenarios/rules", `{"rules":[{"name":"r","target":{"path":"users"},"mode":"error"}]}`, 400},
	{"POST", "/scenarios/stop", `{"reason":"enough"}`, 200},
	{"POST", "/scenarios/stop", "", 200},
	{"GET", "/scenarios/history", "", 200},
	{"GET", "/scenarios/history?before=3&limit=2", "", 200},
	{"GET", "/scenarios/history?limit=201", "", 400},
	{"GET", "/scenarios/changes?from=2026-03-14T15:00:00Z&to=2026-03-14T16:00:00Z&limit=3", "", 200},
	{"GET", "/scenarios/changes?from=2026-03-14T15:00:00Z", "", 400},
	{"GET", "/scenarios/changes?from=2026-03-14T15:00:00Z&to=2026-03-14T16:00:00Z&limit=2001", "", 400},
	{"GET", "/scenarios/changes?from=2026-03-14T15:00:00Z&to=2026-03-14T16:00:00Z&before=3", "", 400},
	{"GET", "/instances", "", 200},
	{"GET", "/about", "", 200},
	{"GET", "/traffic", "", 200},
	{"GET", "/traffic?from=2026-03-14T15:00:00Z&to=2026-03-14T15:01:00Z&step=5s", "", 200},
	{"GET", "/traffic?gateway=shop", "", 200},
	{"GET", "/traffic?step=1ms", "", 400},
	{"GET", "/traffic?gateway=%FF", "", 400},
	{"GET", "/traffic/series?from=2026-03-14T15:00:00Z&to=2026-03-14T15:01:00Z&step=5s&by=route&limit=2&gateways=shop&gateways=bank", "", 200},
	{"GET", "/traffic/series?from=2026-03-14T15:00:00Z&to=2026-03-14T15:01:00Z", "", 400},
	{"GET", "/traffic/series?from=2026-03-14T15:00:00Z&to=yesterday&step=5s", "", 400},
	{"GET", "/traffic/series?from=2026-03-14T15:00:00Z&to=2026-03-14T15:01:00Z&step=5s&limit=0", "", 400},
	{"GET", "/traffic/series?from=2026-03-14T15:00:00Z&to=2026-03-14T15:01:00Z&step=5s&consumers=web", "", 400},
	{"GET", "/recordings/values?field=routes&limit=3&gateways=shop", "", 200},
	{"GET", "/recordings/values?field=routes&limit=1001", "", 400},
	{"GET", "/recordings/values?field=routes&speed=1", "", 400},
	{"GET", "/recordings/volume?from=2026-03-14T15:00:00Z&to=2026-03-14T15:01:00Z&step=1m", "", 200},
	{"GET", "/recordings/volume?from=2026-03-14T15:00:00Z&to=2026-03-14T15:01:00Z", "", 400},
	{"GET", "/recordings/volume?step=1m&statuses=sick", "", 400},
	{"POST", "/recordings/query", `{"limit":10,"modes":["chaos"],"injected":true,"statuses":["5xx"]}`, 200},
	{"POST", "/recordings/query", `{"modes":["error"]}`, 200},
	{"POST", "/recordings/query", `{"limit":1001}`, 400},
	{"POST", "/recordings/query", `{"speed":1}`, 400},
	{"GET", "/recordings/stats?methods=GET&methods=POST&injected=false&min_duration_ms=1.5&from=2026-03-14T15:00:00Z", "", 200},
	{"GET", "/recordings/stats?injected=perhaps", "", 400},
	{"GET", "/recordings/export?format=har&limit=5&methods=GET", "", 200},
	{"GET", "/recordings/export?format=jsonl", "", 200},
	{"GET", "/recordings/export?format=csv&modes=error", "", 200},
	{"GET", "/recordings/export?format=openapi", "", 200},
	{"GET", "/recordings/export?format=k6", "", 200},
	{"GET", "/recordings/export?format=curl", "", 200},
	{"GET", "/recordings/export?format=mocks&injected=true", "", 200},
	{"GET", "/recordings/export", "", 400},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/export?format=curl", "", 200},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/export?format=mocks", "", 200},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/export", "", 400},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdee/export?format=k6", "", 404},
	{"GET", "/recordings/export?format=xml", "", 400},
	{"GET", "/recordings/export?format=har&limit=100001", "", 400},
	{"POST", "/recordings/import", importedLine, 200},
	{"POST", "/recordings/import", `{}`, 400},
	{"POST", "/recordings/import?format=har", importedLine, 400},
	{"GET", "/recordings/patterns", "", 200},
	{"GET", "/recordings/patterns?from=2026-03-14T15:00:00Z&gateways=shop", "", 200},
	{"GET", "/recordings/patterns?refresh=true", "", 400},
	{"POST", "/recordings/patterns", "", 200},
	{"POST", "/recordings/patterns", `{"from":"2026-03-14T15:00:00Z","gateways":["shop"]}`, 200},
	{"POST", "/recordings/patterns", `{"refresh":true}`, 400},
	{"GET", "/recordings/diagram?trace_id=0af7651916cd43dd8448eb211c80319c", "", 200},
	{"GET", "/recordings/diagram?consumer=web&from=2026-03-14T15:00:00Z&to=2026-03-14T16:00:00Z&format=mermaid", "", 200},
	{"GET", "/recordings/diagram?consumer=web&format=plantuml&limit=3", "", 200},
	{"GET", "/recordings/diagram", "", 400},
	{"GET", "/recordings/diagram?consumer=web&format=svg", "", 400},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", "", 200},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", `{"header_overrides":{"Authorization":"x"},"ignore_fields":["$.timestamp"]}`, 200},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", `{"header_overrides":{"Host":"evil"}}`, 400},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdee", "", 404},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", `{"target":"staging","scenario":{"mode":"error","error_rate":0.5}}`, 200},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", `{"scenarios":[{"mode":"healthy"},{"mode":"degraded","latency_multiplier":3}]}`, 200},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", `{"scenarios":[{"mode":"sick"}]}`, 400},
	{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", `{"scenario":{"mode":"error"},"scenarios":[{"mode":"healthy"}]}`, 400},
	{"POST", "/recordings/replays", `{"filter":{"routes":["/a"]},"limit":10,"pace":{"mode":"rate","rate":50},"header_overrides":{"Authorization":"Bearer x"},"scenario":{"mode":"error"}}`, 201},
	{"POST", "/recordings/replays", `{"recording_ids":["019cf0a1-7b3c-7def-8123-456789abcdef"],"pace":{"mode":"multiple","multiple":2},"concurrency":3,"scenario":null}`, 201},
	{"POST", "/recordings/replays", `{}`, 400},
	{"POST", "/recordings/replays", `{"filter":{},"limit":10001}`, 400},
	{"POST", "/recordings/replays", `{"filter":{},"concurrency":101}`, 400},
	{"POST", "/recordings/replays", `{"filter":{},"pace":{"mode":"rate","rate":1001}}`, 400},
	{"POST", "/recordings/replays", `{"filter":{},"pace":{"mode":"recorded","rate":1}}`, 400},
	{"POST", "/recordings/replays", `{"filter":{"statuses":["sick"]}}`, 400},
	{"POST", "/recordings/replays", `{"filter":{},"header_overrides":{"Host":"evil"}}`, 400},
	{"GET", "/recordings/replays", "", 200},
	{"GET", "/recordings/replays?cursor=next&limit=5", "", 200},
	{"GET", "/recordings/replays?limit=201", "", 400},
	{"GET", "/recordings/replays?speed=1", "", 400},
	{"GET", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcd00", "", 200},
	{"GET", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcdee", "", 404},
	{"GET", "/recordings/replays/body", "", 400},
	{"GET", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcd00/results", "", 200},
	{"GET", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcd00/results?outcome=skipped", "", 200},
	{"GET", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcd00/results?outcome=perhaps", "", 400},
	{"POST", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcd00/pause", "", 200},
	{"POST", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcd00/resume", "", 200},
	{"POST", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcdef/resume", "", 409},
	{"POST", "/recordings/replays/019cf0a1-7b3c-7def-8123-456789abcd00/stop", "", 200},
	{"POST", "/recordings/replays/7/stop", "", 400},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef", "", 200},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdee", "", 404},
	{"GET", "/recordings/7", "", 400},
	{"POST", "/recordings/query", `{"rules":["r"],"failures":false,"headers":{"x-request-id":"*"},"not":{"routes":["/health"],"headers":{"x":"1"}}}`, 200},
	{"POST", "/recordings/query", `{"not":{"not":{}}}`, 400},
	{"GET", "/recordings/stats?rules=r&failures=true&headers.x-a=b&not.routes=/a&not.routes=/b&not.headers.x=*", "", 200},
	{"GET", "/recordings/stats?not.not.routes=/a", "", 400},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/body", "", 200},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/body?part=message:0", "", 200},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/body?part=message:1", "", 404},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/body?part=all", "", 400},
	{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdee/body", "", 404},
	{"PUT", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/tags", `{"tags":["slow","slow"]}`, 200},
	{"PUT", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/tags", `{"tags":[]}`, 200},
	{"PUT", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/tags", `{"tags":[""]}`, 400},
	{"PUT", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/tags", `{}`, 400},
	{"PUT", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdee/tags", `{"tags":[]}`, 404},
	{"GET", "/openapi.yaml", "", 200},
}

func TestAnswersAreAsTheOpenAPIDocumentSays(t *testing.T) {
	router := newRouter(t)
	s := newServer(t, nil)
	seen := map[string]bool{}
	for _, c := range story {
		a := s.send(c.method, c.target, c.body)
		if a.status != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.target, c.body, a.status, a.body, c.status)
			continue
		}
		holdTo(t, router, c, a)
		if c.status < 300 {
			seen[c.method+" "+strings.SplitN(c.target, "?", 2)[0]] = true
		}
	}
	for _, pattern := range api.RoutePatterns() {
		if pattern == "GET /ws/metrics" {
			continue
		}
		probe := strings.NewReplacer("{name}", "mine", "{id}", recordingID.String(), "{job}", jobID.String()).Replace(pattern)
		if !seen[probe] {
			t.Errorf("the story does not go through %s", pattern)
		}
	}
}

func TestFailuresAreAsTheOpenAPIDocumentSays(t *testing.T) {
	router := newRouter(t)
	secret := errors.New("password=hunter2")
	for name, test := range map[string]struct {
		change func(*api.Options)
		status int
	}{
		"no ports":         {func(o *api.Options) { *o = api.Options{Authorize: o.Authorize} }, 503},
		"database away":    {func(o *api.Options) { ports(o, fmt.Errorf("%w: %w", api.ErrUnavailable, secret)) }, 503},
		"query too long":   {func(o *api.Options) { ports(o, fmt.Errorf("%w: %w", api.ErrTooLong, secret)) }, 504},
		"something broken": {func(o *api.Options) { ports(o, secret) }, 500},
		"no credentials": {func(o *api.Options) {
			o.Authorize = func(*http.Request) (api.Actor, error) { return api.Actor{}, api.ErrUnauthenticated }
		}, 401},
		"wrong account": {func(o *api.Options) {
			o.Authorize = func(*http.Request) (api.Actor, error) { return api.Actor{}, errors.New("not you") }
		}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, test.change)
			for _, c := range story {
				if c.status >= 300 || (c.target == "/openapi.yaml" || c.target == "/about" && name != "no ports") && test.status >= 500 {
					continue
				}
				a := s.send(c.method, c.target, c.body)
				if a.status != test.status || strings.Contains(a.body, "hunter2") {
					t.Errorf("%s %s: %d %s, want %d", c.method, c.target, a.status, a.body, test.status)
					continue
				}
				holdTo(t, router, c, a)
			}
		})
	}
}

func ports(o *api.Options, err error) {
	f := failing{err}
	o.Scenarios, o.Instances, o.Recordings, o.Traffic, o.Replays, o.ReplayJobs, o.Patterns, o.Importer = f, f, f, f, f, f, f, f
	o.Sums, o.Series, o.Changes = f, f, f
}

func newRouter(t testing.TB) routers.Router {
	t.Helper()
	router, err := gorillamux.NewRouter(document(t))
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// holdTo checks the answer, and the request where the answer says that it was good.
func holdTo(t *testing.T, router routers.Router, c call, a answer) {
	t.Helper()
	r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	route, parameters, err := router.FindRoute(r)
	if err != nil {
		t.Errorf("%s %s: %v", c.method, c.target, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route}
	if a.status < 300 {
		if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Errorf("%s %s %s was good, but: %v", c.method, c.target, c.body, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header, Body: io.NopCloser(bytes.NewBufferString(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("%s %s answered %d %s: %v", c.method, c.target, a.status, a.body, err)
	}
}
