package clickhouse

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// columnType is what a column holds; definitions say how a version of the server has it.
type columnType string

const (
	number8  columnType = "UInt8"
	number32 columnType = "UInt32"
	number64 columnType = "UInt64"
	signed32 columnType = "Int32"
	signed64 columnType = "Int64"
	decimal  columnType = "Float64"
	bytesOf  columnType = "String"
	// few is a text of which there are few different ones.
	few columnType = "few"
	// large is bytes that are worth a stronger compression.
	large         columnType = "large"
	signedOrNull  columnType = "Nullable(Int64)"
	decimalOrNull columnType = "Nullable(Float64)"
	texts         columnType = "Array(String)"
	lists         columnType = "Array(Array(String))"
	decimals      columnType = "Array(Float64)"
	numbers8      columnType = "Array(UInt8)"
	signeds64     columnType = "Array(Int64)"
)

// row is a recording with what the store knows of it besides.
type row struct {
	*recording.Recording
	batch batch
}

// column is one column of a recording.
type column struct {
	name string
	of   columnType
	// write adds what a recording has, read takes it back; nil is of a column that is derived of others, to be searched by.
	write func(w *rowWriter, r *row)
	read  func(from *rowReader, r *recording.Recording)
}

// keyColumns are what recordings are ordered and told apart by. The two halves of an id are in the order of its bytes.
var keyColumns = []column{
	{"day", signed32, func(w *rowWriter, r *row) { w.int32(dayOf(r.StoredTime())) }, nil},
	{"time", signed64, func(w *rowWriter, r *row) { w.int64(r.StoredTime().UnixMicro()) }, func(from *rowReader, r *recording.Recording) { r.Timestamp = time.UnixMicro(from.int64()).UTC() }},
	{"id_high", number64, func(w *rowWriter, r *row) { w.uint64(keyOf(r.ID).high) }, func(from *rowReader, r *recording.Recording) { binary.BigEndian.PutUint64(r.ID[:8], from.uint64()) }},
	{"id_low", number64, func(w *rowWriter, r *row) { w.uint64(keyOf(r.ID).low) }, func(from *rowReader, r *recording.Recording) { binary.BigEndian.PutUint64(r.ID[8:], from.uint64()) }},
	{"batch", number64, func(w *rowWriter, r *row) { w.uint64(r.batch.number) }, nil},
	{"begun", number32, func(w *rowWriter, r *row) { w.uint32(r.batch.begun) }, nil},
}

// derivedColumns are functions of the recording, as Go has them: so there is one definition of each, and every query is exact.
var derivedColumns = []column{
	// What a page holds of a recording, and its contents, in bytes.
	{"size", number64, func(w *rowWriter, r *row) { w.uint64(uint64(max(0, r.Size()-r.ContentSize()))) }, nil},
	{"content_size", number64, func(w *rowWriter, r *row) { w.uint64(uint64(r.ContentSize())) }, nil},
	{"stored_bytes", number64, func(w *rowWriter, r *row) { w.uint64(uint64(len(r.Body.Content) + len(r.ResponseBody.Content))) }, nil},
	// The path as patterns see it, where it is not the path itself.
	{"path_symbols", bytesOf, func(w *rowWriter, r *row) { w.string(symbolsOf(r.Recording)) }, nil},
	{"fault_set", texts, func(w *rowWriter, r *row) { w.texts(faultSet(r.Faults)) }, nil},
	{"body_text", number8, func(w *rowWriter, r *row) { w.bool(isText(&r.Body)) }, nil},
	{"response_body_text", number8, func(w *rowWriter, r *row) { w.bool(isText(&r.ResponseBody)) }, nil},
	{"origin", few, func(w *rowWriter, r *row) { w.string(string(r.Origin())) }, nil},
	{"severity", few, func(w *rowWriter, r *row) { w.string(analysis.Severity(r.Recording)) }, nil},
}

