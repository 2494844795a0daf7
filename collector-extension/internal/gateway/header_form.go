package gateway

import (
	"iter"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// keepForms notes in a recording, which has the headers already, how they were sent: those of the request by the client, those of
// the answer by the upstream. What the gateway itself answered with, what came by HTTP/2, and answers of an upstream with TLS have none but
// the bytes of their values.
func (x *exchange) keepForms(rec *recording.Recording) {
	var sent iter.Seq2[string, string]
	if head, ok := http1.HeadOf(x.client); ok {
		sent = head.Fields()
	}
	rec.KeepHeaderForm(sent)
	sent = nil
	// Ends of lines were accepted bare.
	if lines, err := field.Lines(upstream.HeadOf(x.response), true); err == nil && len(lines) > 0 {
		sent = func(yield func(name, value string) bool) {
			for _, line := range lines {
				if !yield(line.Name, line.Value) {
					return
				}
			}
		}
	}
	rec.KeepResponseHeaderForm(sent)
}
