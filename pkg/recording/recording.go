// Package recording has the recording of one exchange as every part of the product sees it, its filter, its redaction
// and its export formats.
package recording

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Protocol is what an exchange speaks.
type Protocol string

// The protocols that gateways tell apart.
const (
	HTTP      Protocol = "http"
	GRPC      Protocol = "grpc"
	WebSocket Protocol = "websocket"
	GraphQL   Protocol = "graphql"
)

// Protocols returns all of them, in the order in which they are shown.
func Protocols() []Protocol { return []Protocol{HTTP, GRPC, WebSocket, GraphQL} }

// Values are headers, trailers or query parameters: every value of every name, in order of arrival within a name.
type Values map[string][]string

// MarshalJSON gives an object of lists, in which what is no text is as AsText has it.
func (v Values) MarshalJSON() ([]byte, error) { return json.Marshal(map[string][]string(v.AsText())) }

// AsText returns v with AsText of all, in a copy where any is no text.
func (v Values) AsText() Values {
	clean := true
	for name, list := range v {
		clean = clean && isText(name)
		for _, value := range list {
			clean = clean && isText(value)
		}
	}
	if clean {
		return v
	}
	all := make(Values, len(v))
	for name, list := range v {
		for _, value := range list {
			all[AsText(name)] = append(all[AsText(name)], AsText(value))
		}
	}
	return all
}

// Recording is one exchange as stored. Times are UTC, durations milliseconds.
type Recording struct {
	// ID is a UUIDv7 (RFC 9562), made at capture, so that ids sort by time.
	ID        uuid.UUID `json:"id"`
	Timestamp time.Time `json:"timestamp"`
	TraceID   string    `json:"trace_id,omitempty"`
	SpanID    string    `json:"span_id,omitempty"`
	// TraceFlags are those of W3C Trace Context, 1 where the trace is sampled. They are not stored.
	TraceFlags byte     `json:"-"`
	Protocol   Protocol `json:"protocol"`
	Gateway    string   `json:"gateway"`
	Instance   string   `json:"instance"`
	Consumer   string   `json:"consumer,omitempty"`
	ClientIP   string   `json:"client_ip,omitempty"`

	Method string `json:"method"`
	Scheme string `json:"scheme,omitempty"`
	Host   string `json:"host,omitempty"`
	// Path is what Target has before its query, escaped as it was sent: what rules, mocks, filters and patterns see segment by
	// segment (pkg/pathpattern). Bytes that cannot be in a URL are percent-encoded. It is decoded where there is no Target.
	Path string `json:"path"`
	// Target is path and query as they were sent, with secrets masked where they stand; empty in recordings from before it was
	// kept. TargetRedacted reports whether any part of it was masked or left out.
	Target         Target `json:"target,omitempty"`
	TargetRedacted bool   `json:"target_redacted,omitempty"`
	// Route is the template that the path belongs to, such as /users/{id}.
	Route string `json:"route,omitempty"`
	// Operation is the gRPC full method without the leading slash, or the GraphQL operation ("query GetUser").
	Operation   string `json:"operation,omitempty"`
	HTTPVersion string `json:"http_version,omitempty"`
	// QueryParams are the parameters of the query, decoded as package querystring does; in recordings from before it was there they are
	// what net/url reads of it.
	QueryParams Values `json:"query_params,omitempty"`
	// Headers have canonical names; HeaderForm beside them tells how they were sent: see HeaderLines.
	Headers    Values     `json:"headers,omitempty"`
	HeaderForm HeaderForm `json:"header_form,omitempty"`
	Body       Body       `json:"body"`

	// ResponseStatus is 0 where the client got no answer (aborted, reset, timed out).
	ResponseStatus     int        `json:"response_status"`
	ResponseHeaders    Values     `json:"response_headers,omitempty"`
	ResponseHeaderForm HeaderForm `json:"response_header_form,omitempty"`
	ResponseTrailers   Values     `json:"response_trailers,omitempty"`
	ResponseBody       Body       `json:"response_body"`
	// GRPCStatus is the gRPC status code (0 OK to 16), WebSocketClose the close code, where the protocol has one.
	GRPCStatus     *int `json:"grpc_status,omitempty"`
	WebSocketClose *int `json:"websocket_close,omitempty"`
	// ResponseTimeMS is from the request's arrival to the end of the response; UpstreamTimeMS the upstream's own part
	// (absent where it was not asked), InjectedDelayMS what faults added.
	ResponseTimeMS  float64  `json:"response_time_ms"`
	UpstreamTimeMS  *float64 `json:"upstream_time_ms,omitempty"`
	FirstByteMS     *float64 `json:"first_byte_ms,omitempty"`
	InjectedDelayMS float64  `json:"injected_delay_ms,omitempty"`

	ScenarioMode    string `json:"scenario_mode"`
	ScenarioVersion int64  `json:"scenario_version"`
	Rule            string `json:"rule,omitempty"`
	// Faults are what was done to the exchange, in order; empty is organic.
	Faults []Fault `json:"faults,omitempty"`
	// Failure says for people how the exchange ended other than by an answer: "client aborted", "upstream refused the connection".
	// FailedBy and FailureKind say it for programs; empty in recordings from before they were kept.
	Failure        string      `json:"failure,omitempty"`
	FailedBy       FailedBy    `json:"failed_by,omitempty"`
	FailureKind    FailureKind `json:"failure_kind,omitempty"`
	MockMatched    string      `json:"mock_matched,omitempty"`
	PluginExecuted []string    `json:"plugin_executed,omitempty"`
	Tags           []string    `json:"tags,omitempty"`

	// Messages of streams (WebSocket, gRPC, SSE), capped; only with GET /recordings/{id}.
	Messages []Message `json:"messages,omitempty"`

	// Withheld names the fields that Withhold has emptied; it is not stored.
	Withheld []string `json:"withheld,omitempty"`
}