// pageColumns are what a page shows.
var pageColumns = slices.Concat([]column{
	identifier("trace_id", func(r *recording.Recording) *string { return &r.TraceID }),
	identifier("span_id", func(r *recording.Recording) *string { return &r.SpanID }),
	text("protocol", few, func(r *recording.Recording) *recording.Protocol { return &r.Protocol }),
	text("gateway", few, func(r *recording.Recording) *string { return &r.Gateway }),
	text("instance", few, func(r *recording.Recording) *string { return &r.Instance }),
	text("consumer", bytesOf, func(r *recording.Recording) *string { return &r.Consumer }),
	text("client_ip", bytesOf, func(r *recording.Recording) *string { return &r.ClientIP }),
	text("method", few, func(r *recording.Recording) *string { return &r.Method }),
	text("scheme", few, func(r *recording.Recording) *string { return &r.Scheme }),
	text("host", bytesOf, func(r *recording.Recording) *string { return &r.Host }),
	text("path", bytesOf, func(r *recording.Recording) *string { return &r.Path }),
	{"target", bytesOf, func(w *rowWriter, r *row) { w.string(string(r.Target)) }, func(from *rowReader, r *recording.Recording) { r.Target = recording.Target(from.string()) }},
	boolean("target_redacted", func(r *recording.Recording) *bool { return &r.TargetRedacted }),
	text("route", few, func(r *recording.Recording) *string { return &r.Route }),
	text("operation", bytesOf, func(r *recording.Recording) *string { return &r.Operation }),
	text("http_version", few, func(r *recording.Recording) *string { return &r.HTTPVersion }),
	{"response_status", signed64, func(w *rowWriter, r *row) { w.int64(int64(r.ResponseStatus)) }, func(from *rowReader, r *recording.Recording) { r.ResponseStatus = int(from.int64()) }},
	{"grpc_status", signedOrNull, func(w *rowWriter, r *row) { w.intOrNull(r.GRPCStatus) }, func(from *rowReader, r *recording.Recording) { r.GRPCStatus = from.intOrNull() }},
	{"websocket_close", signedOrNull, func(w *rowWriter, r *row) { w.intOrNull(r.WebSocketClose) }, func(from *rowReader, r *recording.Recording) { r.WebSocketClose = from.intOrNull() }},
	{"response_time_ms", decimal, func(w *rowWriter, r *row) { w.float(r.ResponseTimeMS) }, func(from *rowReader, r *recording.Recording) { r.ResponseTimeMS = from.float() }},
	{"upstream_time_ms", decimalOrNull, func(w *rowWriter, r *row) { w.floatOrNull(r.UpstreamTimeMS) }, func(from *rowReader, r *recording.Recording) { r.UpstreamTimeMS = from.floatOrNull() }},
	{"first_byte_ms", decimalOrNull, func(w *rowWriter, r *row) { w.floatOrNull(r.FirstByteMS) }, func(from *rowReader, r *recording.Recording) { r.FirstByteMS = from.floatOrNull() }},
	{"injected_delay_ms", decimal, func(w *rowWriter, r *row) { w.float(r.InjectedDelayMS) }, func(from *rowReader, r *recording.Recording) { r.InjectedDelayMS = from.float() }},
	text("scenario_mode", few, func(r *recording.Recording) *string { return &r.ScenarioMode }),
	{"scenario_version", signed64, func(w *rowWriter, r *row) { w.int64(r.ScenarioVersion) }, func(from *rowReader, r *recording.Recording) { r.ScenarioVersion = from.int64() }},
	text("rule", few, func(r *recording.Recording) *string { return &r.Rule }),
	{"fault_kinds", texts, func(w *rowWriter, r *row) {
		w.texts(each(r.Faults, func(f *recording.Fault) string { return f.Kind }))
	}, func(from *rowReader, r *recording.Recording) {
		for _, kind := range from.strings() {
			r.Faults = append(r.Faults, recording.Fault{Kind: kind})
		}
	}},
	{"fault_details", texts, func(w *rowWriter, r *row) {
		w.texts(each(r.Faults, func(f *recording.Fault) string { return f.Detail }))
	}, func(from *rowReader, r *recording.Recording) {
		for i, detail := range from.strings() {
			if i < len(r.Faults) {
				r.Faults[i].Detail = detail
			}
		}
	}},
	text("failure", bytesOf, func(r *recording.Recording) *string { return &r.Failure }),
	text("failed_by", few, func(r *recording.Recording) *recording.FailedBy { return &r.FailedBy }),
	text("failure_kind", few, func(r *recording.Recording) *recording.FailureKind { return &r.FailureKind }),
	text("mock_matched", bytesOf, func(r *recording.Recording) *string { return &r.MockMatched }),
	listed("plugin_executed", func(r *recording.Recording) *[]string { return &r.PluginExecuted }),
	listed("tags", func(r *recording.Recording) *[]string { return &r.Tags }),
	text("header_form", bytesOf, func(r *recording.Recording) *recording.HeaderForm { return &r.HeaderForm }),
	text("response_header_form", bytesOf, func(r *recording.Recording) *recording.HeaderForm { return &r.ResponseHeaderForm }),
},
	values("query", func(r *recording.Recording) *recording.Values { return &r.QueryParams }),
	values("header", func(r *recording.Recording) *recording.Values { return &r.Headers }),
	values("response_header", func(r *recording.Recording) *recording.Values { return &r.ResponseHeaders }),
	values("response_trailer", func(r *recording.Recording) *recording.Values { return &r.ResponseTrailers }),
	bodyFacts("body", func(r *recording.Recording) *recording.Body { return &r.Body }),
	bodyFacts("response_body", func(r *recording.Recording) *recording.Body { return &r.ResponseBody }),
)

