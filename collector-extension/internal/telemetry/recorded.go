package telemetry

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Conventions returns what the semantic conventions have for a recording, as the SERVER span of the exchange has it, and the sizes of
// its bodies. What comes from requests is cut, as on spans.
func Conventions(r *recording.Recording) []attribute.KeyValue {
	attributes := append(protocolAttributes(Incoming{
		Request: &http.Request{Method: r.Method}, Protocol: r.Protocol, Operation: r.Operation, Route: r.Route,
	}), semconv.URLPath(bounded(r.Path)), semconv.NetworkProtocolName("http"))
	add := func(condition bool, attribute attribute.KeyValue) {
		if condition {
			attributes = append(attributes, attribute)
		}
	}
	version := strings.TrimPrefix(r.HTTPVersion, "HTTP/")
	if version == "2.0" {
		version = "2"
	}
	add(version != "", semconv.NetworkProtocolVersion(version))
	add(r.Scheme != "", semconv.URLScheme(r.Scheme))
	add(r.Protocol != recording.GRPC && r.Route != "", semconv.HTTPRoute(r.Route))
	if agent := r.Headers["User-Agent"]; len(agent) > 0 {
		add(agent[0] != "", semconv.UserAgentOriginal(bounded(agent[0])))
	}
	add(r.ClientIP != "", semconv.ClientAddress(r.ClientIP))
	if r.Host != "" {
		attributes = append(attributes, serverAddress(bounded(r.Host))...)
	}
	add(r.ResponseStatus != 0, semconv.HTTPResponseStatusCode(r.ResponseStatus))
	if r.Protocol == recording.GRPC && r.GRPCStatus != nil {
		attributes = append(attributes, semconv.RPCResponseStatusCode(grpcName(*r.GRPCStatus)))
	}
	failure := ErrorType(r)
	add(failure != "", semconv.ErrorTypeKey.String(failure))
	add(r.Body.Size > 0, semconv.HTTPRequestBodySize(int(r.Body.Size)))
	add(r.ResponseBody.Size > 0, semconv.HTTPResponseBodySize(int(r.ResponseBody.Size)))
	return attributes
}

// GRPCStatusName returns a gRPC code as the conventions write it.
func GRPCStatusName(code int) string { return grpcName(code) }

// ServerError reports whether a gRPC code is the server's fault, by the conventions for gRPC.
func ServerError(code int) bool { return serverError(code) }
