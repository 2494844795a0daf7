package telemetry

import (
	"cmp"
	"strconv"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// OutcomeOf tells whether an exchange failed by the doing of faults or of the upstream.
func OutcomeOf(r *recording.Recording) traffic.Outcome {
	origin := r.Origin()
	return traffic.Outcome{
		Injected: r.Injected(), InjectedError: origin == recording.OriginInjected, OrganicError: origin == recording.OriginOrganic,
	}
}

// ErrorType returns error.type of an exchange by the conventions for servers; empty where it did not fail by them.
func ErrorType(r *recording.Recording) string {
	outcome := OutcomeOf(r)
	switch {
	case r.Protocol == recording.GRPC && r.GRPCStatus != nil && serverError(*r.GRPCStatus):
		return grpcName(*r.GRPCStatus)
	case r.ResponseStatus >= 500:
		return strconv.Itoa(r.ResponseStatus)
	case outcome.InjectedError && (r.ResponseStatus == 0 || r.Protocol == recording.GraphQL):
		return failing(r)
	case outcome.OrganicError && r.Failure != "":
		return firstOf(string(r.FailureKind), errorKind(r))
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
)

// errorOf returns origin and kind of an error as metrics have them, both of closed sets; ok is false where r is none. A client
// that goes away by itself is none.
func errorOf(r *recording.Recording) (origin, kind string, ok bool) {
	switch of := r.Origin(); of {
	case recording.Fine:
		return "", "", false
	case recording.OriginInjected:
		return string(of), failing(r), true
	case recording.OriginOrganic:
		return string(of), errorKind(r), true
	case recording.OriginClient:
		// Recordings have this text from before there was a kind.
		return string(of), string(of), r.FailureKind != recording.FailureAborted && r.Failure != "client aborted"
	default:
		return string(of), string(of), true
	}
}

// failing returns the kind of the fault for which r failed.
func failing(r *recording.Recording) string {
	return cmp.Or(r.FailedFor(), kindOther)
}

// errorKind returns a closed set of what went wrong with the upstream.
func errorKind(r *recording.Recording) string {
	switch by := r.Blamed(); {
	case by == recording.ByUpstream:
		return kindUpstream
	case by == recording.ByPlugin:
		return kindPlugin
	case by == recording.ByMock:
		return kindOther
	case r.GRPCStatus != nil && *r.GRPCStatus != 0:
		return kindGRPCStatus
	case r.ResponseStatus >= 500:
		return kindStatus
	case r.ClosedByError():
		return kindCloseCode
	}
	return kindOther
}

// recorded reports whether r is kept under its id.
func recorded(r *recording.Recording) bool { return r.ID != uuid.Nil }
