package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// learnedAPI returns the document of recordings, which a library that others wrote accepts.
func learnedAPI(t testing.TB, recordings ...Recording) (*openapi3.T, map[string]any) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteOpenAPI(&b, sequence(recordings...)); err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	var plain map[string]any
	if err := json.Unmarshal(b.Bytes(), &plain); err != nil {
		t.Fatal(err)
	}
	return doc, plain
}

func orders() []Recording {
	base := func(method, path, route string, status int, body, answer string) Recording {
		return Recording{
			Protocol: HTTP, Gateway: "shop", Method: method, Scheme: "https", Host: "shop.example", Path: path, Route: route, ResponseStatus: status,
			Headers: Values{"Content-Type": {"application/json"}, "User-Agent": {"x"}, "Idempotency-Key": {"k-" + path}, "Authorization": {Mask}},
			Body:    Body{Content: []byte(body), Size: int64(len(body))}, ResponseHeaders: Values{"Content-Type": {"application/json; charset=utf-8"}, "Etag": {`"1"`}},
			ResponseBody: Body{Content: []byte(answer), Size: int64(len(answer))},
		}
	}
	list := []Recording{
		base("POST", "/orders", "/orders", 201, `{"item":7,"note":null}`, `{"id":1,"at":"2026-11-23T12:00:00Z","price":3}`),
		base("POST", "/orders", "/orders", 201, `{"item":8,"note":"gift","card":"[redacted]"}`, `{"id":2,"at":"2026-11-23T12:00:01Z","price":3.5,"lines":[{"sku":"a"},{"sku":"b","n":1}]}`),
		base("POST", "/orders", "/orders", 422, `{"item":"x"}`, `{"error":"no"}`),
		base("DELETE", "/orders/6f1c1f5e-3b1f-4a57-9f1c-0a8f1a2b3c4d", "/orders/{order}", 204, "", ""),
	}
	for i := range 20 {
		r := base("GET", fmt.Sprint("/orders/", i), "/orders/{id}", 200, "", `{"id":`+fmt.Sprint(i)+`,"state":"`+[]string{"open", "paid"}[i%2]+`"}`)
		r.QueryParams = Values{"expand": {"lines"}}
		if i == 3 {
			r.QueryParams = Values{"expand": {"lines", "customer"}, "page": {"2"}}
			delete(r.Headers, "Authorization")
		}
		list = append(list, r)
	}
	return list
}

func TestAnAPIIsLearnedFromItsTraffic(t *testing.T) {
	doc, plain := learnedAPI(t, orders()...)
	var paths []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			paths = append(paths, method+" "+path)
		}
	}
	if len(paths) != 3 || doc.Paths.Find("/orders/{order}") == nil && doc.Paths.Find("/orders/{id}") == nil {
		t.Errorf("paths are %v", paths)
	}
	if doc.Servers[0].URL != "https://shop.example" || doc.OpenAPI != "3.1.0" {
		t.Errorf("servers %v, version %s", doc.Servers, doc.OpenAPI)
	}
	at := func(keys ...string) any {
		var value any = plain
		for _, key := range keys {
			object, _ := value.(map[string]any)
			value = object[key]
		}
		return value
	}
	schema := func(properties map[string]any, required ...any) any {
		out := map[string]any{"type": "object", "properties": properties}
		if len(required) > 0 {
			out["required"] = required
		}
		return out
	}
	typed := func(words ...string) map[string]any {
		out := map[string]any{"type": words[0]}
		if len(words) > 1 {
			out["format"] = words[1]
		}
		return out
	}
	if diff := cmp.Diff(schema(map[string]any{
		"item": map[string]any{"type": []any{"string", "integer"}},
		"note": map[string]any{"type": []any{"string", "null"}},
		"card": map[string]any{"description": "Redacted in recordings."},
	}, "item"), at("paths", "/orders", "post", "requestBody", "content", "application/json", "schema")); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(schema(map[string]any{
		"id": typed("integer"), "at": typed("string", "date-time"), "price": typed("number"),
		"lines": map[string]any{"type": "array", "items": schema(map[string]any{"sku": typed("string"), "n": typed("integer")}, "sku")},
	}, "at", "id", "price"), at("paths", "/orders", "post", "responses", "201", "content", "application/json", "schema")); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if at("paths", "/orders", "post", "responses", "422") == nil || at("paths", "/orders", "post", "responses", "201", "headers", "etag") == nil {
		t.Error("an answer or its header is missing")
	}
	get := "/orders/{order}"
	if diff := cmp.Diff(map[string]any{"type": "string", "enum": []any{"open", "paid"}},
		at("paths", get, "get", "responses", "200", "content", "application/json", "schema", "properties", "state")); diff != "" {
		t.Errorf("values that repeat (-want +got):\n%s", diff)
	}
	want := []any{
		map[string]any{"name": "order", "in": "path", "required": true, "schema": typed("integer")},
		map[string]any{"name": "expand", "in": "query", "required": true, "schema": map[string]any{"type": "array", "items": map[string]any{"type": "string", "enum": []any{"customer", "lines"}}}},
		map[string]any{"name": "page", "in": "query", "schema": typed("integer")},
		map[string]any{"name": "idempotency-key", "in": "header", "required": true, "schema": typed("string"), "example": "k-/orders/0"},
	}
	if diff := cmp.Diff(want, at("paths", get, "get", "parameters")); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{map[string]any{}, map[string]any{"authorization": []any{}}}, at("paths", get, "get", "security")); diff != "" {
		t.Errorf("one call came without credentials (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"item": 7.0, "note": nil}, at("paths", "/orders", "post", "requestBody", "content", "application/json", "example")); diff != "" {
		t.Errorf("example (-want +got):\n%s", diff)
	}
}

