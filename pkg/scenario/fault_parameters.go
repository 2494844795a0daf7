package scenario

import (
	"cmp"
	"fmt"
	"math"
	"mime"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits on what a fault may hold, whatever the configuration says.
const (
	MaxFaults = 20
	// MaxFaultBody bounds the body of an answer, and the values of patches and extensions together, in bytes.
	MaxFaultBody       = 64 << 10
	MaxPatchOperations = 100
	// MaxWindowMS bounds what repeats and what grows over time: a day, in milliseconds.
	MaxWindowMS = 86_400_000
	// MaxCount bounds what is counted: exchanges of a limit or a schedule, messages.
	MaxCount        = 1_000_000_000
	maxBytes        = 1 << 40
	maxBytesChanged = 1 << 16
	maxSigma        = 10
	leastAlpha      = 0.1
	maxAlpha        = 100
	maxRetryAfterS  = 86_400
)

// FaultKinds lists the kinds in the order in which they are shown.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultLatency, FaultError, FaultTimeout, FaultReset, FaultClose, FaultRefuse, FaultTruncate, FaultMalform, FaultCorrupt,
		FaultThrottle, FaultDrip, FaultRateLimit, FaultHeaders, FaultPatch, FaultReplace, FaultDrop, FaultDuplicate,
	}
}

// places are those that each kind can work at, its default first. The other kinds have no choice.
func (k FaultKind) places() []Place {
	switch k {
	case FaultLatency:
		return []Place{AtRequest, AtResponse, AtBody, AtMessage}
	case FaultCorrupt:
		return []Place{AtResponse, AtRequest, AtMessage}
	case FaultThrottle, FaultHeaders, FaultDrop, FaultDuplicate:
		return []Place{AtResponse, AtRequest}
	}
	return nil
}

// faultParameter is one field of a Fault: who uses it, and what it may be.
type faultParameter struct {
	field string
	given bool
	kinds []FaultKind
	check func(field string) error
}

func (f *Fault) parameters() []faultParameter {
	kinds := func(kinds ...FaultKind) []FaultKind { return kinds }
	latency := kinds(FaultLatency)
	return []faultParameter{
		{"at", f.At != "", kinds(FaultLatency, FaultCorrupt, FaultThrottle, FaultHeaders, FaultDrop, FaultDuplicate), among(f.At, f.Kind.places()...)},
		{"distribution", f.Distribution != "", latency, among(f.Distribution, Fixed, Uniform, Normal, LogNormal, Pareto)},
		{"delay_ms", f.DelayMS != nil, latency, between(f.DelayMS, 0, MaxDelayMS)},
		{"min_ms", f.MinMS != nil, latency, between(f.MinMS, 0, MaxDelayMS)},
		{"max_ms", f.MaxMS != nil, latency, between(f.MaxMS, 0, MaxDelayMS)},
		{"deviation_ms", f.DeviationMS != nil, latency, between(f.DeviationMS, 0, MaxDelayMS)},
		{"sigma", f.Sigma != nil, latency, between(f.Sigma, 0, maxSigma)},
		{"alpha", f.Alpha != nil, latency, between(f.Alpha, leastAlpha, maxAlpha)},
		{"status_codes", f.StatusCodes != nil, kinds(FaultError), finalStatusCodes(f.StatusCodes)},
		{"status", f.Status != nil, kinds(FaultReplace), between(f.Status, 200, 599)},
		{"grpc_code", f.GRPCCode != "", kinds(FaultError), grpcCode(f.GRPCCode)},
		{"message", f.Message != "", kinds(FaultError), text(f.Message, MaxTextLength)},
		{"body", f.Body != nil, kinds(FaultError, FaultReplace), func(field string) error {
			if f.Body == nil {
				return nil
			}
			return validation.Text(field, *f.Body, MaxFaultBody)
		}},
		{"content_type", f.ContentType != "", kinds(FaultError, FaultReplace), contentType(f.ContentType)},
		{"retry_after_s", f.RetryAfterS != nil, kinds(FaultError), between(f.RetryAfterS, 0, maxRetryAfterS)},
		{"set_headers", f.SetHeaders != nil, kinds(FaultHeaders, FaultError, FaultReplace), headersToSet(f.SetHeaders)},
		{"remove_headers", f.RemoveHeaders != nil, kinds(FaultHeaders), headersToRemove(f.RemoveHeaders)},
		{"timeout_ms", f.TimeoutMS != nil, kinds(FaultTimeout), between(f.TimeoutMS, 1, MaxDelayMS)},
		{"duration_ms", f.DurationMS != nil, kinds(FaultDrip), between(f.DurationMS, 1, MaxDelayMS)},
		{"window_ms", f.WindowMS != nil, kinds(FaultRateLimit), between(f.WindowMS, 1, MaxWindowMS)},
		{"limit", f.Limit != nil, kinds(FaultRateLimit), between(f.Limit, 0, MaxCount)},
		{"per", f.Per != "", kinds(FaultRateLimit), among(f.Per, PerConsumer, PerRoute, PerAll)},
		{"after_bytes", f.AfterBytes != nil, kinds(FaultReset, FaultClose, FaultTruncate), between(f.AfterBytes, 0, maxBytes)},
		{"keep", f.Keep != nil, kinds(FaultTruncate), between(f.Keep, 0, 1)},
		{"after_messages", f.AfterMessages != nil, kinds(FaultError, FaultClose, FaultReset), between(f.AfterMessages, 0, MaxCount)},
		{"close_code", f.CloseCode != nil, kinds(FaultClose), closeCode(f.CloseCode)},
		{"bytes_per_second", f.BytesPerSecond != nil, kinds(FaultThrottle), between(f.BytesPerSecond, 1, maxBytes)},
		{"bytes_changed", f.BytesChanged != nil, kinds(FaultCorrupt), between(f.BytesChanged, 1, maxBytesChanged)},
		{"part", f.Part != "", kinds(FaultMalform), among(f.Part, PartBody, PartChunk)},
		{"patch", f.Patch != nil, kinds(FaultPatch), patchOperations(f.Patch)},
		{"null_paths", f.NullPaths != nil, kinds(FaultPatch), fieldPaths(f.NullPaths)},
		{"extensions", f.Extensions != nil, kinds(FaultPatch, FaultError), func(field string) error {
			return jsonValue(field, f.Extensions)
		}},
	}
}

