package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

const (
	// patience is how long an answer may take to begin: replays and analyses of many recordings take their time. That of stopping
	// is shorter, since somebody waits.
	patience     = 2 * time.Minute
	stopPatience = 10 * time.Second
	// silence is how long a stream may say nothing; it has something to say once a second.
	silence = 15 * time.Second
	// chunk is how much of an answer is handed on at once, in bytes.
	chunk = 64 << 10
)

var (
	// requestHeaders are handed on to the collector, and answerHeaders back. Others are of Grafana and of its users' browsers.
	requestHeaders = []string{"Accept", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Range"}
	answerHeaders  = []string{
		"Accept-Ranges", "Allow", "Cache-Control", "Content-Disposition", "Content-Range", "Content-Security-Policy", "Content-Type", "Etag",
		"Last-Modified", "Location", "Retry-After", "X-Content-Type-Options",
	}
)

// errSilent is why a request is given up.
var errSilent = errors.New("no answer has begun")

// Forward has the collector answer a request for actor, with the rights that actor has here and no others. The error is for
// the caller to answer with; nothing has been written then.
func (s *Store) Forward(w http.ResponseWriter, r *http.Request, actor api.Actor) error {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	most := patience
	if strings.HasSuffix(r.URL.Path, "/scenarios/stop") {
		most = stopPatience
	}
	silent := time.AfterFunc(most, func() { cancel(errSilent) })
	defer silent.Stop()
	request, err := s.request(ctx, r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Body)
	if err != nil {
		return err
	}
	request.ContentLength = r.ContentLength
	if r.Body == nil || r.ContentLength == 0 {
		request.Body = nil
	}
	copyHeaders(request.Header, r.Header, requestHeaders)
	if actor.Name == "" {
		actor.Name = "Grafana"
	}
	api.Represent(request, actor)
	// Not by the client: its bound is of whole answers, and exports may take longer.
	response, err := s.client.Transport.RoundTrip(request)
	if err != nil {
		return s.away(ctx, err)
	}
	silent.Stop()
	defer response.Body.Close()
	if response.Header.Get(api.OnBehalfOf) != request.Header.Get(api.OnBehalfOf) {
		return s.notForActor(response)
	}
	copyHeaders(w.Header(), response.Header, answerHeaders)
	w.WriteHeader(response.StatusCode)
	if err := handOn(w, response.Body); err != nil {
		// The status is sent: all that is left is not to look complete.
		api.EndEarly(w, r.URL.Query().Get("format"))
	}
	return nil
}

// Represents says with an error why the collector does not let the bearer of the token ask for others.
func (s *Store) Represents(ctx context.Context) error {
	request, err := s.request(ctx, http.MethodGet, "/about", "", nil)
	if err != nil {
		return err
	}
	api.Represent(request, api.Actor{Name: "Grafana"})
	response, err := s.client.Do(request)
	if err != nil {
		return s.away(ctx, err)
	}
	defer response.Body.Close()
	if response.Header.Get(api.OnBehalfOf) != request.Header.Get(api.OnBehalfOf) {
		return s.notForActor(response)
	}
	return nil
}

// notForActor says why a collector has not answered for whom the request was. What it has answered is not shown: nobody has
// checked who may see it.
func (s *Store) notForActor(response *http.Response) error {
	problem := problemIn(response)
	switch {
	case problem != nil && problem.Field == api.OnBehalfOf:
		problem.Detail = fmt.Sprintf("The token of the settings may not be used for the users of Grafana at %s: %s", s.base, problem.Detail)
		return problem
	case response.StatusCode < http.StatusBadRequest || response.StatusCode == http.StatusNotFound:
		return s.unavailable("what answers at "+s.base.String()+" is no control API of a collector that knows of users of Grafana: "+response.Status, nil)
	case problem != nil && response.StatusCode != http.StatusUnauthorized:
		return s.unavailable(s.String()+" answers: "+strings.TrimSuffix(problem.Detail, "."), nil)
	}
	return s.refused(response)
}

func copyHeaders(to, from http.Header, names []string) {
	for _, name := range names {
		if values := from.Values(name); len(values) > 0 {
			to[http.CanonicalHeaderKey(name)] = values
		}
	}
}

// handOn writes what is read at once. The error is that of reading: a client that is gone needs no answer.
func handOn(w http.ResponseWriter, body io.Reader) error {
	control := http.NewResponseController(w)
	buffer := make([]byte, chunk)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if _, gone := w.Write(buffer[:n]); gone != nil {
				return nil //nolint:nilerr // see above
			}
			_ = control.Flush() // not every server can
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
