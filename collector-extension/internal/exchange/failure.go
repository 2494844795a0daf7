package exchange

import (
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Failure is why an exchange ended other than by a whole answer. The zero value is none.
type Failure struct {
	By   recording.FailedBy
	Kind recording.FailureKind
	// Text says it for people. It has no addresses, and nothing that anybody has sent.
	Text string
}

// On notes f on a recording.
func (f Failure) On(rec *recording.Recording) {
	rec.Failure, rec.FailedBy, rec.FailureKind = f.Text, f.By, f.Kind
}

// Failures that have no error which they are made of.
var (
	// ClientAborted is a client that went away.
	ClientAborted = Failure{recording.ByClient, recording.FailureAborted, "client aborted"}
	// TunnelRefused is a client that asked for a tunnel.
	TunnelRefused = Failure{recording.ByClient, recording.FailureUnsupported, "tunnel refused"}
	// PluginGaveUp is a plugin that did not wait for the upstream.
	PluginGaveUp = Failure{recording.ByPlugin, recording.FailureAborted, "plugin gave up on the upstream"}
	// MockFailed is a mock that cannot make its answer.
	MockFailed = Failure{recording.ByMock, recording.FailureInternal, "mock failed"}
	// ClientMessageTooLarge and UpstreamMessageTooLarge are streams that were ended for a message above the limit.
	ClientMessageTooLarge   = Failure{recording.ByLimit, recording.FailureTooLarge, "client's message larger than the gateway's limit"}
	UpstreamMessageTooLarge = Failure{recording.ByLimit, recording.FailureTooLarge, "upstream's message larger than the gateway's limit"}
	// GatewayStopped is an exchange that the end of its gateway has broken off.
	GatewayStopped = Failure{recording.ByGateway, recording.FailureAborted, "gateway stopped"}
	// ReceiverBrokeOff is a receiver that did not answer.
	ReceiverBrokeOff = Failure{recording.ByUpstream, recording.FailureClosed, "receiver broke off"}
	// UpstreamBrokeOff is an upstream whose answer ends early, in good order.
	UpstreamBrokeOff = Failure{recording.ByUpstream, recording.FailureClosed, "upstream broke off"}
)

// OfRefusal returns an upstream that does not listen.
func OfRefusal() Failure {
	return Failure{recording.ByUpstream, recording.FailureRefused, "upstream refused the connection"}
}

// PluginFailed returns a plugin that panicked.
func PluginFailed(name string) Failure {
	return Failure{recording.ByPlugin, recording.FailureInternal, "plugin " + name + " failed"}
}

// OfFault returns an exchange that a fault has broken off.
func OfFault(broken fault.BrokenError) Failure {
	kind := recording.FailureClosed
	switch broken {
	case fault.ErrReset:
		kind = recording.FailureReset
	case fault.ErrChunk:
		kind = recording.FailureMalformed
	}
	return Failure{recording.ByFault, kind, broken.Error()}
}
