package gateway

import (
	"mime"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// isEventStream reports whether a response is one of server-sent events that can be read as it is.
func isEventStream(h http.Header) bool {
	if !isEvents(h["Content-Type"]) {
		return false // as most are
	}
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "text/event-stream" && h.Get("Content-Encoding") == ""
}

// recordOf returns what keeps the messages of an answer with header h, and what tells them apart; nil where there are none.
func (x *exchange) recordOf(h http.Header) (*stream.Record, stream.Splitter) {
	switch {
	case !x.Captured:
	case x.what.protocol == recording.GRPC:
		return stream.RecordGRPC(x.transcript, capture.ToClient, h.Get("Grpc-Encoding")), new(stream.GRPC)
	case isEventStream(h):
		if x.transcript == nil {
			x.transcript = capture.NewTranscript(x.Start, x.Room)
		}
		return stream.RecordEvents(x.transcript), new(stream.Events)
	}
	return nil, nil
}

// recordMessages keeps the messages of an answer that is taken apart already, if it reaches the client as it is; else the writer
// of the answer does that.
func (x *exchange) recordMessages(response *http.Response) {
	body, ok := response.Body.(*stream.Body)
	if !ok || len(x.gateway.options.Plugins) > 0 {
		return
	}
	if record, _ := x.recordOf(response.Header); record != nil {
		body.Add(record)
		x.recorded = record
	}
}

// handOverRecord returns what keeps the messages of the request, for where they are taken apart on their way to the upstream. It is
// nil where its body keeps them as they are read: some were, or plugins may read it.
func (x *exchange) handOverRecord() *stream.Record {
	b := x.body
	if b.ahead != nil || b.kept.Size() > 0 || len(x.gateway.options.Plugins) > 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.messages == nil {
		return nil
	}
	b.messages = nil
	return b.record
}
