package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// cors lets pages of these origins read answers.
func cors(origins ...string) change {
	return func(o *gateway.Options, c *confighttp.ServerConfig) {
		o.CORS = true
		c.CORS = configoptional.Some(confighttp.CORSConfig{AllowedOrigins: origins, ExposedHeaders: []string{"X-Of-Server"}})
	}
}

// crossOrigin returns the headers of an answer that a browser reads before it lets a page of another origin do so, as they
// came.
func crossOrigin(t *testing.T, address, request string) (status string, headers []string) {
	t.Helper()
	got, err := wire(t, address, request)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(got, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "Access-Control-") {
			headers = append(headers, line)
		}
	}
	return strings.TrimPrefix(lines[0], "HTTP/1.1 "), headers
}

func from(origin, more string) string {
	return "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nOrigin: " + origin + "\r\n" + more + "\r\n"
}

const page = "https://page.example"

func TestOneOriginIsAllowedAndThatOfTheUpstreamFirst(t *testing.T) {
	for name, test := range map[string]struct {
		upstream http.Header
		changes  []change
		want     []string
	}{
		"nobody":                  {nil, nil, nil},
		"the upstream":            {http.Header{"Access-Control-Allow-Origin": {page}, "Access-Control-Allow-Credentials": {"true"}}, nil, []string{"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: " + page}},
		"the server":              {nil, []change{cors(page)}, []string{"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: " + page, "Access-Control-Expose-Headers: X-Of-Server"}},
		"both":                    {http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {"X-Own"}}, []change{cors(page)}, []string{"Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: X-Own"}},
		"both, the same":          {http.Header{"Access-Control-Allow-Origin": {page}, "Access-Control-Allow-Credentials": {"true"}}, []change{cors(page)}, []string{"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: " + page}},
		"both, the server anyone": {http.Header{"Access-Control-Allow-Origin": {page}}, []change{cors("*")}, []string{"Access-Control-Allow-Origin: " + page}},
		"the upstream, which the server would not": {http.Header{"Access-Control-Allow-Origin": {page}}, []change{cors("https://other.example")}, []string{"Access-Control-Allow-Origin: " + page}},
		"the server, credentials twice":            {http.Header{"Access-Control-Allow-Credentials": {"true"}}, []change{cors(page)}, []string{"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: " + page, "Access-Control-Expose-Headers: X-Of-Server"}},
	} {
		t.Run(name, func(t *testing.T) {
			up := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				for name, values := range test.upstream {
					w.Header()[name] = values
				}
				_, _ = io.WriteString(w, "ok")
			})
			g := serve(t, up.URL, test.changes...)
			status, got := crossOrigin(t, g.Addr, from(page, ""))
			if diff := cmp.Diff(test.want, got); diff != "" || status != "200 OK" {
				t.Errorf("%s: (-want +got):\n%s", status, diff)
			}
			// What the upstream allows it allows with an answer that is harmed, too.
			g = serve(t, up.URL, append(test.changes, faulty(scenario.Fault{Kind: scenario.FaultReplace, Status: new(500)}))...)
			status, got = crossOrigin(t, g.Addr, from(page, ""))
			if diff := cmp.Diff(test.want, got); diff != "" || !strings.HasPrefix(status, "500 ") {
				t.Errorf("replaced, %s: (-want +got):\n%s", status, diff)
			}
		})
	}
}

