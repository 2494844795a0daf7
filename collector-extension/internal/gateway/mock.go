package gateway

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// mocked is the stub that answers instead of the upstream, and the request as it came to it.
type mocked struct {
	*mock.Mock
	request *http.Request
}

// mockError says that a mock could not make its answer.
type mockError struct{ error }

// findMock returns the first that matches r, or nil.
func (x *exchange) findMock(r *http.Request) *mocked {
	mocks := x.gateway.mocks
	if mocks.Empty() {
		return nil
	}
	// Plugins may have changed the request since the scenario was asked.
	subject := x.Subject
	subject.Method, subject.Path, subject.RawQuery, subject.Header = r.Method, recording.SentPath(r.RequestURI, r.URL), r.URL.RawQuery, r.Header
	if m := mocks.Match(&subject, r); m != nil {
		x.Update(func(rec *recording.Recording) { rec.MockMatched = m.Name() })
		return &mocked{m, r}
	}
	return nil
}

// respond answers as an upstream would, so that what harms answers of upstreams harms those of mocks. r is the request
// that would be forwarded.
func (m *mocked) respond(r *http.Request, x *exchange) (*http.Response, error) {
	response, err := m.Answer(r.Context(), &x.Subject, m.request, x.gateway.stopping)
	if failed := x.body.failure(); failed != nil {
		return nil, failed
	}
	if err != nil {
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		return nil, mockError{err}
	}
	response.Request = r
	x.response = response
	return response, nil
}
