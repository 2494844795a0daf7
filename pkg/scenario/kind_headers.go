package scenario

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// FaultHeaders sets and removes headers: of the answer (at: response, the default) or of the request (at: request).
const FaultHeaders FaultKind = "headers"

var (
	setHeaders = parameterOf(
		"set_headers", func(f *Fault) *map[string]string { return &f.SetHeaders },
		func(v map[string]string) bool { return v != nil }, maps.Clone, headersToSet,
	).edited(ControlHeaders).doc("none that frame messages").
		schema("type: object, maxProperties: 50, additionalProperties: { type: string, maxLength: 1024 }")
	removeHeaders = parameterOf(
		"remove_headers", func(f *Fault) *[]string { return &f.RemoveHeaders }, isNotNil, cloned, headersToRemove,
	).edited(ControlNames).schema("type: array, maxItems: 50, items: { type: string, maxLength: 128 }")
)

func init() {
	register(Kind{
		Name: FaultHeaders, Order: 130, Group: GroupHeaders, Label: "Changed headers", Effect: EffectChanged,
		Description: "Sets and removes headers of the answer or of the request.",
		Doc:         "sets and removes headers of the `response` or the `request`; none that frame messages",
		Initial:     Fault{RemoveHeaders: []string{"Content-Type"}},
		Fields: []Field{
			{Parameter: setHeaders, Label: "Set headers"},
			{Parameter: removeHeaders, Label: "Remove headers"},
			worksAt(work{AtResponse, "Headers of the answer"}, work{AtRequest, "Headers of the request"}),
		},
		check: (*Fault).checkHeaders,
	})
}

func (f *Fault) checkHeaders() error {
	if len(f.SetHeaders)+len(f.RemoveHeaders) == 0 {
		return validation.Errorf("set_headers", "is required by kind headers, or remove_headers is")
	}
	set := make(map[string]bool, len(f.SetHeaders))
	for name := range f.SetHeaders {
		set[http.CanonicalHeaderKey(name)] = true
	}
	for i, name := range f.RemoveHeaders {
		if set[http.CanonicalHeaderKey(name)] {
			return validation.Errorf(fmt.Sprintf("remove_headers[%d]", i), "must not be in set_headers, too: %q", clip(name))
		}
	}
	return nil
}

// framing are headers that say where a message ends or whom it is for. A fault that changed them would not harm an
// exchange, but those that share its connection.
var framing = []string{
	"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func headersToSet(field string, headers map[string]string) error {
	errs := []error{count(field, len(headers))}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		place, value := field+"."+clip(name), headers[name]
		errs = append(errs, headerName(place, name), validation.Text(place, value, MaxTextLength))
		if !isHeaderValue(value) {
			errs = append(errs, validation.Errorf(place, "must not have control characters"))
		}
		canonical := http.CanonicalHeaderKey(name)
		if first, taken := seen[canonical]; taken {
			errs = append(errs, validation.Errorf(place, "must be given once, is there as %s, too", clip(first)))
		}
		seen[canonical] = name
	}
	return errors.Join(errs...)
}

func headersToRemove(field string, names []string) error {
	if len(names) > MaxConditions {
		return count(field, len(names))
	}
	var errs []error
	for i, name := range names {
		errs = append(errs, headerName(fmt.Sprintf("%s[%d]", field, i), name))
	}
	return errors.Join(errs...)
}

func headerName(field, name string) error {
	switch {
	case !isToken(name):
		return validation.Errorf(field, "must be a header's name, is %q", clip(name))
	case slices.Contains(framing, http.CanonicalHeaderKey(name)):
		return validation.Errorf(field, "must not be %s, which frames messages", strings.ToLower(name))
	}
	return nil
}

func isHeaderValue(v string) bool { return !strings.ContainsFunc(v, unicode.IsControl) }
