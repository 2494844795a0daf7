package mockforgereceiver

import (
	"net/textproto"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// scope names who makes the log records, eventName what each is of.
	scope     = "github.com/mockforge/mockforge-observability-app/collector-extension/mockforgereceiver"
	eventName = "mockforge.exchange"
	// maxQuery bounds the query of a record, in bytes.
	maxQuery = 4096
)

// The attributes of ours that spans do not have; those with a condition only where it holds.
const (
	attributeProtocol     = "mockforge.protocol"
	attributeOrigin       = "mockforge.origin"  // it went wrong
	attributeFailure      = "mockforge.failure" // ended other than by a whole answer
	attributeResponseTime = "mockforge.response_time_ms"
	attributeUpstreamTime = "mockforge.upstream_time_ms" // the upstream was asked
	attributeFirstByte    = "mockforge.first_byte_ms"    // there was one
	attributePlugins      = "mockforge.plugins"          // any
	attributeTags         = "mockforge.tags"             // any
	attributeCloseCode    = "mockforge.websocket.close_code"
	attributeMessagesIn   = "mockforge.stream.messages_in"  // a stream
	attributeMessagesOut  = "mockforge.stream.messages_out" // a stream
)

// mapper makes log records of recordings.
type mapper struct {
	config            *Config
	version           string
	request, response []header
}

// header is one that records have.
type header struct {
	// name is as recordings have it, key as attributes do.
	name, key string
}

func newMapper(config *Config, version string) mapper {
	return mapper{config: config, version: version, request: headers(config.RequestHeaders), response: headers(config.ResponseHeaders)}
}

func headers(names []string) []header {
	all := make([]header, 0, len(names))
	for _, name := range names {
		all = append(all, header{name: textproto.CanonicalMIMEHeaderKey(name), key: strings.ToLower(name)})
	}
	return all
}

// logs returns a batch as log records in their order, by gateway.
func (m *mapper) logs(batch []*recording.Recording, observed time.Time) plog.Logs {
	logs := plog.NewLogs()
	// by has the records of a gateway; an instance of the extension is but one.
	by := map[string]plog.LogRecordSlice{}
	for _, r := range batch {
		records, known := by[r.Gateway]
		if !known {
			records = m.resource(logs, r)
			by[r.Gateway] = records
		}
		m.describe(records.AppendEmpty(), r, observed)
	}
	return logs
}

// resource adds the place for the records of the gateway of r.
func (m *mapper) resource(logs plog.Logs, r *recording.Recording) plog.LogRecordSlice {
	of := logs.ResourceLogs().AppendEmpty()
	of.SetSchemaUrl(semconv.SchemaURL)
	put(of.Resource().Attributes(), semconv.ServiceName(r.Gateway), semconv.ServiceInstanceID(r.Instance))
	in := of.ScopeLogs().AppendEmpty()
	in.SetSchemaUrl(semconv.SchemaURL)
	in.Scope().SetName(scope)
	in.Scope().SetVersion(m.version)
	return in.LogRecords()
}

func (m *mapper) describe(record plog.LogRecord, r *recording.Recording, observed time.Time) {
	record.SetTimestamp(pcommon.NewTimestampFromTime(r.Timestamp))
	record.SetObservedTimestamp(pcommon.NewTimestampFromTime(observed))
	record.SetEventName(eventName)
	severity := severityOf(r)
	record.SetSeverityNumber(severity)
	record.SetSeverityText(strings.ToUpper(severity.String()))
	if id, err := trace.TraceIDFromHex(r.TraceID); err == nil {
		record.SetTraceID(pcommon.TraceID(id))
	}
	if id, err := trace.SpanIDFromHex(r.SpanID); err == nil {
		record.SetSpanID(pcommon.SpanID(id))
		record.SetFlags(plog.LogRecordFlags(r.TraceFlags))
	}
	record.Body().SetStr(line(r))
	attributes := record.Attributes()
	attributes.EnsureCapacity(32)
	put(attributes, telemetry.Conventions(r)...)
	put(attributes, telemetry.Attributes(r, text(r.Consumer))...)
	ours(attributes, r)
	prefix := [2]string{"http.request.header.", "http.response.header."}
	if r.Protocol == recording.GRPC {
		prefix = [2]string{"rpc.request.metadata.", "rpc.response.metadata."}
	}
	putHeaders(attributes, prefix[0], m.request, r.Headers)
	putHeaders(attributes, prefix[1], m.response, r.ResponseHeaders)
	if _, query, has := strings.Cut(string(r.Sent()), "?"); has && m.config.IncludeQuery {
		attributes.PutStr(string(semconv.URLQueryKey), cut(text(query), maxQuery))
	}
	if m.config.IncludeBodies {
		putContents(attributes, r, m.config.MaxBodySizeKB<<10)
	}
}

// ours adds what the conventions have no name for.
func ours(attributes pcommon.Map, r *recording.Recording) {
	attributes.PutStr(attributeProtocol, string(r.Protocol))
	attributes.PutDouble(attributeResponseTime, r.ResponseTimeMS)
	for key, ms := range map[string]*float64{attributeUpstreamTime: r.UpstreamTimeMS, attributeFirstByte: r.FirstByteMS} {
		if ms != nil {
			attributes.PutDouble(key, *ms)
		}
	}
	for key, value := range map[string]string{attributeOrigin: string(r.Origin()), attributeFailure: text(r.Failure)} {
		if value != "" {
			attributes.PutStr(key, value)
		}
	}
	putStrings(attributes, attributePlugins, r.PluginExecuted)
	putStrings(attributes, attributeTags, r.Tags)
	if r.WebSocketClose != nil {
		attributes.PutInt(attributeCloseCode, int64(*r.WebSocketClose))
	}
	if in, out := messages(r); in+out > 0 {
		attributes.PutInt(attributeMessagesIn, int64(in))
		attributes.PutInt(attributeMessagesOut, int64(out))
	}
}

// messages returns how many messages were recorded of each direction.
func messages(r *recording.Recording) (in, out int) {
	for i := range r.Messages {
		if r.Messages[i].Direction == directionIn {
			in++
		} else {
			out++
		}
	}
	return in, out
}

func putHeaders(attributes pcommon.Map, prefix string, wanted []header, values recording.Values) {
	for _, h := range wanted {
		putStrings(attributes, prefix+h.key, values[h.name])
	}
}

func putStrings(attributes pcommon.Map, key string, values []string) {
	if len(values) == 0 {
		return
	}
	list := attributes.PutEmptySlice(key)
	for _, value := range values {
		list.AppendEmpty().SetStr(text(value))
	}
}

func put(attributes pcommon.Map, all ...attribute.KeyValue) {
	for _, one := range all {
		switch key := string(one.Key); one.Value.Type() {
		case attribute.BOOL:
			attributes.PutBool(key, one.Value.AsBool())
		case attribute.INT64:
			attributes.PutInt(key, one.Value.AsInt64())
		case attribute.FLOAT64:
			attributes.PutDouble(key, one.Value.AsFloat64())
		default:
			attributes.PutStr(key, text(one.Value.AsString()))
		}
	}
}

// text returns a value as OTLP and what stores it can hold it.
func text(value string) string { return recording.AsText(value) }
