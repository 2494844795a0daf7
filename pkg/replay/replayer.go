package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Options are the limits of a Replayer. Zero values are the defaults.
type Options struct {
	// Timeout (default 30 s, at most 5 min) is for the whole exchange.
	Timeout time.Duration
	// MaxResponseBytes (default 1 MiB, at most 64 MiB) is how much of an answer's body is read.
	MaxResponseBytes int64
	// Redact masks the answer, as it does those that are recorded, before anyone sees it. It gets the recording with
	// the new answer in it. nil is recording.DefaultRedaction.
	Redact func(*recording.Recording)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Replayer sends recordings again. It is safe for use by any number of goroutines.
type Replayer struct {
	targets   Targets
	options   Options
	transport *http.Transport
}

// Result is the answer to a replay.
type Result struct {
	RecordingID uuid.UUID `json:"recording_id"`
	Gateway     string    `json:"gateway"`
	// Host is the upstream's host and port, without credentials.
	Host   string    `json:"host"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	SentAt time.Time `json:"sent_at"`
	// TraceID is the trace ID of the replay, RecordedTraceID that of the recording, to be linked with it.
	TraceID         string `json:"trace_id"`
	RecordedTraceID string `json:"recorded_trace_id,omitempty"`
	// Status is 0 where no answer came; Failure then says why, in words for people.
	Status   int              `json:"status"`
	Failure  string           `json:"failure,omitempty"`
	Headers  recording.Values `json:"headers,omitempty"`
	Trailers recording.Values `json:"trailers,omitempty"`
	Body     recording.Body   `json:"body"`
	// GRPCStatus and GRPCMessage say how a gRPC call ended, WebSocketClose is the code with which a WebSocket was closed; absent
	// where they do not apply. Messages are the upstream's.
	GRPCStatus     *int                `json:"grpc_status,omitempty"`
	GRPCMessage    string              `json:"grpc_message,omitempty"`
	WebSocketClose *int                `json:"websocket_close,omitempty"`
	Messages       []recording.Message `json:"messages,omitempty"`
	// FirstByteMS is to the answer's header, DurationMS to its end, in milliseconds.
	FirstByteMS float64 `json:"first_byte_ms"`
	DurationMS  float64 `json:"duration_ms"`
	// Injected is what the scenario of the request did, and InjectedDelayMS how much of the time is its doing.
	Injected        []recording.Fault `json:"injected,omitempty"`
	InjectedDelayMS float64           `json:"injected_delay_ms,omitempty"`
	// Dropped is what of the recorded request was not sent; Notes are other reservations, in sentences.
	Dropped []Dropped `json:"dropped"`
	Notes   []string  `json:"notes"`
}

// New returns a replayer. The error is a *validation.Error about options.
func New(targets Targets, options Options) (*Replayer, error) {
	if options.Timeout == 0 {
		options.Timeout = 30 * time.Second
	}
	if options.MaxResponseBytes == 0 {
		options.MaxResponseBytes = 1 << 20
	}
	if options.Redact == nil {
		redactor, err := recording.NewRedactor(recording.DefaultRedaction())
		if err != nil {
			return nil, err
		}
		options.Redact = redactor.Redact
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Timeout < 0 || options.Timeout > 5*time.Minute {
		return nil, validation.Errorf("timeout", "must be above 0 and at most 5m, is %s", options.Timeout)
	}
	if options.MaxResponseBytes < 0 || options.MaxResponseBytes > 64<<20 {
		return nil, validation.Errorf("max_response_bytes", "must be above 0 and at most 67108864, is %d", options.MaxResponseBytes)
	}
	return &Replayer{targets: targets, options: options, transport: &http.Transport{
		Proxy:                  nil, // not even the environment sends a replay elsewhere
		DisableCompression:     true,
		DisableKeepAlives:      true, // replays are rare: no connection is left behind
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: 1 << 20,
	}}, nil
}

// replay sends a recording to a target, through harmed where that is not nil.
func (p *Replayer) replay(ctx context.Context, r recording.Recording, overrides Overrides, target Target, harmed Harmed) (Result, error) {
	if err := Replayable(r); err != nil {
		return Result{}, err
	}
	base, err := target.base()
	if err != nil {
		return Result{}, err
	}
	limited, cancel := context.WithTimeout(ctx, p.options.Timeout)
	defer cancel()
	limited = withForm(limited, &r)
	to := base
	if harmed != nil {
		// The path before that of requests is put there behind the faults, whose rules know nothing of it.
		to = &url.URL{Scheme: "http", Host: base.Host}
	}
	request, traceID, dropped, err := newRequest(limited, to, r, overrides)
	if err != nil {
		return Result{}, err
	}
	dropped = append(dropped, askedForFaults(r)...)
	if harmed != nil && !overrides.sets("Baggage") {
		dropped = append(dropped, dropFaultMember(request.Header)...)
	}
	if target.PreserveHost {
		dropped = append(dropped, preserveHost(request, r)...)
	}
	result := Result{
		RecordingID: r.ID, Gateway: r.Gateway, Host: base.Host, Method: r.Method, Path: r.Path, SentAt: p.options.Now().UTC(),
		TraceID: traceID, RecordedTraceID: r.TraceID, Dropped: dropped, Notes: []string{},
	}
	if result.Dropped == nil {
		result.Dropped = []Dropped{}
	}
	if r.Body.Redacted {
		result.Notes = append(result.Notes, "Parts of the request body were redacted when it was recorded, and were sent masked.")
	}
	var transport http.RoundTripper = byURL{p.transport}
	switch {
	case harmed != nil:
		transport = harmed
	case target.Transport != nil:
		transport = target.Transport
	}
	if r.Protocol == recording.WebSocket {
		err = p.converse(limited, transport, request, r, &result)
	} else {
		err = p.exchange(transport, request, r.Protocol, &result)
	}
	result.DurationMS = p.since(result.SentAt)
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	if err != nil {
		result.Failure = failure(err, p.options.Timeout)
	}
	if harmed != nil {
		result.Injected, result.InjectedDelayMS = harmed.Injected(ctx, request)
		if by := breaking(result.Injected); err != nil && by != "" {
			// From here it looks as if the upstream had done it.
			result.Failure = "broken off by the scenario: " + by
		}
	}
	p.redact(r, &result)
	return result, nil
}

// exchange sends a request, and fills in result with the answer, as far as there is one.
func (p *Replayer) exchange(transport http.RoundTripper, request *http.Request, protocol recording.Protocol, result *Result) error {
	// A round trip, unlike a client's request, follows no redirect.
	response, err := transport.RoundTrip(request)
	result.FirstByteMS = p.since(result.SentAt)
	if err == nil && response.StatusCode == http.StatusSwitchingProtocols {
		_ = response.Body.Close()
		err = errSwitched
	} else if err == nil {
		result.Status, result.Headers = response.StatusCode, values(response.Header)
		result.Body, err = p.read(response)
		result.Trailers = values(response.Trailer)
		_ = response.Body.Close() // nothing is lost with an answer that was read, or is given up
		if protocol == recording.GRPC {
			result.Messages = unframe(result.Body, response.Header.Get("Grpc-Encoding"), p.options.MaxResponseBytes)
			result.GRPCStatus, result.GRPCMessage = grpcEnd(response.Trailer, response.Header)
			result.Body.Content, result.Body.Truncated = nil, false // in the messages
		}
	}
	return err
}

func (p *Replayer) since(start time.Time) float64 {
	return float64(p.options.Now().Sub(start).Microseconds()) / 1000
}

// read reads the body up to the limit. What was read before an error is kept.
func (p *Replayer) read(response *http.Response) (recording.Body, error) {
	content, err := io.ReadAll(io.LimitReader(response.Body, p.options.MaxResponseBytes+1))
	body := recording.Body{Content: content, Size: int64(len(content)), Truncated: err != nil}
	if int64(len(content)) > p.options.MaxResponseBytes {
		body.Content, body.Truncated = content[:p.options.MaxResponseBytes], true
		body.Size = max(body.Size, response.ContentLength)
	}
	return body, err
}

func (p *Replayer) redact(r recording.Recording, result *Result) {
	r.ResponseStatus, r.ResponseHeaders, r.ResponseTrailers, r.ResponseBody = result.Status, result.Headers, result.Trailers, result.Body
	r.ResponseHeaderForm = "" // It is the recorded one's.
	r.Messages = result.Messages
	p.options.Redact(&r)
	result.Headers, result.Trailers, result.Body, result.Messages = r.ResponseHeaders, r.ResponseTrailers, r.ResponseBody, r.Messages
}

func values(header http.Header) recording.Values {
	if len(header) == 0 {
		return nil
	}
	return recording.Values(header.Clone())
}

var errSwitched = errors.New("switched protocols")

// breaking returns the kind of the fault that broke an exchange off, empty where none did.
func breaking(faults []recording.Fault) string {
	for _, f := range faults {
		kind, _ := scenario.FaultKind(f.Kind).Registered()
		if kind.Effect == scenario.EffectBroken || kind.Effect == scenario.EffectTimeout {
			return f.Kind
		}
	}
	return ""
}

// failure says in a few words why there is no answer, or only part of one, without addresses or credentials.
func failure(err error, timeout time.Duration) string {
	var timed net.Error
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errSwitched):
		return "upstream switched to another protocol, which was not asked for"
	case errors.Is(err, errors.ErrUnsupported):
		return "the target's protocol has no WebSockets"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return "timed out after " + timeout.String()
	case errors.As(err, &dns):
		return "the upstream's name cannot be resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "upstream refused the connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "upstream closed the connection"
	case errors.As(err, &certificate):
		return "the upstream's certificate is not trusted"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "upstream speaks HTTP, not HTTPS"
	}
	return "the request could not be exchanged with the upstream"
}
