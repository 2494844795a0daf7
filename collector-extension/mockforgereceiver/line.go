package mockforgereceiver

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxPath bounds the path in a line, in bytes.
const maxPath = 1024

// line returns what people read of an exchange, and stores search by default:
//
//	GET /users/7 200 in 12.3 ms
//	POST /graphql (query GetUser) 200 in 4.0 ms
//	gRPC shop.Shop/Get UNAVAILABLE in 3.1 ms (injected error)
//	WebSocket /live 101 closed with 1000 in 5210.7 ms
//	GET /users/7 no answer in 30000.2 ms: upstream did not answer in time
func line(r *recording.Recording) string {
	var b strings.Builder
	path := cut(text(r.Path), maxPath)
	switch r.Protocol {
	case recording.GRPC:
		b.WriteString("gRPC " + cut(text(r.Operation), maxPath))
	case recording.WebSocket:
		b.WriteString("WebSocket " + path)
	default:
		b.WriteString(cut(text(r.Method), maxPath) + " " + path)
		if r.Operation != "" {
			b.WriteString(" (" + cut(text(r.Operation), maxPath) + ")")
		}
	}
	b.WriteString(" " + status(r))
	if r.WebSocketClose != nil {
		b.WriteString(" closed with " + strconv.Itoa(*r.WebSocketClose))
	}
	fmt.Fprintf(&b, " in %.1f ms", r.ResponseTimeMS)
	if r.Failure != "" {
		b.WriteString(": " + text(r.Failure))
	}
	if faults := fault.Header(r.Faults); faults != "" {
		b.WriteString(" (injected " + faults + ")")
	}
	return b.String()
}

func status(r *recording.Recording) string {
	switch {
	case r.Protocol == recording.GRPC && r.GRPCStatus != nil:
		return telemetry.GRPCStatusName(*r.GRPCStatus)
	case r.ResponseStatus == 0:
		return "no answer"
	}
	return strconv.Itoa(r.ResponseStatus)
}