// contentColumns are what only the whole recording has: contents and messages, which are arrays of the same length.
var contentColumns = []column{
	content("body", func(r *recording.Recording) *recording.Body { return &r.Body }),
	content("response_body", func(r *recording.Recording) *recording.Body { return &r.ResponseBody }),
	// The first makes room for the others.
	messages("message_directions", texts, func(w *rowWriter, m *recording.Message) { w.text(m.Direction) }, func(from *rowReader, m *recording.Message) { m.Direction = from.string() }),
	messages("message_kinds", texts, func(w *rowWriter, m *recording.Message) { w.text(m.Kind) }, func(from *rowReader, m *recording.Message) { m.Kind = from.string() }),
	messages("message_offsets_ms", decimals, func(w *rowWriter, m *recording.Message) { w.float(m.OffsetMS) }, func(from *rowReader, m *recording.Message) { m.OffsetMS = from.float() }),
	messages("message_sizes", signeds64, func(w *rowWriter, m *recording.Message) { w.int64(m.Body.Size) }, func(from *rowReader, m *recording.Message) { m.Body.Size = from.int64() }),
	messages("message_flags", numbers8, func(w *rowWriter, m *recording.Message) { w.uint8(flagsOf(&m.Body)) }, func(from *rowReader, m *recording.Message) { setFlags(&m.Body, from.uint8()) }),
	messages("message_bodies", texts, func(w *rowWriter, m *recording.Message) { w.content(m.Body.Content) }, func(from *rowReader, m *recording.Message) { m.Body.Content = from.content() }),
}

// columns are all columns of recordings, in the order in which they are written.
var columns = slices.Concat(keyColumns, derivedColumns, pageColumns, contentColumns)

// read are the columns that are selected to make a recording of.
func readColumns(whole bool) []column {
	of := pageColumns
	if whole {
		of = slices.Concat(pageColumns, contentColumns)
	}
	return append(slices.Clone(keyColumns[1:4]), of...)
}

func namesOf(all []column) string {
	return strings.Join(each(all, func(c *column) string { return c.name }), ", ")
}

func each[T, U any](all []T, of func(*T) U) []U {
	out := make([]U, len(all))
	for i := range all {
		out[i] = of(&all[i])
	}
	return out
}

func text[T ~string](name string, kind columnType, of func(*recording.Recording) *T) column {
	return column{
		name, kind, func(w *rowWriter, r *row) { w.text(string(*of(r.Recording))) },
		func(from *rowReader, r *recording.Recording) { *of(r) = T(from.string()) },
	}
}

// identifier is text that is compared without a case.
func identifier(name string, of func(*recording.Recording) *string) column {
	return column{
		name, bytesOf, func(w *rowWriter, r *row) { w.string(strings.ToLower(recording.AsText(*of(r.Recording)))) },
		func(from *rowReader, r *recording.Recording) { *of(r) = from.string() },
	}
}

func boolean(name string, of func(*recording.Recording) *bool) column {
	return column{
		name, number8, func(w *rowWriter, r *row) { w.bool(*of(r.Recording)) },
		func(from *rowReader, r *recording.Recording) { *of(r) = from.bool() },
	}
}

