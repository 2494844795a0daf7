package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxAnswer bounds what is read of an answer, in bytes: a page of 16 MiB of which each byte is escaped.
const maxAnswer = 96 << 20

// Store is the control API of a collector. Its methods are those of the ports of pkg/api; a collector that does not answer is an
// *api.UnavailableError which names it.
type Store struct {
	base   *url.URL
	token  string
	client *http.Client
}

// Open makes a Store; it connects to nothing. The client says how: its TLS, proxies, and how long an answer may take. It must not
// follow redirects, which would carry the token elsewhere. Without a token none is sent.
func Open(address, token string, client *http.Client) (*Store, error) {
	base, err := ParseURL(address)
	if err != nil {
		return nil, validation.Errorf("collectorUrl", "%v", err)
	}
	if client.Transport == nil {
		with := *client
		with.Transport = http.DefaultTransport
		client = &with
	}
	return &Store{base: base, token: token, client: client}, nil
}

// ParseURL says what is wrong with the address of a control API.
func ParseURL(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(address), "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("must be an address such as http://collector:4600, without user, query and fragment")
	}
	return u, nil
}

// Close lets go of connections that wait for the next request.
func (s *Store) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// String names the collector in messages.
func (s *Store) String() string { return "the collector at " + s.base.String() }

// request makes a request of the API; path begins with a slash, and is escaped.
func (s *Store) request(ctx context.Context, method, path, rawQuery string, body io.Reader) (*http.Request, error) {
	target := *s.base.JoinPath(path)
	target.RawQuery = rawQuery
	request, err := http.NewRequestWithContext(ctx, method, target.String(), body) //nolint:gosec // the address is of the settings, which admins alone write, and the path of a route
	if err != nil {
		return nil, err
	}
	s.authorize(request)
	return request, nil
}

func (s *Store) authorize(request *http.Request) {
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
}

// get reads what a route answers into v.
func (s *Store) get(ctx context.Context, path string, query url.Values, v any) error {
	request, err := s.request(ctx, http.MethodGet, path, query.Encode(), nil)
	if err != nil {
		return err
	}
	return s.read(request, v)
}

// read sends a request whose answer is JSON.
func (s *Store) read(request *http.Request, v any) error {
	request.Header.Set("Accept", "application/json, application/problem+json")
	response, err := s.client.Do(request)
	if err != nil {
		return s.away(request.Context(), err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s.refused(response)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return s.away(request.Context(), err)
	}
	if len(content) > maxAnswer {
		return fmt.Errorf("%s answers more than %d MiB", s, maxAnswer>>20)
	}
	if err := json.Unmarshal(content, v); err != nil {
		return s.unavailable("what answers at "+s.base.String()+" is no control API of a collector", err)
	}
	return nil
}

// away says that nothing came, or not all of it.
func (s *Store) away(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		if failed.Timeout() {
			return s.unavailable(s.String()+" does not answer in time", failed.Err)
		}
		err = failed.Err
	}
	return s.unavailable(s.String()+" does not answer", err)
}

func (s *Store) unavailable(detail string, err error) error {
	return &api.UnavailableError{Detail: detail, Err: err}
}
