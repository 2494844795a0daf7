package mock_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func compiled(t testing.TB, definitions ...mock.Definition) *mock.Set {
	t.Helper()
	set, err := mock.New(definitions, mock.Options{
		GRPCCode: func(int) codes.Code { return codes.Unknown },
		Now:      func() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC) },
		Random:   rand.NewPCG(1, 2),
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func asked(r *http.Request) *scenario.Exchange {
	return &scenario.Exchange{
		Protocol: "http", Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery, Header: r.Header, Consumer: "web",
		Operation: r.Header.Get("Operation"),
	}
}

func TestTheFirstMockWhoseConditionsHoldAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		condition mock.Definition
		hit, miss func() *http.Request
	}{
		"method": {
			mock.Definition{Method: "post", Path: "/"},
			func() *http.Request { return httptest.NewRequest("POST", "/", nil) },
			func() *http.Request { return httptest.NewRequest("GET", "/", nil) },
		},
		"path of one segment": {
			mock.Definition{Path: "/users/{id}"},
			func() *http.Request { return httptest.NewRequest("GET", "/users/1", nil) },
			func() *http.Request { return httptest.NewRequest("GET", "/users/1/x", nil) },
		},
		"path without its segment": {
			mock.Definition{Path: "/users/{id}"},
			func() *http.Request { return httptest.NewRequest("GET", "/users/x", nil) },
			func() *http.Request { return httptest.NewRequest("GET", "/users/", nil) },
		},
		"path with all below": {
			mock.Definition{Path: "/old/**"},
			func() *http.Request { return httptest.NewRequest("GET", "/old", nil) },
			func() *http.Request { return httptest.NewRequest("GET", "/older", nil) },
		},
		"query": {
			mock.Definition{Path: "/**", Query: map[string]string{"q": "a b", "page": "*"}},
			func() *http.Request { return httptest.NewRequest("GET", "/x?page=&q=a+b", nil) },
			func() *http.Request { return httptest.NewRequest("GET", "/x?q=a+b", nil) },
		},
		"header": {
			mock.Definition{Path: "/", MatchHeaders: map[string]string{"x-tenant": "blue"}},
			func() *http.Request { return with("X-Tenant", "blue") },
			func() *http.Request { return with("X-Tenant", "red") },
		},
		"operation": {
			mock.Definition{Operation: "GetUser"},
			func() *http.Request { return with("Operation", "query GetUser") },
			func() *http.Request { return with("Operation", "query GetUsers") },
		},
		"consumer": {
			mock.Definition{Path: "/", Consumer: "web"},
			func() *http.Request { return httptest.NewRequest("GET", "/", nil) },
			func() *http.Request { return httptest.NewRequest("GET", "/other", nil) },
		},
		"part of the body": {
			mock.Definition{Path: "/", BodyContains: "sku-7"},
			func() *http.Request { return sent(`<order>sku-7</order>`) },
			func() *http.Request { return sent(strings.Repeat(" ", mock.MaxRead) + "sku-7") },
		},
		"value in the body": {
			mock.Definition{Path: "/", BodyJSON: map[string]any{"items[*].id": 7, "$.user.name": "ann", "paid": true, "note": "*"}},
			func() *http.Request {
				return sent(`{"items":[{"id":3},{"id":7.0}],"user":{"name":"ann"},"paid":true,"note":null}`)
			},
			func() *http.Request {
				return sent(`{"items":[{"id":3}],"user":{"name":"ann"},"paid":true,"note":null}`)
			},
		},
		"object in the body": {
			mock.Definition{Path: "/", BodyJSON: map[string]any{"$": map[string]any{"a": []any{1, "b"}}}},
			func() *http.Request { return sent(` {"a": [1, "b"]}`) },
			func() *http.Request { return sent(`{"a": [1, "b"]} {}`) },
		},
		"body without JSON": {
			mock.Definition{Path: "/", BodyJSON: map[string]any{"a": "*"}},
			func() *http.Request { return sent(`{"a":0}`) },
			func() *http.Request { return httptest.NewRequest("GET", "/", nil) },
		},
		"JSON that is too large": {
			mock.Definition{Path: "/", BodyJSON: map[string]any{"a": "*"}},
			func() *http.Request { return sent(`{"a":0}` + strings.Repeat(" ", mock.MaxRead-7)) },
			func() *http.Request { return sent(`{"a":0}` + strings.Repeat(" ", mock.MaxRead-6)) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.condition.Name = "special"
			set := compiled(t, test.condition, mock.Definition{Name: "all others", Path: "/**"})
			for want, r := range map[string]*http.Request{"special": test.hit(), "all others": test.miss()} {
				m := set.Match(asked(r), r)
				if m == nil || m.Name() != want {
					t.Errorf("%s %s is answered by %v, want %s", r.Method, r.URL, m, want)
				}
			}
		})
	}
}

