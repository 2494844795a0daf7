package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"modernc.org/sqlite"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// column is one column of a recording: how it is written, and what of a recording it is read into.
type column struct {
	name  string
	value func(r *recording.Recording) any
	into  func(r *recording.Recording) any
}

// columns are all columns of a recording but its number. What is read of them is checked by checked.
var columns = append(append(append([]column{
	{"id", func(r *recording.Recording) any { return r.ID[:] }, func(r *recording.Recording) any { return &r.ID }},
	{"timestamp", func(r *recording.Recording) any { return r.StoredTime().UnixMicro() }, func(r *recording.Recording) any { return (*microseconds)(&r.Timestamp) }},
	optional("trace_id", func(r *recording.Recording) *string { return &r.TraceID }, strings.ToLower),
	optional("span_id", func(r *recording.Recording) *string { return &r.SpanID }, strings.ToLower),
	text("protocol", func(r *recording.Recording) *recording.Protocol { return &r.Protocol }),
	text("gateway", func(r *recording.Recording) *string { return &r.Gateway }),
	text("instance", func(r *recording.Recording) *string { return &r.Instance }),
	text("consumer", func(r *recording.Recording) *string { return &r.Consumer }),
	text("client_ip", func(r *recording.Recording) *string { return &r.ClientIP }),
	text("method", func(r *recording.Recording) *string { return &r.Method }),
	text("scheme", func(r *recording.Recording) *string { return &r.Scheme }),
	text("host", func(r *recording.Recording) *string { return &r.Host }),
	text("path", func(r *recording.Recording) *string { return &r.Path }),
	{"target", func(r *recording.Recording) any { return orNull(r.Target.Text()) }, func(r *recording.Recording) any { return (*target)(&r.Target) }},
	same("target_redacted", func(r *recording.Recording) *bool { return &r.TargetRedacted }),
	text("route", func(r *recording.Recording) *string { return &r.Route }),
	text("operation", func(r *recording.Recording) *string { return &r.Operation }),
	text("http_version", func(r *recording.Recording) *string { return &r.HTTPVersion }),
	same("response_status", func(r *recording.Recording) *int { return &r.ResponseStatus }),
	nullable("grpc_status", func(r *recording.Recording) **int { return &r.GRPCStatus }),
	nullable("websocket_close", func(r *recording.Recording) **int { return &r.WebSocketClose }),
	number("response_time_ms", func(r *recording.Recording) *float64 { return &r.ResponseTimeMS }),
	numberOrNull("upstream_time_ms", func(r *recording.Recording) **float64 { return &r.UpstreamTimeMS }),
	numberOrNull("first_byte_ms", func(r *recording.Recording) **float64 { return &r.FirstByteMS }),
	number("injected_delay_ms", func(r *recording.Recording) *float64 { return &r.InjectedDelayMS }),
	text("scenario_mode", func(r *recording.Recording) *string { return &r.ScenarioMode }),
	same("scenario_version", func(r *recording.Recording) *int64 { return &r.ScenarioVersion }),
	text("rule", func(r *recording.Recording) *string { return &r.Rule }),
	{"faults", func(r *recording.Recording) any { return faultsOrNull(r.Faults) }, func(r *recording.Recording) any { return document{&r.Faults} }},
	text("failure", func(r *recording.Recording) *string { return &r.Failure }),
	optional("failed_by", func(r *recording.Recording) *recording.FailedBy { return &r.FailedBy }, nil),
	optional("failure_kind", func(r *recording.Recording) *recording.FailureKind { return &r.FailureKind }, nil),
	text("mock_matched", func(r *recording.Recording) *string { return &r.MockMatched }),
	list("plugin_executed", func(r *recording.Recording) *[]string { return &r.PluginExecuted }),
	list("tags", func(r *recording.Recording) *[]string { return &r.Tags }),
}, bodyFacts("body", func(r *recording.Recording) *recording.Body { return &r.Body })...),
	bodyFacts("response_body", func(r *recording.Recording) *recording.Body { return &r.ResponseBody })...),
	values("query_params", func(r *recording.Recording) *recording.Values { return &r.QueryParams }),
	values("headers", func(r *recording.Recording) *recording.Values { return &r.Headers }),
	optional("header_form", func(r *recording.Recording) *recording.HeaderForm { return &r.HeaderForm }, nil),
	values("response_headers", func(r *recording.Recording) *recording.Values { return &r.ResponseHeaders }),
	optional("response_header_form", func(r *recording.Recording) *recording.HeaderForm { return &r.ResponseHeaderForm }, nil),
	values("response_trailers", func(r *recording.Recording) *recording.Values { return &r.ResponseTrailers }),
	bodyContent("body", func(r *recording.Recording) *recording.Body { return &r.Body }),
	bodyContent("response_body", func(r *recording.Recording) *recording.Body { return &r.ResponseBody }),
)

// contents is how many columns at the end are of contents, which pages leave out.
const contents = 2

func selectColumns(whole bool) (string, []column) {
	selected := columns
	if !whole {
		selected = columns[:len(columns)-contents]
	}
	return namesOf(selected), selected
}

func namesOf(all []column) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

func text[T ~string](name string, of func(*recording.Recording) *T) column {
	return column{
		name, func(r *recording.Recording) any { return recording.AsText(string(*of(r))) },
		func(r *recording.Recording) any { return of(r) },
	}
}

// optional is text that is null where there is none, changed by change before it is stored.
func optional[T ~string](name string, of func(*recording.Recording) *T, change func(string) string) column {
	return column{name, func(r *recording.Recording) any {
		value := recording.AsText(string(*of(r)))
		if change != nil {
			value = change(value)
		}
		return orNull(value)
	}, func(r *recording.Recording) any { return &sqlText[T]{of(r)} }}
}

