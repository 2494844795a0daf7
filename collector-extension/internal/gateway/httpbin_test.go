package gateway_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mccutchen/go-httpbin/v2/httpbin"
)

// What go-httpbin says that it was sent is the same directly and through the gateway, whatever the method and the form of the body.
func TestAnUpstreamIsSentTheSame(t *testing.T) {
	direct := httptest.NewServer(httpbin.New().Handler())
	defer direct.Close()
	g := serve(t, direct.URL)
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\r\nfile\r\n--b--\r\n"
	for name, test := range map[string]struct{ method, path, media, body string }{
		"json":          {"POST", "/post?a=1&a=2", "application/json", `{"a":[1,2,{"b":null}]}`},
		"form":          {"POST", "/post", "application/x-www-form-urlencoded", "a=1&b=%20x+y&a=2"},
		"multipart":     {"POST", "/post", "multipart/form-data; boundary=b", multipart},
		"binary":        {"PUT", "/put", "application/octet-stream", "\x00\xff\xfe"},
		"patch":         {"PATCH", "/patch", "text/plain", "größer"},
		"delete":        {"DELETE", "/delete?x", "", ""},
		"delete, body":  {"DELETE", "/anything/below", "text/plain", "why not"},
		"large":         {"POST", "/anything", "text/plain", strings.Repeat("0123456789", 50_000)},
		"empty":         {"POST", "/post", "", ""},
		"another verb":  {"OPTIONS", "/anything", "", ""},
		"head":          {"HEAD", "/anything?q=1", "", ""},
		"not allowed":   {"POST", "/get", "text/plain", "x"},
		"not found":     {"POST", "/nowhere", "text/plain", "x"},
		"authorization": {"GET", "/bearer", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, h2 := range []bool{false, true} {
				ask := func(base string, h2 bool) (int, map[string]any) {
					r := request(t, test.method, base+test.path, test.body)
					if test.media != "" {
						r.Header.Set("Content-Type", test.media)
					}
					got := do(t, client(t, h2), r)
					var sent map[string]any
					if json.Unmarshal(got.Body, &sent) != nil {
						sent = map[string]any{"text": string(got.Body)}
					}
					// Those name the way that the request has taken.
					for _, own := range []string{"headers", "origin", "url"} {
						delete(sent, own)
					}
					return got.Status, sent
				}
				wantStatus, want := ask(direct.URL, false)
				status, sent := ask(g.URL, h2)
				if diff := cmp.Diff(want, sent); diff != "" || status != wantStatus {
					t.Errorf("http2=%v: got %d, want %d (-direct +gateway):\n%s", h2, status, wantStatus, diff)
				}
			}
		})
	}
}