func with(name, value string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set(name, value)
	return r
}

func sent(body string) *http.Request {
	return httptest.NewRequest("POST", "/", strings.NewReader(body))
}

// untouched is a body that must not be read.
type untouched struct{ *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.Error("the body is read")
	return 0, io.EOF
}

func TestABodyIsReadOnlyWhereAMockAsksForIt(t *testing.T) {
	set := compiled(t, mock.Definition{Name: "one", Path: "/orders", BodyContains: "x"})
	r := httptest.NewRequest("POST", "/users", untouched{t})
	if set.Match(asked(r), r) != nil {
		t.Error("matched")
	}
	r = httptest.NewRequest("POST", "/users", untouched{t})
	if set := compiled(t, mock.Definition{Name: "one", Path: "/users"}); set.Match(asked(r), r) == nil {
		t.Error("not matched")
	}
}

func TestABodyThatWasLookedAtIsForwardedWhole(t *testing.T) {
	set := compiled(t, mock.Definition{Name: "one", Path: "/", BodyContains: "never"}, mock.Definition{Name: "two", Path: "/", BodyJSON: map[string]any{"a": 1}})
	for _, size := range []int{0, 1, mock.MaxRead, mock.MaxRead + 1, 3 * mock.MaxRead} {
		want := strings.Repeat("x", size)
		r := sent(want)
		if set.Match(asked(r), r) != nil {
			t.Error("matched")
		}
		if got, err := io.ReadAll(r.Body); err != nil || string(got) != want {
			t.Errorf("of %d bytes %d are left (%v)", size, len(got), err)
		}
	}
	broken := errors.New("broken off")
	r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("beginning"), failing{broken}))
	set.Match(asked(r), r)
	if got, err := io.ReadAll(r.Body); string(got) != "beginning" || !errors.Is(err, broken) {
		t.Errorf("got %q (%v), want the beginning and the error", got, err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// answered returns what the only mock of a set answers.
func answered(t *testing.T, d mock.Definition, r *http.Request) (status int, header http.Header, body string) {
	t.Helper()
	d.Name = "one"
	if d.Path == "" {
		d.Path = "/**"
	}
	set := compiled(t, d)
	return answeredBy(t, set, r)
}

func answeredBy(t *testing.T, set *mock.Set, r *http.Request) (status int, header http.Header, body string) {
	t.Helper()
	m := set.Match(asked(r), r)
	if m == nil {
		t.Fatalf("%s %s matches no mock", r.Method, r.URL)
	}
	response, err := m.Answer(t.Context(), asked(r), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

func TestAnAnswerIsWhatWasConfigured(t *testing.T) {
	file := filepath.Join(t.TempDir(), "answer.bin")
	if err := os.WriteFile(file, []byte{0, 1, 2}, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		response mock.Response
		status   int
		header   http.Header
		body     string
	}{
		"nothing":  {mock.Response{}, 200, http.Header{"Content-Length": {"0"}}, ""},
		"text":     {mock.Response{Status: 404, Body: "{{not a template}}"}, 404, http.Header{"Content-Length": {"18"}, "Content-Type": {"application/json"}}, "{{not a template}}"},
		"list":     {mock.Response{Body: " [1]"}, 200, http.Header{"Content-Length": {"4"}, "Content-Type": {"application/json"}}, " [1]"},
		"bytes":    {mock.Response{BodyBase64: "AAEC"}, 200, http.Header{"Content-Length": {"3"}}, "\x00\x01\x02"},
		"file":     {mock.Response{BodyFile: file}, 200, http.Header{"Content-Length": {"3"}}, "\x00\x01\x02"},
		"no body":  {mock.Response{Status: 204, Body: "not sent"}, 204, http.Header{}, ""},
		"repeated": {mock.Response{Headers: map[string]any{"set-cookie": []any{"a=1", "b=2"}, "X-N": 7}}, 200, http.Header{"Content-Length": {"0"}, "Set-Cookie": {"a=1", "b=2"}, "X-N": {"7"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, header, body := answered(t, mock.Definition{Response: test.response}, httptest.NewRequest("GET", "/", nil))
			if status != test.status || body != test.body {
				t.Errorf("answered %d %q, want %d %q", status, body, test.status, test.body)
			}
			if diff := cmp.Diff(test.header, header); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
	status, header, body := answered(t, mock.Definition{Response: mock.Response{Body: "long"}}, httptest.NewRequest("HEAD", "/", nil))
	if status != 200 || header.Get("Content-Length") != "4" || body != "" {
		t.Errorf("HEAD is answered %d %v %q", status, header, body)
	}
}

func TestTemplatesSeeTheRequest(t *testing.T) {
	r := httptest.NewRequest("POST", "/users/a-7/orders/b?q=x&q=y&pct=100%&list=1;q=2", strings.NewReader(`{"user":{"name":"Ann","tags":["a","b"]},"count":3}`))
	r.Header.Set("X-Tenant", "blue")
	for source, want := range map[string]string{
		`{{.Method}} {{.Path}} {{.Host}} {{.Consumer}} {{.Protocol}}`:             "POST /users/a-7/orders/b example.com web http",
		`{{.PathValue "id"}} {{.PathValue "order"}}{{.PathValue "none"}}`:         "a-7 b",
		`{{.Query "q"}}{{.Query "none"}} {{.Header "x-tenant"}}`:                  "x blue",
		`{{.Query "pct"}} {{.Query "list"}}`:                                      "100% 1;q=2",
		`{{.JSON.user.name | lower}} {{.JSON.count}} {{index .JSON.user.tags 1}}`: "ann 3 b",
		`{{range $i, $t := .JSON.user.tags}}{{$i}}{{$t}} {{end}}`:                 "0a 1b ",
		`{{.JSON.none.of.these}}`:                                                 "<no value>",
		`{{.JSON.none | default "someone"}}`:                                      "someone",
		`{{len .Body}} {{.Body | sha256sum | trunc 8}}`:                           "50 13ea0ab5",
		`{{.Now.Format "2006-01-02"}} {{.Now | dateModify "24h" | unixEpoch}}`:    "2026-05-04 1777950121",
		`{{json .JSON.user}} {{base64 "a"}} {{add 1 2}} {{printf "%05d" 7}}`:      `{"name":"Ann","tags":["a","b"]} YQ== 3 00007`,
		`{{join "-" .JSON.user.tags}} {{replace "n" "m" .JSON.user.name}}`:        "a-b Amm",
		`{{.Count}}{{if eq .Method "GET"}}get{{else}}other{{end}}`:                "1other",
	} {
		r.Body = io.NopCloser(strings.NewReader(`{"user":{"name":"Ann","tags":["a","b"]},"count":3}`))
		_, _, got := answered(t, mock.Definition{Path: "/users/{id}/orders/{order}", Template: true, Response: mock.Response{Body: source}}, r)
		if got != want {
			t.Errorf("%s makes %q, want %q", source, got, want)
		}
	}
	status, header, _ := answered(t, mock.Definition{Path: "/users/{id}/**", Template: true, Response: mock.Response{
		Status: `{{if eq (.PathValue "id") "a-7"}}404{{else}}200{{end}}`, Headers: map[string]any{"X-Id": `{{.PathValue "id"}}`},
	}}, r)
	if status != 404 || header.Get("X-Id") != "a-7" {
		t.Errorf("answered %d %v", status, header)
	}
}

func TestChanceIsDrawnFromTheSource(t *testing.T) {
	source := `{{.UUID}} {{.RandomInt 1 6}} {{.RandomText 5}} {{.RandomItem "a" "b"}}`
	var before string
	for range 2 {
		_, _, got := answered(t, mock.Definition{Template: true, Response: mock.Response{Body: source}}, httptest.NewRequest("GET", "/", nil))
		if before != "" && got != before {
			t.Errorf("drew %q, then %q", before, got)
		}
		if before = got; len(strings.Fields(got)) != 4 || len(got) != 36+1+1+1+5+1+1 {
			t.Errorf("drew %q", got)
		}
	}
}

// What a request may hold must neither stop the gateway nor fill its memory.
func TestTemplatesEnd(t *testing.T) {
	list := `{"a":[` + strings.TrimSuffix(strings.Repeat("1,", 20000), ",") + `]}`
	for source, problem := range map[string]string{
		`{{range .JSON.a}}{{range $.JSON.a}}{{end}}{{end}}`:                         "takes more than 10000 passes",
		`{{range 1000000000}}{{if false}}{{else}}{{range 10}}{{end}}{{end}}{{end}}`: "takes more than 10000 passes",
		`{{$s := .Body}}{{range .JSON.a}}{{$s = printf "%s%s" $s $s}}{{end}}`:       "makes more than 1048576 bytes",
		`{{range .JSON.a}}{{$.Body}}{{end}}`:                                        "makes more than 1048576 bytes",
		`{{replace "1" .Body .Body}}`:                                               "makes more than 1048576 bytes",
		`{{join .Body .JSON.a}}`:                                                    "makes more than 1048576 bytes",
		`{{printf "%9999999d" 1}}`:                                                  "widths must be below 1000",
		`{{div 1 0}}`:                                                               "divide by zero",
		`{{fail "no such user"}}`:                                                   "no such user",
		`{{.RandomInt 5 1}}`:                                                        "5 is above 1",
		`{{with .JSON}}{{with .a}}{{range .}}{{range $.JSON.a}}{{end}}{{end}}{{end}}{{end}}`:   "takes more than 10000 passes",
		`{{range .JSON.none}}{{else}}{{range .JSON.a}}{{range $.JSON.a}}{{end}}{{end}}{{end}}`: "takes more than 10000 passes",
	} {
		set := compiled(t, mock.Definition{Name: "one", Path: "/", Template: true, Response: mock.Response{Body: source}})
		r := sent(list)
		_, err := set.Match(asked(r), r).Answer(t.Context(), asked(r), r, nil)
		if err == nil || !strings.Contains(err.Error(), problem) || !strings.HasPrefix(err.Error(), "mock one: body: ") {
			t.Errorf("%s: %v, want it to say %q", source, err, problem)
		}
	}
	set := compiled(t, mock.Definition{Name: "one", Path: "/", Template: true, Response: mock.Response{Headers: map[string]any{"X-Name": "{{.JSON.name}}"}}})
	r := sent(`{"name":"a\r\nSet-Cookie: b"}`)
	if _, err := set.Match(asked(r), r).Answer(t.Context(), asked(r), r, nil); err == nil || !strings.Contains(err.Error(), "header X-Name: must be the value of a header") {
		t.Errorf("a line break in a header: %v", err)
	}
}

func TestResponsesAnswerInTurn(t *testing.T) {
	set := compiled(t, mock.Definition{Name: "one", Path: "/", Responses: []mock.Response{{Status: 503}, {Status: 429}, {}}})
	var got []int
	for range 5 {
		status, _, _ := answeredBy(t, set, httptest.NewRequest("GET", "/", nil))
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{503, 429, 200, 200, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestADelayIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := httptest.NewRequest("GET", "/", nil)
		start := time.Now()
		answered(t, mock.Definition{Response: mock.Response{Delay: "150ms"}}, r)
		if took := time.Since(start); took != 150*time.Millisecond {
			t.Errorf("took %v", took)
		}
		start = time.Now()
		answered(t, mock.Definition{Response: mock.Response{Delay: map[string]any{"min": "1s", "max": "3s"}}}, r)
		if took := time.Since(start); took < time.Second || took > 3*time.Second {
			t.Errorf("took %v", took)
		}
		set := compiled(t, mock.Definition{Name: "slow", Path: "/", Response: mock.Response{Delay: "1h"}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if _, err := set.Match(asked(r), r).Answer(ctx, asked(r), r, nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("a client that gives up: %v after %v", err, time.Since(start))
		}
		stopping := make(chan struct{})
		close(stopping)
		start = time.Now()
		if response, err := set.Match(asked(r), r).Answer(t.Context(), asked(r), r, stopping); err != nil || response.StatusCode != 200 || time.Since(start) != 0 {
			t.Errorf("a gateway that stops: %v after %v", err, time.Since(start))
		}
	})
}

func TestCallsAreAnsweredInFrames(t *testing.T) {
	// The message that encodes a field 1 with the text "ok".
	const message = "\x0a\x02ok"
	framed := "\x00\x00\x00\x00\x04" + message
	for name, test := range map[string]struct {
		response        mock.Response
		header, trailer http.Header
		body            string
	}{
		"a message":       {mock.Response{BodyBase64: "CgJvaw=="}, http.Header{}, http.Header{"Grpc-Status": {"2"}}, framed},
		"a framed one":    {mock.Response{BodyBase64: "AAAAAAQKAm9r", GRPCStatus: 0}, http.Header{}, http.Header{"Grpc-Status": {"0"}}, framed},
		"an empty one":    {mock.Response{GRPCStatus: "ok"}, http.Header{}, http.Header{"Grpc-Status": {"0"}}, "\x00\x00\x00\x00\x00"},
		"an error":        {mock.Response{GRPCStatus: "NOT_FOUND", GRPCMessage: "ü %"}, http.Header{"Grpc-Status": {"5"}, "Grpc-Message": {"%C3%BC %25"}}, nil, ""},
		"message, error":  {mock.Response{GRPCStatus: 8, BodyBase64: "CgJvaw=="}, http.Header{}, http.Header{"Grpc-Status": {"8"}}, framed},
		"by HTTP status":  {mock.Response{Status: 503}, http.Header{"Grpc-Status": {"2"}}, nil, ""},
		"own media type":  {mock.Response{GRPCStatus: 5, Headers: map[string]any{"Content-Type": "application/grpc+proto"}}, http.Header{"Content-Type": {"application/grpc+proto"}, "Grpc-Status": {"5"}}, nil, ""},
		"own header, too": {mock.Response{GRPCStatus: 5, Headers: map[string]any{"X-A": "b"}}, http.Header{"X-A": {"b"}, "Grpc-Status": {"5"}}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			set := compiled(t, mock.Definition{Name: "call", Operation: "shop.Shop/Get", Response: test.response})
			r := with("Operation", "shop.Shop/Get")
			x := asked(r)
			x.Protocol = "grpc"
			response, err := set.Match(x, r).Answer(t.Context(), x, r, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			if test.header.Get("Content-Type") == "" {
				test.header.Set("Content-Type", "application/grpc")
			}
			response.Header.Del("Content-Length")
			if diff := cmp.Diff([]any{200, test.header, test.trailer, test.body}, []any{response.StatusCode, response.Header, response.Trailer, string(body)}); diff != "" {
				t.Errorf("answered (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAWrongMockNamesItsKey(t *testing.T) {
	for want, d := range map[string]mock.Definition{
		"name: is required":                                               {Path: "/"},
		"path: is required":                                               {Name: "a"},
		`path: must begin with /, is "users"`:                             {Name: "a", Path: "users"},
		`method: must be an HTTP method`:                                  {Name: "a", Path: "/", Method: "G T"},
		`match_headers`:                                                   {Name: "a", Path: "/", MatchHeaders: map[string]string{"a b": "c"}},
		`body_json.a[: must be a JSONPath`:                                {Name: "a", Path: "/", BodyJSON: map[string]any{"a[": 1}},
		`status: must be between 200 and 599, is 99`:                      {Name: "a", Path: "/", Response: mock.Response{Status: 99}},
		`status: must be between 200 and 599, is {{1}}`:                   {Name: "a", Path: "/", Response: mock.Response{Status: "{{1}}"}},
		`headers.A B: must be the name of a header`:                       {Name: "a", Path: "/", Response: mock.Response{Headers: map[string]any{"A B": "c"}}},
		`headers.content-length: must not be set`:                         {Name: "a", Path: "/", Response: mock.Response{Headers: map[string]any{"content-length": "1"}}},
		`headers.A: must be the value of a header`:                        {Name: "a", Path: "/", Response: mock.Response{Headers: map[string]any{"A": "a\nb"}}},
		`body: must be a template: line 2: unexpected "}" in operand`:     {Name: "a", Path: "/", Template: true, Response: mock.Response{Body: "x\n{{ .Path }"}},
		`body: must be a template: line 1: function "env" not defined`:    {Name: "a", Path: "/", Template: true, Response: mock.Response{Body: `{{env "HOME"}}`}},
		`body: must not define templates of its own`:                      {Name: "a", Path: "/", Template: true, Response: mock.Response{Body: `{{define "a"}}{{end}}`}},
		`body: must not call templates, calls "a" in line 2`:              {Name: "a", Path: "/", Template: true, Response: mock.Response{Body: "{{if true}}\n{{template \"a\"}}{{end}}"}},
		`headers.A: must be a template: line 1:`:                          {Name: "a", Path: "/", Template: true, Response: mock.Response{Headers: map[string]any{"A": "{{"}}},
		`body_base64: must be base64`:                                     {Name: "a", Path: "/", Response: mock.Response{BodyBase64: "%"}},
		`body_base64: must be the only one of body`:                       {Name: "a", Path: "/", Response: mock.Response{BodyBase64: "AA==", Body: "b"}},
		`grpc_status: must be the name of a gRPC status or its number`:    {Name: "a", Path: "/", Response: mock.Response{GRPCStatus: "LOST"}},
		`delay: must be a duration between 0s and 1h such as 150ms, is "`: {Name: "a", Path: "/", Response: mock.Response{Delay: "2h"}},
		`delay.min: must not be above max, which is 1s, is 2s`:            {Name: "a", Path: "/", Response: mock.Response{Delay: map[string]any{"min": "2s", "max": "1s"}}},
		`delay.mean: is not known`:                                        {Name: "a", Path: "/", Response: mock.Response{Delay: map[string]any{"mean": "2s"}}},
		`responses[1].status: must be between`:                            {Name: "a", Path: "/", Responses: []mock.Response{{}, {Status: 1000}}},
		`responses: must not stand beside status`:                         {Name: "a", Path: "/", Response: mock.Response{Status: 200}, Responses: []mock.Response{{}}},
	} {
		if err := d.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want it to say %q", err, want)
		}
	}
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, make([]byte, mock.MaxBody+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, file := range map[string]string{"must be a file that can be read": large + "-not", "must be a file of at most 1048576 bytes": large} {
		d := mock.Definition{Name: "a", Path: "/", Response: mock.Response{BodyFile: file}}
		if err := d.Validate(); err != nil {
			t.Errorf("a file is looked for before the start: %v", err)
		}
		if _, err := mock.New([]mock.Definition{d}, mock.Options{}); err == nil || !strings.Contains(err.Error(), "mocks[0].body_file: "+want) {
			t.Errorf("error is %v, want it to say %q", err, want)
		}
	}
}