func same[T bool | int | int64](name string, of func(*recording.Recording) *T) column {
	return column{name, func(r *recording.Recording) any { return *of(r) }, func(r *recording.Recording) any { return of(r) }}
}

func nullable(name string, of func(*recording.Recording) **int) column {
	return column{name, func(r *recording.Recording) any {
		if *of(r) == nil {
			return nil
		}
		return int64(**of(r))
	}, func(r *recording.Recording) any { return of(r) }}
}

func number(name string, of func(*recording.Recording) *float64) column {
	return column{name, func(r *recording.Recording) any { return recording.Finite(*of(r)) }, func(r *recording.Recording) any { return of(r) }}
}

func numberOrNull(name string, of func(*recording.Recording) **float64) column {
	return column{name, func(r *recording.Recording) any {
		if v := *of(r); v != nil && recording.Finite(*v) == *v {
			return *v
		}
		return nil
	}, func(r *recording.Recording) any { return of(r) }}
}

func list(name string, of func(*recording.Recording) *[]string) column {
	return column{name, func(r *recording.Recording) any { return listOrNull(*of(r)) }, func(r *recording.Recording) any { return document{of(r)} }}
}

func values(name string, of func(*recording.Recording) *recording.Values) column {
	return column{name, func(r *recording.Recording) any {
		if len(*of(r)) == 0 {
			return nil
		}
		return inJSON(map[string][]string(of(r).AsText()))
	}, func(r *recording.Recording) any { return document{of(r)} }}
}

func bodyFacts(prefix string, of func(*recording.Recording) *recording.Body) []column {
	return []column{
		same(prefix+"_size", func(r *recording.Recording) *int64 { return &of(r).Size }),
		same(prefix+"_truncated", func(r *recording.Recording) *bool { return &of(r).Truncated }),
		same(prefix+"_redacted", func(r *recording.Recording) *bool { return &of(r).Redacted }),
		same(prefix+"_decoded", func(r *recording.Recording) *bool { return &of(r).Decoded }),
	}
}

func bodyContent(name string, of func(*recording.Recording) *recording.Body) column {
	return column{
		name, func(r *recording.Recording) any { return contentOf(of(r)) },
		func(r *recording.Recording) any { return (*content)(&of(r).Content) },
	}
}

// contentOf is text where the content is text, else bytes, and null where there is none.
func contentOf(b *recording.Body) any {
	if len(b.Content) == 0 {
		return nil
	}
	if text, isText := b.Text(); isText {
		return text
	}
	return b.Content
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func listOrNull(texts []string) any {
	if len(texts) == 0 {
		return nil
	}
	stored := make([]string, len(texts))
	for i, text := range texts {
		stored[i] = recording.AsText(text)
	}
	return inJSON(stored)
}

func faultsOrNull(faults []recording.Fault) any {
	if len(faults) == 0 {
		return nil
	}
	stored := make([]recording.Fault, len(faults))
	for i, f := range faults {
		stored[i] = recording.Fault{Kind: recording.AsText(f.Kind), Detail: recording.AsText(f.Detail)}
	}
	return inJSON(stored)
}

// inJSON returns what always becomes JSON.
func inJSON(value any) string {
	document, _ := json.Marshal(value)
	return string(document)
}

// microseconds reads a time.
type microseconds time.Time

// Scan implements sql.Scanner.
func (m *microseconds) Scan(value any) error {
	at, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a time is %T", value)
	}
	*m = microseconds(time.UnixMicro(at).UTC())
	return nil
}

// sqlText reads text that may be null.
type sqlText[T ~string] struct{ to *T }

// Scan implements sql.Scanner.
func (t *sqlText[T]) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*t.to = ""
	case string:
		*t.to = T(v)
	default:
		return fmt.Errorf("a text is %T", value)
	}
	return nil
}

// target reads what recording.Target.Text wrote.
type target recording.Target

// Scan implements sql.Scanner.
func (t *target) Scan(value any) error {
	var written string
	if err := (&sqlText[string]{&written}).Scan(value); err != nil {
		return err
	}
	return (*recording.Target)(t).UnmarshalText([]byte(written))
}

// document reads JSON, which may be null.
type document struct{ to any }

// Scan implements sql.Scanner.
func (d document) Scan(value any) error {
	if value == nil {
		return nil
	}
	written, ok := value.(string)
	if !ok {
		return fmt.Errorf("a document is %T", value)
	}
	return json.Unmarshal([]byte(written), d.to)
}

// content reads a body, which is text or bytes.
type content []byte

// Scan implements sql.Scanner.
func (c *content) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*c = nil
	case string:
		*c = []byte(v)
	case []byte:
		*c = append([]byte(nil), v...)
	default:
		return fmt.Errorf("a body is %T", value)
	}
	return nil
}

// scanRecording reads the columns of a recording, after others that were put before.
func scanRecording(row interface{ Scan(...any) error }, selected []column, before ...any) (recording.Recording, error) {
	var r recording.Recording
	into := before
	for _, c := range selected {
		into = append(into, c.into(&r))
	}
	if err := row.Scan(into...); err != nil {
		if _, said := errors.AsType[*sqlite.Error](err); said || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return r, err
		}
		return r, fmt.Errorf("a recording cannot be read: %w", err)
	}
	if err := r.CheckForms(); err != nil {
		return r, fmt.Errorf("recording %s cannot be read: %w", r.ID, err)
	}
	return r, nil
}

var (
	_ sql.Scanner   = (*microseconds)(nil)
	_ driver.Valuer = uuid.UUID{}
)
