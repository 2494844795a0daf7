package telemetry

import (
	"strings"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// OutcomeOf says whether an exchange failed, and by whose doing. A client that goes away by itself is no failure, and what
// a client does wrong is none of the upstream's; one that goes away while we hold its request is a failure of ours.
func OutcomeOf(r *recording.Recording) traffic.Outcome {
	outcome := traffic.Outcome{Injected: r.Injected()}
	switch {
	case failing(r) != "":
		outcome.InjectedError = true
	case r.Failure == clientAborted, ofClient(r):
	case r.ResponseStatus >= 500, r.ResponseStatus == 0, r.Failure != "", closedByError(r),
		r.GRPCStatus != nil && *r.GRPCStatus != 0:
		outcome.OrganicError = true
	}
	return outcome
}

// clientAborted is the failure of a client that went away.
const clientAborted = "client aborted"

// ofClient is whether r failed for what its client did wrong, such as a body that is malformed or too large.
func ofClient(r *recording.Recording) bool {
	return r.Failure != clientAborted && (strings.HasPrefix(r.Failure, "client") || strings.HasPrefix(r.Failure, "request"))
}

// failing is the kind of the fault for which r failed; empty where it did not fail for any. What replaced an answer has
// failed where its own status says so.
func failing(r *recording.Recording) string {
	for _, f := range r.Faults {
		if fault.Fails(f) || f.Kind == string(scenario.FaultReplace) && r.ResponseStatus >= 500 {
			return f.Kind
		}
	}
	return ""
}

// What went wrong with the upstream.
const (
	kindUpstream   = "upstream"
	kindPlugin     = "plugin"
	kindGRPCStatus = "grpc_status"
	kindStatus     = "status"
	kindCloseCode  = "close_code"
	kindOther      = "other"
	// kindClient is that of what a client did wrong, and originClient whose doing it was.
	kindClient   = "client"
	originClient = "client"
)

// errorKind is a closed set of what went wrong with the upstream.
func errorKind(r *recording.Recording) string {
	switch {
	case strings.HasPrefix(r.Failure, "upstream"):
		return kindUpstream
	case strings.HasPrefix(r.Failure, "plugin"):
		return kindPlugin
	case r.GRPCStatus != nil && *r.GRPCStatus != 0:
		return kindGRPCStatus
	case r.ResponseStatus >= 500:
		return kindStatus
	case closedByError(r):
		return kindCloseCode
	}
	return kindOther
}

// closedByError is whether a WebSocket was closed with one of the codes that tell of trouble of the server: internal
// error, service restart, try again later, bad gateway (1011 to 1014 in IANA's registry).
func closedByError(r *recording.Recording) bool {
	return r.WebSocketClose != nil && *r.WebSocketClose >= 1011 && *r.WebSocketClose <= 1014
}

// recorded is whether r is kept under its id.
func recorded(r *recording.Recording) bool { return r.ID != uuid.Nil }
