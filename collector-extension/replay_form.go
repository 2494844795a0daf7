package mockforgeextension

import (
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// inForm has the transport of gateways send a replay in the form of its recording. What a gateway forwards has a form already: that in
// which the gateway got it.
func inForm(r *http.Request) *http.Request {
	lines := replay.FormOf(r.Context())
	if len(lines) == 0 || upstream.NotesOf(r.Context()) != nil {
		return r
	}
	var sent strings.Builder
	for _, line := range lines {
		if field.IsToken(line.Name) {
			sent.WriteString(line.Name + ":\r\n")
		}
	}
	return r.WithContext(upstream.WithNotes(r.Context(), &upstream.Notes{Sent: sent.String()}))
}
