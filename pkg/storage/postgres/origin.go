package postgres

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// originColumns are what originIs needs.
const originColumns = "response_status, grpc_status, websocket_close, fault_kinds, failure, failed_by"

// originIs is the condition that an exchange went wrong by the doing of faults or of the upstream: recording.Recording.Origin in
// SQL; a test holds both together.
var originIs = func() struct{ injected, organic string } {
	always, byStatus := recording.FailingFaults()
	// The texts are of recordings from before failed_by.
	blamed := `coalesce(failed_by, CASE WHEN failure = '' THEN '' WHEN failure LIKE '%larger than the gateway''s limit' THEN 'limit'
		WHEN failure LIKE '% by an injected fault' THEN 'fault' WHEN failure LIKE 'client%' OR failure = 'tunnel refused' THEN 'client'
		ELSE 'upstream' END)`
	injected := fmt.Sprintf(`(fault_kinds && %s OR fault_kinds && %s AND response_status >= 500 OR %s = 'fault')`,
		textArray(always), textArray(byStatus), blamed)
	return struct{ injected, organic string }{
		injected: injected,
		organic: fmt.Sprintf(`(NOT %s AND %s NOT IN ('client', 'limit', 'gateway')
			AND (response_status >= 500 OR response_status = 0 OR failure <> '' OR coalesce(websocket_close BETWEEN 1011 AND 1014, false) OR coalesce(grpc_status <> 0, false)))`,
			injected, blamed),
	}
}()

// textArray returns an array of names of ours.
func textArray(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pq.QuoteLiteral(name)
	}
	return "ARRAY[" + strings.Join(quoted, ", ") + "]::text[]"
}
