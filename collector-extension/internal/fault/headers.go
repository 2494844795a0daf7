package fault

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Headers sets and removes headers of the answer, or of the request that is forwarded.
type Headers struct {
	forwards
	AtRequest bool
	Set       map[string]string
	Remove    []string
}

func init() { executes(scenario.FaultHeaders, newHeaders) }

func newHeaders(d scenario.Drawn) Fault {
	return Headers{AtRequest: d.At == scenario.AtRequest, Set: d.SetHeaders, Remove: d.RemoveHeaders}
}

// Request changes the headers that the upstream gets.
func (h Headers) Request(_ context.Context, x *Exchange, r *http.Request) {
	if !h.AtRequest {
		return
	}
	h.note(x)
	for _, name := range h.Remove {
		if http.CanonicalHeaderKey(name) == "User-Agent" {
			// Else Go's client puts its own in the place.
			r.Header["User-Agent"] = []string{""}
			continue
		}
		r.Header.Del(name)
	}
	for name, value := range h.Set {
		if http.CanonicalHeaderKey(name) == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
}

// Respond changes the headers that the client gets.
func (h Headers) Respond(_ context.Context, x *Exchange, response *http.Response) error {
	if h.AtRequest {
		return nil
	}
	h.note(x)
	for _, name := range h.Remove {
		response.Header.Del(name)
		x.remove(http.CanonicalHeaderKey(name))
	}
	for name, value := range h.Set {
		response.Header.Set(name, value)
	}
	return nil
}

// note tells the names, not the values, which may be secret.
func (h Headers) note(x *Exchange) {
	names := slices.Sorted(maps.Keys(h.Set))
	for _, name := range h.Remove {
		names = append(names, "-"+name)
	}
	x.Note(scenario.FaultHeaders, strings.Join(names, " "))
}
