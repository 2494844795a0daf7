package recording

import (
	"fmt"
	"net/textproto"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// AnyValue in Filter.Headers asks for the header, whatever its value.
	AnyValue = "*"
	// maxHeaders and maxHeaderName bound Filter.Headers.
	maxHeaders    = 20
	maxHeaderName = 256
)

// HeaderName returns the canonical form of a header's name, which is how recordings have it: x-request-id is X-Request-Id.
func HeaderName(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }

func validateHeaders(headers map[string]string) []error {
	var problems []error
	if len(headers) > maxHeaders {
		return append(problems, validation.Errorf("headers", "must have at most %d names, has %d", maxHeaders, len(headers)))
	}
	for name, value := range headers {
		field := "headers." + clip(strings.ToValidUTF8(name, ""))
		if problem := headerNameProblem(name); problem != "" {
			problems = append(problems, validation.Errorf(field, "%s", problem))
		} else if problem := textProblem(value); problem != "" {
			problems = append(problems, validation.Errorf(field, "%s", problem))
		}
	}
	return problems
}

// headerNameProblem says why name is no token (RFC 9110, section 5.6.2).
func headerNameProblem(name string) string {
	if name == "" || len(name) > maxHeaderName {
		return fmt.Sprintf("must have a name of 1 to %d bytes, has one of %d", maxHeaderName, len(name))
	}
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return "must have the name of a header: letters, digits and !#$%&'*+-.^_`|~"
		}
	}
	return ""
}
