package gateway

import (
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

func (m *mockRoute) answer(w http.ResponseWriter) {
	for name, value := range m.Headers {
		w.Header().Set(name, value)
	}
	if w.Header().Get("Content-Type") == "" && strings.HasPrefix(strings.TrimSpace(m.Body), "{") {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(m.Body)))
	w.WriteHeader(m.Status)
	_, _ = w.Write([]byte(m.Body))
}
