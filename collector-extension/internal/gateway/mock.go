package gateway

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Mock is a stub answer for the requests that match.
type Mock struct {
	Name string
	// Method is exact; empty is any.
	Method string
	// Path is a template such as /users/{id}.
	Path    string
	Status  int
	Headers map[string]string
	Body    string
}

type mockRoute struct {
	Mock
	template template
}

func compileMocks(mocks []Mock) []mockRoute {
	compiled := make([]mockRoute, 0, len(mocks))
	for _, m := range mocks {
		compiled = append(compiled, mockRoute{m, newTemplate(m.Path)})
	}
	return compiled
}

// mock is the first that matches r, or nil.
func (g *Gateway) mock(r *http.Request) *mockRoute {
	for i := range g.mocks {
		m := &g.mocks[i]
		if (m.Method == "" || strings.EqualFold(m.Method, r.Method)) && m.template.matches(r.URL.Path) {
			return m
		}
	}
	return nil
}

// respond answers r as an upstream would, so that what harms answers of upstreams harms those of mocks.
func (m *mockRoute) respond(r *http.Request) *http.Response {
	header := http.Header{}
	for name, value := range m.Headers {
		header.Set(name, value)
	}
	if header.Get("Content-Type") == "" && strings.HasPrefix(strings.TrimSpace(m.Body), "{") {
		header.Set("Content-Type", "application/json")
	}
	response := &http.Response{
		StatusCode: m.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: http.NoBody, Request: r,
	}
	if m.Status == http.StatusNoContent || m.Status == http.StatusNotModified {
		return response
	}
	response.ContentLength = int64(len(m.Body))
	header.Set("Content-Length", strconv.Itoa(len(m.Body)))
	if r.Method != http.MethodHead {
		response.Body = io.NopCloser(strings.NewReader(m.Body))
	}
	return response
}
