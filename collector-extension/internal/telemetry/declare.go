package telemetry

import (
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// organicErrors are the kinds of errors of the upstream's doing, as errorKind has them.
var organicErrors = []string{kindUpstream, kindPlugin, kindGRPCStatus, kindStatus, kindCloseCode, kindOther}

// usualFailures are the failures that happen; of all combinations of whose doing and how, most never do.
var usualFailures = []struct {
	by   recording.FailedBy
	kind recording.FailureKind
}{
	{recording.ByUpstream, recording.FailureRefused},
	{recording.ByUpstream, recording.FailureUnreachable},
	{recording.ByUpstream, recording.FailureDNS},
	{recording.ByUpstream, recording.FailureTLS},
	{recording.ByUpstream, recording.FailureTimeout},
	{recording.ByUpstream, recording.FailureReset},
	{recording.ByUpstream, recording.FailureClosed},
	{recording.ByUpstream, recording.FailureMalformed},
	{recording.ByUpstream, recording.FailureOther},
	{recording.ByClient, recording.FailureAborted},
	{recording.ByClient, recording.FailureMalformed},
	{recording.ByClient, recording.FailureTimeout},
	{recording.ByClient, recording.FailureUnsupported},
	{recording.ByLimit, recording.FailureTooLarge},
}

// Declare begins the counters of errors, faults and losses at 0, so that the first of each shows as an increase:
// Prometheus cannot tell a counter that begins at 1 from one that was 1 before.
func (m *Metrics) Declare(gateways, dropReasons []string) {
	for _, gateway := range gateways {
		m.chaos.WithLabelValues(gateway)
		m.turnedAway.WithLabelValues(gateway)
		for _, mode := range scenario.Modes() {
			m.faults.WithLabelValues(gateway, connections, string(scenario.FaultRefuse), string(mode))
		}
		for _, protocol := range []recording.Protocol{recording.HTTP, recording.GRPC, recording.GraphQL, recording.WebSocket} {
			m.declare(gateway, string(protocol))
		}
	}
	for _, reason := range dropReasons {
		m.dropped.WithLabelValues(reason)
	}
}

// declare begins what is told by protocols. Any mode may have any fault: healthy has those that requests ask for.
func (m *Metrics) declare(gateway, protocol string) {
	for _, kind := range organicErrors {
		m.errors.WithLabelValues(gateway, protocol, "organic", kind)
	}
	for _, origin := range []recording.Origin{recording.OriginClient, recording.OriginLimit, recording.OriginGateway} {
		m.errors.WithLabelValues(gateway, protocol, string(origin), string(origin))
	}
	for _, failure := range usualFailures {
		m.failures.WithLabelValues(gateway, protocol, string(failure.by), string(failure.kind))
	}
	m.faults.WithLabelValues(gateway, protocol, fault.KindStretch, string(scenario.Degraded))
	for _, kind := range scenario.Kinds() {
		if kind.Level == scenario.LevelConnection {
			continue // It is done before anybody can tell the protocol.
		}
		if kind.Fails || kind.FailsByStatus {
			m.errors.WithLabelValues(gateway, protocol, "injected", string(kind.Name))
		}
		for _, mode := range scenario.Modes() {
			m.faults.WithLabelValues(gateway, protocol, string(kind.Name), string(mode))
		}
	}
}
