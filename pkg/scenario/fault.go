package scenario

import (
	"errors"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits on what a fault may hold, whatever the configuration says.
const (
	MaxFaults = 20
	// MaxWindowMS bounds what repeats and what grows over time: a day, in milliseconds.
	MaxWindowMS = 86_400_000
	// MaxCount bounds what is counted: exchanges of a limit or a schedule, messages.
	MaxCount = 1_000_000_000
)

// Fault is one kind of harm with its parameters, in a flat form. A parameter that the kind does not use is refused by
// Validate; one that is absent has the default that is said here.
type Fault struct {
	Kind FaultKind `json:"kind" yaml:"kind"`
	// Share (0 to 1, default 1) of the rule's exchanges that get it; of messages where it works at messages.
	Share *float64 `json:"share,omitempty" yaml:"share,omitempty"`
	// When narrows the fault to certain moments or exchanges; absent: always.
	When *When `json:"when,omitempty" yaml:"when,omitempty"`
	// At (latency, corrupt, throttle, headers, drop, duplicate): the part of the exchange; see the kinds.
	At Place `json:"at,omitempty" yaml:"at,omitempty"`

	// Distribution (latency; default fixed, or uniform where min_ms and max_ms are given without delay_ms).
	Distribution Distribution `json:"distribution,omitempty" yaml:"distribution,omitempty"`
	// DelayMS, MinMS, MaxMS and DeviationMS (latency) are milliseconds, Sigma (default 0.5) and Alpha (default 1.5)
	// have no unit; see the distributions.
	DelayMS     *float64 `json:"delay_ms,omitempty" yaml:"delay_ms,omitempty"`
	MinMS       *float64 `json:"min_ms,omitempty" yaml:"min_ms,omitempty"`
	MaxMS       *float64 `json:"max_ms,omitempty" yaml:"max_ms,omitempty"`
	DeviationMS *float64 `json:"deviation_ms,omitempty" yaml:"deviation_ms,omitempty"`
	Sigma       *float64 `json:"sigma,omitempty" yaml:"sigma,omitempty"`
	Alpha       *float64 `json:"alpha,omitempty" yaml:"alpha,omitempty"`

	// StatusCodes (error; default what corresponds to GRPCCode, else 500, 502, 503) to draw from. Status (replace; default 200) is the one.
	StatusCodes []int `json:"status_codes,omitempty" yaml:"status_codes,omitempty"`
	Status      *int  `json:"status,omitempty" yaml:"status,omitempty"`
	// GRPCCode (error) is the name of a gRPC status ("UNAVAILABLE") that calls are answered with; default: what
	// corresponds to the HTTP status. Message (error) is the text that goes with it, and with problem documents and
	// GraphQL errors.
	GRPCCode string `json:"grpc_code,omitempty" yaml:"grpc_code,omitempty"`
	Message  string `json:"message,omitempty" yaml:"message,omitempty"`
	// Body and ContentType (error, replace): what is answered with; default: a problem document, or nothing.
	Body        *string `json:"body,omitempty" yaml:"body,omitempty"`
	ContentType string  `json:"content_type,omitempty" yaml:"content_type,omitempty"`
	// RetryAfterS (error) is the Retry-After header, and google.rpc.RetryInfo of gRPC, in seconds; default: none.
	RetryAfterS *int `json:"retry_after_s,omitempty" yaml:"retry_after_s,omitempty"`
	// SetHeaders (headers, error, replace) and RemoveHeaders (headers).
	SetHeaders    map[string]string `json:"set_headers,omitempty" yaml:"set_headers,omitempty"`
	RemoveHeaders []string          `json:"remove_headers,omitempty" yaml:"remove_headers,omitempty"`

	// TimeoutMS (timeout; default 30000), DurationMS (drip; default 10000) and WindowMS (rate_limit; default 60000).
	TimeoutMS  *int `json:"timeout_ms,omitempty" yaml:"timeout_ms,omitempty"`
	DurationMS *int `json:"duration_ms,omitempty" yaml:"duration_ms,omitempty"`
	WindowMS   *int `json:"window_ms,omitempty" yaml:"window_ms,omitempty"`
	// Limit (rate_limit; required) is how many exchanges pass in a window, Per whose: consumer (default), route or all.
	Limit *int  `json:"limit,omitempty" yaml:"limit,omitempty"`
	Per   Scope `json:"per,omitempty" yaml:"per,omitempty"`

	// AfterBytes (reset, close, truncate) of the answer's body, after which it happens; absent for reset and close: before
	// anything is answered. Keep (truncate; 0 to 1, default 0.5 where after_bytes is absent) is a share of it instead, of
	// what Content-Length says.
	AfterBytes *int64   `json:"after_bytes,omitempty" yaml:"after_bytes,omitempty"`
	Keep       *float64 `json:"keep,omitempty" yaml:"keep,omitempty"`
	// AfterMessages (error, close, reset): only streams, after so many messages to the client; absent: at once.
	AfterMessages *int `json:"after_messages,omitempty" yaml:"after_messages,omitempty"`
	// CloseCode (close; default 1011) closes a WebSocket.
	CloseCode *int `json:"close_code,omitempty" yaml:"close_code,omitempty"`
	// BytesPerSecond (throttle; required), BytesChanged (corrupt; default 1).
	BytesPerSecond *int64 `json:"bytes_per_second,omitempty" yaml:"bytes_per_second,omitempty"`
	BytesChanged   *int   `json:"bytes_changed,omitempty" yaml:"bytes_changed,omitempty"`
	// Part (malform) is body (default) or chunk.
	Part string `json:"part,omitempty" yaml:"part,omitempty"`

	// Patch (patch) are the operations of a JSON Patch (RFC 6902).
	Patch []PatchOperation `json:"patch,omitempty" yaml:"patch,omitempty"`
	// NullPaths (patch) are fields of GraphQL answers that become null, each with an error of its path: "user.email",
	// "orders[*].total" (see ParseNullPath). Extensions are those of the errors (and of GraphQL errors of kind error).
	NullPaths  []string       `json:"null_paths,omitempty" yaml:"null_paths,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty" yaml:"extensions,omitempty"`
}

// Validate checks the kind and its parameters. The error joins one *validation.Error per offence.
func (f Fault) Validate() error {
	kind, known := f.Kind.Registered()
	if !known {
		return unknownKind(f.Kind)
	}
	errs := []error{validation.Rate("share", f.Share)}
	if f.When != nil {
		errs = append(errs, validation.In("when", f.When.Validate()))
	}
	for _, p := range parameters {
		switch {
		case !p.given(&f):
		case kind.takes(p):
			errs = append(errs, p.check(&f))
		default:
			errs = append(errs, validation.Errorf(p.Name, "is not used by kind %s", f.Kind))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return kind.checkTogether(&f)
}

func unknownKind(kind FaultKind) error {
	known := words(FaultKinds()...)
	if kind == "" {
		return validation.Errorf("kind", "is required: one of %s", strings.Join(known, ", "))
	}
	return oneOf("kind", string(kind), known...)
}

// checkTogether checks parameters that need or exclude each other.
func (k *Kind) checkTogether(f *Fault) error {
	for _, field := range k.Fields {
		given := field.given(f)
		switch {
		case field.Required && len(field.Distributions) == 0 && !given:
			return required(field.Name, false, "by kind "+string(k.Name))
		case given && field.Unless != nil && field.Unless.place < field.place && field.Unless.given(f):
			return validation.Errorf(field.Name, "must not be given together with %s", field.Unless.Name)
		}
	}
	if k.check == nil {
		return nil
	}
	return k.check(f)
}

// WithDefaults returns f with every parameter that its kind takes and that has a default filled in; it shares nothing with f. After_bytes
// and after_messages stay absent, which means something else than 0.
func (f Fault) WithDefaults() Fault {
	full := new(f)
	full.unshare()
	full.fillIn()
	return *full
}

// fillIn gives f its defaults.
func (f *Fault) fillIn() {
	setDefault(&f.Share, 1)
	kind := f.kind()
	if kind.fill != nil {
		kind.fill(f)
	}
	for i := range kind.Fields {
		field := &kind.Fields[i]
		if field.Default != nil && field.drawnWith(f) && (field.Unless == nil || !field.Unless.given(f)) {
			field.fill(f, field.Default)
		}
	}
	if w := f.When; w != nil && w.Per == "" && w.counts() {
		w.Per = PerAll
	}
}

// unshare makes copies of all that f points to.
func (f *Fault) unshare() {
	copyOf(&f.Share)
	f.When = f.When.clone()
	for _, p := range parameters {
		p.unshare(f)
	}
}

// atMessages reports whether f is decided about message by message.
func (f *Fault) atMessages() bool { return f.At == AtMessage || f.kind().Level == LevelMessage }
