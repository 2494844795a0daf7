package recording

import (
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// FailedBy is by whose doing an exchange ended other than by a whole answer; empty where it did not, or where that is not known,
// as in recordings from before it was kept.
type FailedBy string

// Whose doing it was. ByLimit is what a limit of the gateway has refused, of either side, and ByGateway what the gateway failed at
// by itself.
const (
	ByClient   FailedBy = "client"
	ByUpstream FailedBy = "upstream"
	ByPlugin   FailedBy = "plugin"
	ByMock     FailedBy = "mock"
	ByLimit    FailedBy = "limit"
	ByFault    FailedBy = "fault"
	ByGateway  FailedBy = "gateway"
)

// FailedBys returns all values of FailedBy, in the order in which they are shown.
func FailedBys() []FailedBy {
	return []FailedBy{ByClient, ByUpstream, ByPlugin, ByMock, ByLimit, ByFault, ByGateway}
}

// FailureKind is how an exchange failed.
type FailureKind string

// How exchanges fail.
const (
	// FailureRefused is a connection, or what was asked for on one, that was refused; FailureUnreachable one to where no way leads.
	FailureRefused     FailureKind = "refused"
	FailureUnreachable FailureKind = "unreachable"
	// FailureDNS is a host name of which no address was found, FailureTLS a handshake that failed.
	FailureDNS FailureKind = "dns"
	FailureTLS FailureKind = "tls"
	// FailureTimeout is what did not come in time.
	FailureTimeout FailureKind = "timeout"
	// FailureReset is a connection or a stream that was reset, FailureClosed one that was closed before the end of what was to come.
	FailureReset  FailureKind = "reset"
	FailureClosed FailureKind = "closed"
	// FailureMalformed is what breaks the rules of its protocol, FailureTooLarge what is above a limit.
	FailureMalformed FailureKind = "malformed"
	FailureTooLarge  FailureKind = "too_large"
	// FailureAborted is what was given up on.
	FailureAborted FailureKind = "aborted"
	// FailureUnsupported is what one side asks for and the other cannot do.
	FailureUnsupported FailureKind = "unsupported"
	// FailureExhausted is for want of something such as file descriptors.
	FailureExhausted FailureKind = "exhausted"
	// FailureInternal is what failed by itself, such as a plugin that panics.
	FailureInternal FailureKind = "internal"
	// FailureOther is all else.
	FailureOther FailureKind = "other"
)

// FailureKinds returns all values of FailureKind, in the order in which they are shown.
func FailureKinds() []FailureKind {
	return []FailureKind{
		FailureRefused, FailureUnreachable, FailureDNS, FailureTLS, FailureTimeout, FailureReset, FailureClosed, FailureMalformed,
		FailureTooLarge, FailureAborted, FailureUnsupported, FailureExhausted, FailureInternal, FailureOther,
	}
}

// Origin is by whose doing an exchange went wrong for its client. It is the one definition of what is counted as an error of the
// upstream and as one of ours; PostgreSQL's is in package postgres, and a test holds both together.
type Origin string

// The origins. Fine is an exchange that did not go wrong. OriginClient and OriginLimit are no errors of the upstream, nor of ours:
// a client that left, or did something wrong, and what a limit of the gateway has refused.
const (
	Fine           Origin = ""
	OriginOrganic  Origin = "organic"
	OriginInjected Origin = "injected"
	OriginClient   Origin = "client"
	OriginLimit    Origin = "limit"
	OriginGateway  Origin = "gateway"
)

// Origin returns by whose doing r went wrong. A client that goes away while a fault holds its request has met a failure of ours. Plugins
// and mocks stand for the upstream.
func (r *Recording) Origin() Origin {
	by := r.Blamed()
	switch {
	case r.FailedFor() != "" || by == ByFault:
		return OriginInjected
	case by == ByClient:
		return OriginClient
	case by == ByLimit:
		return OriginLimit
	case by == ByGateway:
		return OriginGateway
	case r.ResponseStatus >= 500, r.ResponseStatus == 0, r.Failure != "", r.ClosedByError(), r.GRPCStatus != nil && *r.GRPCStatus != 0:
		return OriginOrganic
	}
	return Fine
}

// Blamed returns FailedBy, and what the text of the failure says of recordings from before that was kept.
func (r *Recording) Blamed() FailedBy {
	if r.FailedBy != "" || r.Failure == "" {
		return r.FailedBy
	}
	switch {
	case strings.HasSuffix(r.Failure, "larger than the gateway's limit"):
		return ByLimit
	case strings.HasSuffix(r.Failure, " by an injected fault"):
		return ByFault
	case strings.HasPrefix(r.Failure, "client"), r.Failure == "tunnel refused":
		return ByClient
	case strings.HasPrefix(r.Failure, "plugin"):
		return ByPlugin
	case strings.HasPrefix(r.Failure, "mock"):
		return ByMock
	}
	return ByUpstream
}

// FailedFor returns the kind of the fault for which r failed; empty where it did not fail for any. What replaced an answer has
// failed where its own status says so.
func (r *Recording) FailedFor() string {
	for _, f := range r.Faults {
		kind, _ := scenario.FaultKind(f.Kind).Registered()
		if kind.Fails || kind.FailsByStatus && r.ResponseStatus >= 500 {
			return f.Kind
		}
	}
	return ""
}

// FailingFaults returns the kinds of faults for which exchanges fail, and those for which they do where the status says so.
func FailingFaults() (always, byStatus []string) {
	for _, kind := range scenario.Kinds() {
		switch {
		case kind.Fails:
			always = append(always, string(kind.Name))
		case kind.FailsByStatus:
			byStatus = append(byStatus, string(kind.Name))
		}
	}
	return always, byStatus
}

// Fails reports whether an exchange that was harmed by f failed for it, as far as its client can tell: the failure is then ours,
// whatever the upstream did.
func (f Fault) Fails() bool {
	kind, _ := scenario.FaultKind(f.Kind).Registered()
	return kind.Fails
}

// ClosedByError reports whether r is a WebSocket that was closed with one of the codes that tell of trouble of the server: internal
// error, service restart, try again later, bad gateway (1011 to 1014 in IANA's registry).
func (r *Recording) ClosedByError() bool {
	return r.WebSocketClose != nil && *r.WebSocketClose >= 1011 && *r.WebSocketClose <= 1014
}
