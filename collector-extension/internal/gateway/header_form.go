package gateway

import (
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// keepForms notes in a recording, which has the headers already, how they were sent: those of the request by the client, those of
// the answer by the upstream. What the gateway itself answered with, what came by HTTP/2, and answers of an upstream with TLS have none but
// the bytes of their values.
func (x *exchange) keepForms(rec *recording.Recording) {
	var room [32]string // Most messages have fewer.
	names := room[:0]
	if head, ok := http1.HeadOf(x.client); ok {
		names = field.AppendNames(names, head.Block())
	}
	rec.KeepHeaderForm(names)
	rec.KeepResponseHeaderForm(field.AppendNames(names[:0], upstream.HeadOf(x.response)))
}
