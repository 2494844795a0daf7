package mock_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Whatever is asked, a mock answers or says why not, within its limits, and what it does not match is forwarded whole.
func FuzzMocks(f *testing.F) {
	f.Add("POST", "/users/1", "q=1&q=%zz", "blue", `{"user":{"id":1,"items":[{"n":1}]}}`)
	f.Add("GET", "/users/", ";", "\x00", `[[[[`)
	f.Add("", "users/a/b", "a=%F0%9F", "a\r\nb", "{\"user\":null}")
	set := compiled(f,
		mock.Definition{Name: "json", Path: "/users/{id}", BodyJSON: map[string]any{"$..id": 1, "user.items[?@.n > 0]": "*"}, Template: true, Response: mock.Response{
			Status:  `{{if .JSON}}{{.JSON.user.status | default 201}}{{else}}404{{end}}`,
			Headers: map[string]any{"X-A": `{{.Header "X-A"}}`, "X-B": `{{.PathValue "id"}}`},
			Body:    `{{range $k, $v := .JSON.user}}{{$k}}={{json $v}};{{end}}{{.Query "q"}}{{replace "a" .Body .Body}}`,
		}},
		mock.Definition{Name: "text", Path: "/**", Query: map[string]string{"q": "*"}, BodyContains: "x", Template: true, Response: mock.Response{
			Body: `{{.Body | upper | trunc 5}}{{printf .Body .Path}}{{regexMatch "^a" .Body}}{{splitList "," .Body | join "-"}}`,
		}},
		mock.Definition{Name: "rest", Path: "/users/**", MatchHeaders: map[string]string{"X-A": "*"}},
	)
	f.Fuzz(func(t *testing.T, method, path, query, header, body string) {
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{"X-A": {header}},
			Body: io.NopCloser(strings.NewReader(body)),
		}
		x := &scenario.Exchange{Protocol: "http", Method: method, Path: path, RawQuery: query, Header: r.Header}
		m := set.Match(x, r)
		if m == nil {
			if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != body {
				t.Errorf("of %q there is %q left (%v)", body, rest, err)
			}
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		response, err := m.Answer(ctx, x, r, nil)
		if err != nil {
			return
		}
		answer, err := io.ReadAll(response.Body)
		if err != nil || len(answer) > mock.MaxBody || response.StatusCode < 200 || response.StatusCode > 599 {
			t.Errorf("answered %d with %d bytes (%v)", response.StatusCode, len(answer), err)
		}
	})
}
