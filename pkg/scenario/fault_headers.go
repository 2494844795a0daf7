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

// framing are headers that say where a message ends or whom it is for. A fault that changed them would not harm an
// exchange, but those that share its connection.
var framing = []string{
	"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func headersToSet(headers map[string]string) func(string) error {
	return func(field string) error {
		if headers == nil {
			return nil
		}
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
}

func headersToRemove(names []string) func(string) error {
	return func(field string) error {
		if len(names) > MaxConditions {
			return count(field, len(names))
		}
		var errs []error
		for i, name := range names {
			errs = append(errs, headerName(fmt.Sprintf("%s[%d]", field, i), name))
		}
		return errors.Join(errs...)
	}
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
