package mockforgeextension

import (
	"net/http"
	"slices"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// newRedactor masks what the configuration says.
func newRedactor(c RedactConfig) (recorder.Redactor, error) {
	r := headerRedactor{}
	for _, name := range c.Headers {
		r = append(r, http.CanonicalHeaderKey(name))
	}
	return r, nil
}

type headerRedactor []string

func (h headerRedactor) Redact(r *recording.Recording) {
	for _, values := range []recording.Values{r.Headers, r.ResponseHeaders} {
		for name := range values {
			if slices.Contains(h, name) {
				values[name] = []string{"[redacted]"}
			}
		}
	}
}