func listed(name string, of func(*recording.Recording) *[]string) column {
	return column{
		name, texts, func(w *rowWriter, r *row) { w.texts(*of(r.Recording)) },
		func(from *rowReader, r *recording.Recording) { *of(r) = from.strings() },
	}
}

// values are two columns: the names, and for each the list of its values.
func values(prefix string, of func(*recording.Recording) *recording.Values) []column {
	return []column{
		{prefix + "_names", texts, func(w *rowWriter, r *row) { w.names(sortedNames(*of(r.Recording))) }, func(from *rowReader, r *recording.Recording) {
			names := from.strings()
			if len(names) == 0 {
				return
			}
			*of(r) = make(recording.Values, len(names))
			from.between = names
		}},
		{prefix + "_values", lists, func(w *rowWriter, r *row) {
			w.lists(sortedNames(*of(r.Recording)), *of(r.Recording))
		}, func(from *rowReader, r *recording.Recording) {
			all := list(from, from.strings)
			for i, name := range from.between {
				if i < len(all) {
					// Two names may have become the same text.
					(*of(r))[name] = append(append([]string{}, (*of(r))[name]...), all[i]...)
				}
			}
			from.between = nil
		}},
	}
}

func bodyFacts(prefix string, of func(*recording.Recording) *recording.Body) []column {
	return []column{
		{prefix + "_size", signed64, func(w *rowWriter, r *row) { w.int64(of(r.Recording).Size) }, func(from *rowReader, r *recording.Recording) { of(r).Size = from.int64() }},
		{prefix + "_flags", number8, func(w *rowWriter, r *row) { w.uint8(flagsOf(of(r.Recording))) }, func(from *rowReader, r *recording.Recording) { setFlags(of(r), from.uint8()) }},
	}
}

func content(name string, of func(*recording.Recording) *recording.Body) column {
	return column{
		name, large, func(w *rowWriter, r *row) { w.content(of(r.Recording).Content) },
		func(from *rowReader, r *recording.Recording) { of(r).Content = from.content() },
	}
}

func messages(name string, kind columnType, write func(*rowWriter, *recording.Message), read func(*rowReader, *recording.Message)) column {
	return column{name, kind, func(w *rowWriter, r *row) {
		w.length(len(r.Messages))
		for i := range r.Messages {
			write(w, &r.Messages[i])
		}
	}, func(from *rowReader, r *recording.Recording) {
		at := 0
		list(from, func() struct{} {
			if at == len(r.Messages) {
				r.Messages = append(r.Messages, recording.Message{})
			}
			read(from, &r.Messages[at])
			at++
			return struct{}{}
		})
	}}
}

// The flags of a body, one bit each.
const (
	flagTruncated = 1 << iota
	flagRedacted
	flagDecoded
)

func flagsOf(b *recording.Body) (flags uint8) {
	for bit, set := range map[uint8]bool{flagTruncated: b.Truncated, flagRedacted: b.Redacted, flagDecoded: b.Decoded} {
		if set {
			flags |= bit
		}
	}
	return flags
}

func setFlags(b *recording.Body, flags uint8) {
	b.Truncated, b.Redacted, b.Decoded = flags&flagTruncated != 0, flags&flagRedacted != 0, flags&flagDecoded != 0
}

func isText(b *recording.Body) bool {
	_, is := b.TextContent()
	return is
}

// symbolsOf returns the path as patterns see it; empty where that is the path as it is stored.
func symbolsOf(r *recording.Recording) string {
	if symbols := pathpattern.Symbols(r.EscapedPath()); symbols != recording.AsText(r.Path) {
		return symbols
	}
	return ""
}

func faultSet(faults []recording.Fault) []string {
	var kinds []string
	for i := range faults {
		if kind := recording.AsText(faults[i].Kind); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// dayOf returns the number of the day of UTC since 1970: a Date of ClickHouse ends in 2149.
func dayOf(at time.Time) int32 { return int32(floorDiv(at.Unix(), 24*60*60)) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// key is an id as two numbers, which are in the order of its bytes.
type key struct{ high, low uint64 }

func keyOf(id uuid.UUID) key {
	return key{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])}
}

func (k key) id() (id uuid.UUID) {
	binary.BigEndian.PutUint64(id[:8], k.high)
	binary.BigEndian.PutUint64(id[8:], k.low)
	return id
}

func (k key) numbers() []uint64 { return []uint64{k.high, k.low} }