func TestWhatIsLearnedIsBounded(t *testing.T) {
	var recordings []Recording
	for i := range 1500 {
		body := fmt.Sprintf(`{"k%d":{"a":1},"x":%s1%s}`, i, strings.Repeat(`{"y":`, 100), strings.Repeat("}", 100))
		recordings = append(recordings, Recording{
			Method: "GET", Path: fmt.Sprint("/", i), Route: fmt.Sprint("/r", i), ResponseStatus: 200, QueryParams: Values{fmt.Sprint("q", i): {"1"}},
			ResponseHeaders: Values{"Content-Type": {"application/json"}}, ResponseBody: Body{Content: []byte(body), Size: 1},
		})
	}
	doc, plain := learnedAPI(t, recordings...)
	if n := len(doc.Paths.Map()); n != maxOperations {
		t.Errorf("%d paths", n)
	}
	if text := plain["info"].(map[string]any)["description"].(string); !strings.Contains(text, "too many: 500.") {
		t.Error(text)
	}
	// Keys of a map are not taken for names of properties.
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range 500 {
		fmt.Fprintf(&b, `"u%d":{"n":%d},`, i, i)
	}
	b.WriteString(`"last":{"n":1}}`)
	_, plain = learnedAPI(t, Recording{
		Method: "GET", Path: "/m", ResponseStatus: 200, ResponseHeaders: Values{"Content-Type": {"application/json"}}, ResponseBody: Body{Content: b.Bytes(), Size: 1},
	})
	got, _ := json.Marshal(plain["paths"].(map[string]any)["/m"].(map[string]any)["get"].(map[string]any)["responses"].(map[string]any)["200"].(map[string]any)["content"])
	if want := `"schema":{"additionalProperties":{"properties":{"n":{"type":"integer"}},"required":["n"],"type":"object"},"type":"object"}`; !strings.Contains(string(got), want) {
		t.Errorf("a map is %s", got)
	}
}

func FuzzLearnedDocumentsAreValid(f *testing.F) {
	f.Add("GET", "/a/{id}/{id}", "/a/1/2", "application/json", `{"a":[1,null,"x"]}`, "q", "X-Y")
	f.Add("POST", "/{a}{b}/**", "/%7B}{", "text/plain; charset=\xff", "\xff", "\xff", "a b")
	f.Add("TRACE", "", "/{}/{x", "a=b", `[`, "", "$ref")
	f.Add("GET", "/files/{path...}", "/files/a/b", "application/x-www-form-urlencoded", "a=1&a=2&$ref=3", "x", "x-a")
	f.Fuzz(func(t *testing.T, method, route, path, contentType, body, query, header string) {
		r := Recording{
			Method: method, Route: route, Path: path, ResponseStatus: 200, Host: query, Scheme: "http", Gateway: header,
			QueryParams: Values{query: {body}}, Headers: Values{"Content-Type": {contentType}, header: {query}}, Body: Body{Content: []byte(body), Size: 1},
			ResponseHeaders: Values{"content-type": {contentType}, header: {query}}, ResponseBody: Body{Content: []byte(body)},
		}
		other := r
		other.Method = "POST"
		learnedAPI(t, r, other, r)
	})
}
