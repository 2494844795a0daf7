package recording

import (
	"time"

	"github.com/google/uuid"
)

// Columns returns all parts of a recording that stores have, in the order in which Recording has them.
func Columns() []*Column { return columns }

var columns = []*Column{
	column("id", KindID, func(r *Recording) *uuid.UUID { return &r.ID }),
	{
		Name: "timestamp", Kind: KindTime,
		Field: func(r *Recording) any { return &r.Timestamp },
		time:  func(r *Recording) time.Time { return r.Timestamp.Truncate(time.Microsecond) },
	},
	textColumn("trace_id", KindHex, func(r *Recording) *string { return &r.TraceID }),
	textColumn("span_id", KindHex, func(r *Recording) *string { return &r.SpanID }),
	textColumn("protocol", KindText, func(r *Recording) *Protocol { return &r.Protocol }),
	textColumn("gateway", KindText, func(r *Recording) *string { return &r.Gateway }),
	textColumn("instance", KindText, func(r *Recording) *string { return &r.Instance }),
	textColumn("consumer", KindText, func(r *Recording) *string { return &r.Consumer }),
	textColumn("client_ip", KindText, func(r *Recording) *string { return &r.ClientIP }),
	textColumn("method", KindText, func(r *Recording) *string { return &r.Method }),
	textColumn("scheme", KindText, func(r *Recording) *string { return &r.Scheme }),
	textColumn("host", KindText, func(r *Recording) *string { return &r.Host }),
	textColumn("path", KindText, func(r *Recording) *string { return &r.Path }),
	textColumn("target", KindTarget, func(r *Recording) *Target { return &r.Target }),
	column("target_redacted", KindFlag, func(r *Recording) *bool { return &r.TargetRedacted }),
	textColumn("route", KindText, func(r *Recording) *string { return &r.Route }),
	textColumn("operation", KindText, func(r *Recording) *string { return &r.Operation }),
	textColumn("http_version", KindText, func(r *Recording) *string { return &r.HTTPVersion }),
	column("query_params", KindValues, func(r *Recording) *Values { return &r.QueryParams }),
	column("headers", KindValues, func(r *Recording) *Values { return &r.Headers }),
	textColumn("header_form", KindForm, func(r *Recording) *HeaderForm { return &r.HeaderForm }),
	column("body", KindBody, func(r *Recording) *Body { return &r.Body }),
	countColumn("response_status", func(r *Recording) *int { return &r.ResponseStatus }),
	column("response_headers", KindValues, func(r *Recording) *Values { return &r.ResponseHeaders }),
	textColumn("response_header_form", KindForm, func(r *Recording) *HeaderForm { return &r.ResponseHeaderForm }),
	column("response_trailers", KindValues, func(r *Recording) *Values { return &r.ResponseTrailers }),
	column("response_body", KindBody, func(r *Recording) *Body { return &r.ResponseBody }),
	column("grpc_status", KindCode, func(r *Recording) **int { return &r.GRPCStatus }),
	column("websocket_close", KindCode, func(r *Recording) **int { return &r.WebSocketClose }),
	durationColumn("response_time_ms", func(r *Recording) *float64 { return &r.ResponseTimeMS }),
	column("upstream_time_ms", KindDurationOrNone, func(r *Recording) **float64 { return &r.UpstreamTimeMS }),
	column("first_byte_ms", KindDurationOrNone, func(r *Recording) **float64 { return &r.FirstByteMS }),
	durationColumn("injected_delay_ms", func(r *Recording) *float64 { return &r.InjectedDelayMS }),
	textColumn("scenario_mode", KindText, func(r *Recording) *string { return &r.ScenarioMode }),
	countColumn("scenario_version", func(r *Recording) *int64 { return &r.ScenarioVersion }),
	textColumn("rule", KindText, func(r *Recording) *string { return &r.Rule }),
	{
		Name: "faults", Kind: KindFaults,
		Field: func(r *Recording) any { return &r.Faults },
		list:  (*Recording).faultKinds,
	},
	textColumn("failure", KindText, func(r *Recording) *string { return &r.Failure }),
	textColumn("failed_by", KindKnown, func(r *Recording) *FailedBy { return &r.FailedBy }),
	textColumn("failure_kind", KindKnown, func(r *Recording) *FailureKind { return &r.FailureKind }),
	textColumn("mock_matched", KindText, func(r *Recording) *string { return &r.MockMatched }),
	listColumn("plugin_executed", func(r *Recording) *[]string { return &r.PluginExecuted }),
	listColumn("tags", func(r *Recording) *[]string { return &r.Tags }),
	column("messages", KindMessages, func(r *Recording) *[]Message { return &r.Messages }),
}

// faultKinds returns nil for what is organic, which most recordings are.
func (r *Recording) faultKinds() []string {
	if len(r.Faults) == 0 {
		return nil
	}
	kinds := make([]string, len(r.Faults))
	for i, fault := range r.Faults {
		kinds[i] = fault.Kind
	}
	return kinds
}

// mustColumn is for the conditions that this package itself has.
func mustColumn(name string) *Column {
	for _, c := range columns {
		if c.Name == name {
			return c
		}
	}
	panic("recording: no column is named " + name)
}
