package recording

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// stub is a mock as a reader of the YAML finds it.
type stub struct {
	Name       string
	Method     string
	Path       string
	Operation  string
	Query      map[string]string
	Status     int
	Headers    map[string]any
	Body       string
	BodyBase64 string `yaml:"body_base64"`
	GRPCStatus int    `yaml:"grpc_status"`
	// GRPCMessage goes with it.
	GRPCMessage string `yaml:"grpc_message"`
	Delay       string
}

func stubs(t testing.TB, recordings ...Recording) ([]stub, string) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteMocks(&b, sequence(recordings...)); err != nil {
		t.Fatal(err)
	}
	var document struct{ Mocks []stub }
	decoder := yaml.NewDecoder(bytes.NewReader(b.Bytes()))
	decoder.KnownFields(true)
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	return document.Mocks, b.String()
}

func answerOf(method, path string, query Values, status int, body string, at int) Recording {
	return Recording{
		Protocol: HTTP, Method: method, Path: path, QueryParams: query, ResponseStatus: status, Timestamp: time.Unix(int64(at), 0),
		ResponseBody: Body{Content: []byte(body), Size: int64(len(body))},
	}
}

func TestMocksAreTheNewestGoodAnswerOfEachRequest(t *testing.T) {
	upstream := 12.4
	injected := answerOf("GET", "/a", nil, 200, "injected", 5)
	injected.Faults = []Fault{{Kind: "error"}}
	slow := answerOf("GET", "/slow", nil, 200, "", 1)
	slow.UpstreamTimeMS = &upstream
	cut := answerOf("GET", "/cut", nil, 200, "ab", 1)
	cut.ResponseBody.Truncated, cut.ResponseBody.Size = true, 90
	got, text := stubs(
		t, answerOf("GET", "/a", nil, 200, "old", 1), answerOf("GET", "/a", nil, 200, "new", 2), answerOf("GET", "/a", nil, 500, "broken", 3),
		answerOf("GET", "/a", Values{"q": {"1"}, "token": {Mask}}, 200, "with query", 4), injected, answerOf("POST", "/a", nil, 201, "", 6),
		answerOf("GET", "/gone", nil, 404, "no", 1), answerOf("GET", "/pay/[redacted]/{x}", nil, 200, "paid", 1), slow, cut, Recording{Protocol: GRPC, ResponseStatus: 200}, answerOf("GET", "/b", nil, 0, "", 1),
	)
	want := []stub{
		{Name: "get-a", Method: "GET", Path: "/a", Query: map[string]string{"q": "1", "token": "*"}, Status: 200, Body: "with query"},
		{Name: "get-a-2", Method: "GET", Path: "/a", Status: 200, Body: "new"},
		{Name: "post-a", Method: "POST", Path: "/a", Status: 201},
		{Name: "get-cut", Method: "GET", Path: "/cut", Status: 200, Body: "ab"},
		{Name: "get-gone", Method: "GET", Path: "/gone", Status: 404, Body: "no"},
		{Name: "get-slow", Method: "GET", Path: "/slow", Status: 200, Delay: "12ms"},
		{Name: "get-pay-any-any", Method: "GET", Path: "/pay/{any}/{any}", Status: 200, Body: "paid"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mocks (-want +got):\n%s\n%s", diff, text)
	}
	if !strings.Contains(text, "# The recorded body was cut: 2 bytes of it are here, 90 were sent.\n") || !strings.Contains(text, "too many: 2\n") {
		t.Error(text)
	}
	if none, _ := stubs(t); len(none) != 0 {
		t.Errorf("of nothing come %v", none)
	}
}

func TestMocksTellOperationsApart(t *testing.T) {
	query := func(operation, body string, at int) Recording {
		r := answerOf("POST", "/graphql", nil, 200, body, at)
		r.Protocol, r.Operation = GraphQL, operation
		return r
	}
	got, text := stubs(t, query("query GetUser", "user", 1), query("mutation AddUser", "added", 2), query("query GetUser", "newer", 3),
		query("query", "unnamed", 4), query("query A, query B", "batch", 3))
	want := []stub{
		{Name: "post-graphql-getuser", Method: "POST", Path: "/graphql", Operation: "GetUser", Status: 200, Body: "newer"},
		{Name: "post-graphql-adduser", Method: "POST", Path: "/graphql", Operation: "AddUser", Status: 200, Body: "added"},
		{Name: "post-graphql", Method: "POST", Path: "/graphql", Status: 200, Body: "unnamed"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mocks (-want +got):\n%s\n%s", diff, text)
	}
}

func TestMocksOfCallsHaveTheirMessages(t *testing.T) {
	call := func(path string, status int, messages ...Message) Recording {
		return Recording{
			Protocol: GRPC, Method: "POST", Path: path, ResponseStatus: 200, GRPCStatus: &status, Messages: messages,
			ResponseHeaders: Values{"Content-Type": {"application/grpc"}, "Grpc-Encoding": {"gzip"}}, ResponseBody: Body{Size: 13, Truncated: true},
		}
	}
	said := func(direction, content string) Message {
		return Message{Direction: direction, Kind: "grpc", Body: Body{Content: []byte(content), Size: int64(len(content))}}
	}
	gone := call("/shop.Shop/Gone", 5)
	gone.ResponseTrailers = Values{"Grpc-Status": {"5"}, "Grpc-Message": {"no%20such%20thing"}}
	cut := said("out", "part")
	cut.Body.Size, cut.Body.Truncated = 90, true
	masked := said("out", "name [redacted]")
	masked.Body.Redacted = true
	gone.ResponseBody = Body{}
	get := call("/shop.Shop/Get", 0, said("in", "ask"), said("out", "a"), said("out", "bc"))
	worse := call("/shop.Shop/Get", 14)
	worse.Timestamp, worse.ResponseBody = get.Timestamp.Add(time.Second), Body{}
	got, text := stubs(t, get, worse, gone, call("/shop.Shop/Cut", 0, cut), call("/shop.Shop/Masked", 0, masked), call("/shop.Shop/Missing", 0, said("out", "a")))
	want := []stub{
		{
			Name: "post-shop-shop-get", Method: "POST", Path: "/shop.Shop/Get", Status: 200, Headers: map[string]any{"Content-Type": "application/grpc"},
			BodyBase64: base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x00\x01a\x00\x00\x00\x00\x02bc")),
		},
		{
			Name: "post-shop-shop-gone", Method: "POST", Path: "/shop.Shop/Gone", Status: 200, Headers: map[string]any{"Content-Type": "application/grpc"},
			GRPCStatus: 5, GRPCMessage: "no such thing",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(text, "too many: 3\n") {
		t.Errorf("mocks (-want +got):\n%s\n%s", diff, text)
	}
}

func TestMocksKeepHostileContentInItsPlace(t *testing.T) {
	recordings := hostile()
	got, text := stubs(t, recordings...)
	if len(got) != len(recordings) {
		t.Fatalf("%d mocks of %d\n%s", len(got), len(recordings), text)
	}
	// The Collector makes one $ of two, and then there is nothing to expand.
	plain := func(s string) string { return strings.ReplaceAll(s, "$$", "$") }
	found := map[string]int{}
	for _, m := range got {
		body := plain(m.Body)
		if m.BodyBase64 != "" {
			raw, err := base64.StdEncoding.DecodeString(m.BodyBase64)
			if err != nil {
				t.Error(err)
			}
			body = string(raw)
		}
		found[body+"|"+plain(m.Query[`q'"`])]++
		if diff := cmp.Diff(map[string]any{"Content-Type": `text/plain; x='"$${env:HOME}`, "X-Multi": []any{"1", "2"}}, m.Headers); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
	}
	for _, r := range recordings {
		query := strings.ToValidUTF8(r.QueryParams[`q'"`][0], "\uFFFD")
		if strings.Contains(query, "\x00") {
			query = anyValue // which a mock cannot be configured with
		}
		if found[string(r.ResponseBody.Content)+"|"+query] != 1 {
			t.Errorf("%q is not there once:\n%s", r.ResponseBody.Content, text)
		}
	}
}

func TestMocksAreBounded(t *testing.T) {
	var recordings []Recording
	for i := range 2 * maxMocks {
		recordings = append(recordings, answerOf("GET", "/"+strings.Repeat("x", i%(maxMocks+9)), nil, 200, "x", i))
	}
	if got, text := stubs(t, recordings...); len(got) != maxMocks || !strings.Contains(text, "too many: 9\n") {
		t.Errorf("%d mocks, %.200s", len(got), text)
	}
	big := strings.Repeat("x", maxMockBytes/3)
	if got, _ := stubs(t, answerOf("GET", "/1", nil, 200, big, 1), answerOf("GET", "/2", nil, 200, big, 1), answerOf("GET", "/3", nil, 200, big, 1)); len(got) != 2 {
		t.Errorf("%d large mocks", len(got))
	}
}

func FuzzMocksComeBack(f *testing.F) {
	f.Add("GET", "/a", "x", "1", "body", "X-A", "v")
	f.Add("GET", "/\n- b", "\t", "${env:X}", "\n  x\n", "X-A", "# c")
	f.Fuzz(func(t *testing.T, method, path, query, value, body, header, text string) {
		r := answerOf(method, path, Values{query: {value}}, 200, body, 1)
		r.ResponseHeaders = Values{header: {text}}
		got, written := stubs(t, r)
		if len(got) == 0 {
			return
		}
		valid := func(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "$", "$$") }
		if path, _ = mockPath(path); got[0].Path != valid(path) || got[0].BodyBase64 == "" && got[0].Body != valid(body) || len(got) != 1 {
			t.Errorf("%q and %q came back as %+v:\n%s", path, body, got[0], written)
		}
	})
}