// Injected reports whether anything was done to the exchange.
func (r *Recording) Injected() bool { return len(r.Faults) > 0 }

// Failed reports whether the client got no answer, or not the whole of it.
func (r *Recording) Failed() bool { return r.Failure != "" || r.ResponseStatus == 0 }

// Fault is one thing that was done to an exchange.
type Fault struct {
	// Kind is the fault's name: latency, error, timeout, …
	Kind string `json:"kind"`
	// Detail is for people and for the response header, such as "120ms" or "503".
	Detail string `json:"detail,omitempty"`
}

// MaxMessages is how many messages of one exchange are recorded at most.
const MaxMessages = 500

// Message is one message of a stream.
type Message struct {
	// Direction is "in" (from the client) or "out" (to the client).
	Direction string  `json:"direction"`
	OffsetMS  float64 `json:"offset_ms"`
	// Kind is text, binary, close, ping, pong, grpc or event.
	Kind string `json:"kind"`
	Body Body   `json:"body"`
}

// Body is a captured body or message: at most the configured number of bytes of it.
type Body struct {
	Content []byte
	// Size is the size on the wire in bytes, captured or not.
	Size int64
	// Truncated reports whether Content holds less than Size.
	Truncated bool
	// Redacted reports whether any part of Content was masked.
	Redacted bool
	// Decoded reports whether Content had its content encoding (gzip, …) removed; the header still says what it was.
	Decoded bool
}

type bodyJSON struct {
	Encoding  string `json:"encoding"`
	Content   string `json:"content"`
	Size      int64  `json:"size"`
	Truncated bool   `json:"truncated,omitempty"`
	Redacted  bool   `json:"redacted,omitempty"`
	Decoded   bool   `json:"decoded,omitempty"`
}

// MarshalJSON gives {"encoding":"utf8"|"base64","content":…,"size":…}: utf8 where the content is valid UTF-8.
func (b Body) MarshalJSON() ([]byte, error) { return json.Marshal(b.json()) }

func (b Body) json() bodyJSON {
	out := bodyJSON{Encoding: "utf8", Size: b.Size, Truncated: b.Truncated, Redacted: b.Redacted, Decoded: b.Decoded}
	if utf8.Valid(b.Content) {
		out.Content = string(b.Content)
	} else {
		out.Encoding, out.Content = "base64", base64.StdEncoding.EncodeToString(b.Content)
	}
	return out
}

// UnmarshalJSON reads what MarshalJSON writes.
func (b *Body) UnmarshalJSON(data []byte) error {
	var in bodyJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	return b.fromJSON(in)
}

func (b *Body) fromJSON(in bodyJSON) error {
	*b = Body{Size: in.Size, Truncated: in.Truncated, Redacted: in.Redacted, Decoded: in.Decoded}
	switch in.Encoding {
	case "utf8", "":
		if in.Content != "" {
			b.Content = []byte(in.Content)
		}
	case "base64":
		content, err := base64.StdEncoding.DecodeString(in.Content)
		if err != nil {
			return fmt.Errorf("body content is not base64: %w", err)
		}
		b.Content = content
	default:
		return fmt.Errorf("body encoding must be utf8 or base64, is %q", in.Encoding)
	}
	return nil
}
