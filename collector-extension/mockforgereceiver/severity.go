package mockforgereceiver

import (
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// severityOf returns ERROR for what failed by the doing of a server or of a fault, WARN for what a client did wrong or a limit refused,
// and INFO for the rest, be it harmed or not.
func severityOf(r *recording.Recording) plog.SeverityNumber {
	switch r.Origin() {
	case recording.OriginClient, recording.OriginLimit:
		return plog.SeverityNumberWarn
	case recording.OriginOrganic, recording.OriginInjected, recording.OriginGateway:
		if clientsDoing(r) {
			return plog.SeverityNumberWarn
		}
		return plog.SeverityNumberError
	}
	if r.ResponseStatus >= 400 {
		return plog.SeverityNumberWarn
	}
	return plog.SeverityNumberInfo
}

// clientsDoing reports whether an answer that came whole blames the request: statuses of 4xx, and codes of gRPC such as NOT_FOUND.
func clientsDoing(r *recording.Recording) bool {
	switch {
	case r.Failure != "" || r.ResponseStatus == 0:
		return false
	case r.Protocol == recording.GRPC && r.GRPCStatus != nil:
		return *r.GRPCStatus != 0 && !telemetry.ServerError(*r.GRPCStatus)
	}
	return r.ResponseStatus >= 400 && r.ResponseStatus < 500
}