func TestAPageOfAnotherOriginReadsInjectedErrors(t *testing.T) {
	up := upstream(t, func(http.ResponseWriter, *http.Request) {}).URL
	reflected := func(origin, exposed string) []string {
		return []string{"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: " + origin, "Access-Control-Expose-Headers: " + exposed}
	}
	unmarked := func(o *gateway.Options, _ *confighttp.ServerConfig) { o.FaultHeader = false }
	down := func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Upstream.Host = "127.0.0.1:1" }
	for name, test := range map[string]struct {
		request string
		changes []change
		status  string
		want    []string
	}{
		"a mode":             {from(page, ""), []change{errorsWith(503)}, "503", reflected(page, "X-MockForge-Fault")},
		"without the header": {from(page, ""), []change{errorsWith(503), unmarked}, "503", []string{"Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: " + page}},
		"a sandboxed page":   {from("null", ""), []change{errorsWith(503)}, "503", reflected("null", "X-MockForge-Fault")},
		"a limit": {
			from(page, ""),
			[]change{faulty(scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(0)})},
			"429",
			reflected(page, "Ratelimit-Limit, Ratelimit-Remaining, Ratelimit-Reset, Retry-After, X-MockForge-Fault, X-Ratelimit-Limit, X-Ratelimit-Remaining, X-Ratelimit-Reset"),
		},
		"headers of the fault": {
			from(page, ""),
			[]change{faulty(scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{500}, SetHeaders: map[string]string{"x-why": "storm", "expires": "0"}, RetryAfterS: new(1)})},
			"500",
			reflected(page, "Retry-After, X-MockForge-Fault, X-Why"),
		},
		"an origin of the fault": {
			from(page, ""),
			[]change{faulty(scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{500}, SetHeaders: map[string]string{"access-control-allow-origin": "https://other.example"}})},
			"500",
			reflected("https://other.example", "X-MockForge-Fault"),
		},
		"GraphQL":                       {strings.Replace(from(page, ""), "/a", "/graphql?query={a}", 1), []change{errorsWith(503)}, "200", reflected(page, "X-MockForge-Fault")},
		"a WebSocket":                   {from(page, "Upgrade: websocket\r\n"), []change{errorsWith(503)}, "503", reflected(page, "X-MockForge-Fault")},
		"no page":                       {get[:len(get)-2] + "Connection: close\r\n\r\n", []change{errorsWith(503)}, "503", nil},
		"two origins":                   {from(page, "Origin: https://other.example\r\n"), []change{errorsWith(503)}, "503", nil},
		"whom the server allows":        {from(page, ""), []change{cors(page), errorsWith(503)}, "503", reflected(page, "X-Of-Server")},
		"whom the server does not":      {from(page, ""), []change{cors("https://other.example"), errorsWith(503)}, "503", nil},
		"what is no fault":              {from(page, ""), []change{down}, "502", nil},
		"what is no fault, and allowed": {from(page, ""), []change{down, cors(page)}, "502", reflected(page, "X-Of-Server")},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, up, test.changes...)
			status, got := crossOrigin(t, g.Addr, test.request)
			if diff := cmp.Diff(test.want, got); diff != "" || !strings.HasPrefix(status, test.status+" ") {
				t.Errorf("%s: (-want +got):\n%s", status, diff)
			}
		})
	}
}

// A browser hides from the page what a preflight was answered with: refused ones would make each error the same one.
func TestPreflightsPassFaultsThatAreNotForThem(t *testing.T) {
	asked := 0
	up := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.WriteHeader(http.StatusNoContent)
	})
	preflight := strings.Replace(from(page, "Access-Control-Request-Method: DELETE\r\n"), "GET", "OPTIONS", 1)
	g := serve(t, up.URL, errorsWith(503))
	if status, got := crossOrigin(t, g.Addr, preflight); status != "204 No Content" || asked != 1 || !cmp.Equal(got, []string{"Access-Control-Allow-Origin: " + page}) {
		t.Errorf("a preflight got %s %q, the upstream was asked %d times", status, got, asked)
	}
	// No preflight is answered for the upstream, which might refuse: the request itself meets its error.
	if status, _ := crossOrigin(t, g.Addr, strings.Replace(from(page, ""), "GET", "DELETE", 1)); !strings.HasPrefix(status, "503 ") || asked != 1 {
		t.Errorf("its request got %s", status)
	}
	if status, _ := crossOrigin(t, g.Addr, strings.Replace(from(page, ""), "GET", "OPTIONS", 1)); !strings.HasPrefix(status, "503 ") || asked != 1 {
		t.Errorf("OPTIONS that is no preflight got %s", status)
	}
	g = serve(t, up.URL, ruled(scenario.Target{Methods: []string{"OPTIONS"}}))
	if status, got := crossOrigin(t, g.Addr, preflight); !strings.HasPrefix(status, "503 ") || asked != 1 || len(got) != 3 || got[1] != "Access-Control-Allow-Origin: "+page {
		t.Errorf("a preflight that a rule names got %s %q, the upstream was asked %d times", status, got, asked)
	}
}
