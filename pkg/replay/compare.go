package replay

import (
	"cmp"
	"encoding/json"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Kind says how a part of the answer differs.
type Kind string

// The kinds of differences.
const (
	Added   Kind = "added"   // only in the answer to the replay
	Removed Kind = "removed" // only in the recorded answer
	Changed Kind = "changed"
	Type    Kind = "type" // changed, and of another JSON type
)

// Change is one difference.
type Change struct {
	// Path is the header's or trailer's name, or the place in the JSON body: $.items[3].id.
	Path string `json:"path"`
	Kind Kind   `json:"kind"`
	// Before is recorded, After replayed: strings of headers, JSON values of bodies. Absent where there is none; a long
	// one is a string that ends with "…".
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// StatusChange is a status that differs; 0 is no answer.
type StatusChange struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// Diff is what differs between a recorded answer and that to its replay.
type Diff struct {
	Equal bool `json:"equal"`
	// Status is absent where it is the same.
	Status   *StatusChange `json:"status,omitempty"`
	Headers  []Change      `json:"headers"`
	Trailers []Change      `json:"trailers"`
	Body     BodyDiff      `json:"body"`
	// GRPCStatus and WebSocketClose are absent where they are the same, or do not apply; -1 is none. GRPCMessage is among
	// Trailers. Messages are those of the upstream in a gRPC call or on a WebSocket.
	GRPCStatus     *StatusChange `json:"grpc_status,omitempty"`
	WebSocketClose *StatusChange `json:"websocket_close,omitempty"`
	Messages       *MessagesDiff `json:"messages,omitempty"`
	// Notes are reservations in sentences: what could not be compared, or was not.
	Notes []string `json:"notes"`
}

// CompareOptions say what is no difference.
type CompareOptions struct {
	// IgnoreHeaders are names in any case; nil is those that differ from one answer to the next. Headers between neighbours,
	// lengths and those of MockForge are always ignored.
	IgnoreHeaders []string `json:"ignore_headers,omitempty"`
	// IgnoreFields are places in JSON bodies, by pkg/fieldpath: "$.id", "items[*].updated_at", "**.timestamp" or "$..timestamp" (at
	// any depth). What is below a place is ignored with it.
	IgnoreFields []string `json:"ignore_fields,omitempty"`
}

// defaultIgnoredHeaders differ from one answer to the next without meaning.
func defaultIgnoredHeaders() []string {
	return []string{"Date", "Age", "Server-Timing", "X-Request-Id", "X-Correlation-Id", "X-Response-Time", "Traceparent", "Tracestate", "Traceresponse"}
}

// Validate returns a *validation.Error about a field that cannot be read.
func (o CompareOptions) Validate() error {
	if len(o.IgnoreHeaders) > 100 {
		return validation.Errorf("ignore_headers", "must be at most 100, are %d", len(o.IgnoreHeaders))
	}
	if len(o.IgnoreFields) > 100 {
		return validation.Errorf("ignore_fields", "must be at most 100, are %d", len(o.IgnoreFields))
	}
	for i, field := range o.IgnoreFields {
		if _, err := parseIgnored(field); err != nil {
			return validation.In("ignore_fields["+strconv.Itoa(i)+"]", err)
		}
	}
	return nil
}

// Compare holds the answer to a replay against the recorded one. Parts that were redacted on either side are no
// differences. Options that do not validate ignore nothing.
func Compare(recorded recording.Recording, replayed Result, options CompareOptions) Diff {
	d := Diff{Notes: slices.Clone(replayed.Notes)}
	if d.Notes == nil {
		d.Notes = []string{}
	}
	if recorded.Injected() {
		d.Notes = append(d.Notes, "Faults were injected into the recorded exchange ("+clip(kindsOf(recorded.Faults))+"); "+given(replayed)+".")
	} else if len(replayed.Injected) > 0 {
		d.Notes = append(d.Notes, "Faults were injected into the replay ("+clip(kindsOf(replayed.Injected))+"); the recorded exchange has none.")
	}
	if recorded.MockMatched != "" {
		d.Notes = append(d.Notes, "The recorded answer is that of a mock; the replay asked the upstream.")
	}
	if recorded.ResponseStatus != replayed.Status {
		d.Status = &StatusChange{Before: recorded.ResponseStatus, After: replayed.Status}
	}
	ignored := options.ignoredHeaders()
	switch recorded.Protocol {
	case recording.GRPC:
		// A call that has only its end says so in headers, another one in trailers.
		for _, name := range grpcStatusHeaders {
			ignored[name] = true
		}
		ignored["Grpc-Encoding"], ignored["Grpc-Accept-Encoding"], ignored["Trailer"] = true, true, true
	case recording.WebSocket:
		for _, name := range webSocketHeaders {
			ignored[name] = name != "Sec-Websocket-Protocol"
		}
	}
	before, after := answered(&recorded, replayed.Headers)
	d.Headers = compareValues(before, after, ignored)
	// Trailers are recorded as text.
	d.Trailers = compareValues(recorded.ResponseTrailers.AsText(), replayed.Trailers.AsText(), ignored)
	var ignoredFields []*fieldpath.Path
	for _, field := range options.IgnoreFields {
		if p, err := parseIgnored(field); err == nil {
			ignoredFields = append(ignoredFields, p)
		}
	}
	if recorded.Protocol == recording.GRPC || recorded.Protocol == recording.WebSocket {
		d.conversation(recorded, replayed, ignoredFields)
		return d
	}
	var notes []string
	d.Body, notes = compareBodies(
		answer{recorded.ResponseBody, canonical(recorded.ResponseHeaders)},
		answer{replayed.Body, canonical(replayed.Headers)}, ignoredFields)
	d.Notes = append(d.Notes, notes...)
	d.Equal = d.Status == nil && len(d.Headers) == 0 && len(d.Trailers) == 0 && d.Body.Equal
	return d
}

// conversation compares what exchanges of one request and one answer do not have.
func (d *Diff) conversation(recorded recording.Recording, replayed Result, ignored []*fieldpath.Path) {
	if recorded.Protocol == recording.GRPC {
		status, message := grpcEnd(canonical(recorded.ResponseTrailers), canonical(recorded.ResponseHeaders))
		if recorded.GRPCStatus != nil {
			status = recorded.GRPCStatus
		}
		d.GRPCStatus = codes(status, replayed.GRPCStatus)
		if message != replayed.GRPCMessage && !masked([]string{message, replayed.GRPCMessage}) {
			d.Trailers = append(d.Trailers, Change{Path: "Grpc-Message", Kind: Changed, Before: text(message), After: text(replayed.GRPCMessage)})
		}
	} else {
		d.WebSocketClose = codes(recorded.WebSocketClose, replayed.WebSocketClose)
	}
	before := messagesOf(recorded.Messages, toClient, "text", "binary", "grpc")
	messages, notes := compareMessages(before, replayed.Messages, allRecorded(recorded, before), ignored)
	d.Messages = &messages
	d.Body = BodyDiff{Equal: true}
	d.Notes = append(d.Notes, notes...)
	d.Equal = d.Status == nil && len(d.Headers) == 0 && len(d.Trailers) == 0 && d.GRPCStatus == nil && d.WebSocketClose == nil && messages.Equal
}

// codes compares two codes of which either may be absent.
func codes(before, after *int) *StatusChange {
	c := StatusChange{Before: -1, After: -1}
	if before != nil {
		c.Before = *before
	}
	if after != nil {
		c.After = *after
	}
	if c.Before == c.After {
		return nil
	}
	return &c
}

func given(replayed Result) string {
	if len(replayed.Injected) == 0 {
		return "the replay has none"
	}
	return "the replay has its own (" + clip(kindsOf(replayed.Injected)) + ")"
}

func kindsOf(faults []recording.Fault) string {
	kinds := make([]string, len(faults))
	for i, f := range faults {
		kinds[i] = f.Kind
	}
	return strings.Join(kinds, ", ")
}

func (o CompareOptions) ignoredHeaders() map[string]bool {
	names := o.IgnoreHeaders
	if names == nil {
		names = defaultIgnoredHeaders()
	}
	ignored := map[string]bool{"Content-Length": true} // follows from the body
	for _, name := range slices.Concat(names, hopByHop) {
		ignored[textproto.CanonicalMIMEHeaderKey(name)] = true
	}
	return ignored
}

func compareValues(before, after recording.Values, ignored map[string]bool) []Change {
	changes := []Change{}
	a, b := canonical(before), canonical(after)
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	for name := range names {
		if ignored[name] || strings.HasPrefix(name, "X-Mockforge-") {
			continue
		}
		was, had := a[name]
		is, has := b[name]
		switch {
		case !had:
			changes = append(changes, Change{Path: name, Kind: Added, After: text(shown(is))})
		case !has:
			changes = append(changes, Change{Path: name, Kind: Removed, Before: text(shown(was))})
		case !slices.Equal(was, is) && !masked(was) && !masked(is):
			changes = append(changes, Change{Path: name, Kind: Changed, Before: text(shown(was)), After: text(shown(is))})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes[:min(len(changes), maxChanges)]
}

func masked(values []string) bool {
	return slices.ContainsFunc(values, recording.IsRedacted)
}

// maxValue is the greatest length of a value that is shown, in bytes.
const maxValue = 2048

// text returns a string as JSON, shortened where it is long.
func text(s string) json.RawMessage {
	if len(s) > maxValue {
		s = s[:maxValue] + "…"
	}
	raw, _ := json.Marshal(strings.ToValidUTF8(s, "\uFFFD")) // a string can always be written
	return raw
}
