package telemetry

import "github.com/mockforge/mockforge-observability-app/pkg/recording"

// The units of what recordings left out.
const (
	leftOutMessages = "messages"
	leftOutBytes    = "bytes"
)

// MissedMessages counts messages of a stream that its recording does not have at all, since it has as many as it may.
func (m *Metrics) MissedMessages(n int) { m.leftOut.WithLabelValues(leftOutMessages).Add(float64(n)) }

// LeftOut counts what a recording does not have of the contents that it tells of.
func (m *Metrics) LeftOut(r *recording.Recording) {
	messages, bytes := 0, int64(0)
	for i := range r.Messages {
		if b := &r.Messages[i].Body; b.Truncated {
			messages++
			bytes += max(0, b.Size-int64(len(b.Content)))
		}
	}
	if r.Protocol != recording.GRPC || len(r.Messages) == 0 {
		// What calls carry is in their messages.
		for _, b := range []*recording.Body{&r.Body, &r.ResponseBody} {
			if b.Truncated {
				bytes += max(0, b.Size-int64(len(b.Content)))
			}
		}
	}
	if messages > 0 {
		m.leftOut.WithLabelValues(leftOutMessages).Add(float64(messages))
	}
	if bytes > 0 {
		m.leftOut.WithLabelValues(leftOutBytes).Add(float64(bytes))
	}
}