// between checks a number that is given; NaN is between no bounds.
func between[T cmp.Ordered](v *T, least, most T) func(string) error {
	return func(field string) error {
		if v == nil || *v >= least && *v <= most {
			return nil
		}
		return validation.Errorf(field, "must be between %s and %s, is %s", plain(least), plain(most), plain(*v))
	}
}

// plain writes numbers as people do, without an exponent unless they are huge.
func plain(v any) string {
	if f, ok := v.(float64); ok && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func among[T ~string](v T, allowed ...T) func(string) error {
	return func(field string) error {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		return oneOf(field, string(v), words...)
	}
}

func text(v string, limit int) func(string) error {
	return func(field string) error { return validation.Text(field, v, limit) }
}

// finalStatusCodes checks codes as statusCodes does, and refuses those that do not end an exchange.
func finalStatusCodes(status []int) func(string) error {
	return func(field string) error { return statusCodesFrom(field, status, 200) }
}

func grpcCode(name string) func(string) error {
	return func(field string) error {
		if _, ok := GRPCCode(name); ok || name == "" {
			return nil
		}
		return validation.Errorf(field, "must be the name of a gRPC error such as UNAVAILABLE, is %q", clip(name))
	}
}

func contentType(v string) func(string) error {
	return func(field string) error {
		if v == "" {
			return nil
		}
		if _, _, err := mime.ParseMediaType(v); err != nil || len(v) > MaxTextLength || !isHeaderValue(v) {
			return validation.Errorf(field, "must be a media type such as application/json, is %q", clip(v))
		}
		return nil
	}
}

// closeCode allows what RFC 6455, section 7.4, and the registry of it allow endpoints to send.
func closeCode(v *int) func(string) error {
	return func(field string) error {
		if v == nil {
			return nil
		}
		switch c := *v; {
		case c >= 3000 && c <= 4999, c >= 1000 && c <= 1014 && c != 1004 && c != 1005 && c != 1006:
			return nil
		}
		return validation.Errorf(field, "must be a code that a WebSocket can be closed with (1000 to 1003, 1007 to 1014, 3000 to 4999), is %d", *v)
	}
}
