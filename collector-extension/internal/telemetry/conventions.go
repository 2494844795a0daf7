package telemetry

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The attributes of ours. All are on SERVER spans; those with a condition only where it holds.
const (
	AttributeGateway     = attribute.Key("mockforge.gateway")
	AttributeMode        = attribute.Key("mockforge.mode")
	AttributeVersion     = attribute.Key("mockforge.scenario.version")
	AttributeInjected    = attribute.Key("mockforge.injected")
	AttributeFault       = attribute.Key("mockforge.fault")             // injected
	AttributeDelay       = attribute.Key("mockforge.injected_delay_ms") // injected
	AttributeRule        = attribute.Key("mockforge.rule")              // a rule matched
	AttributeRecordingID = attribute.Key("mockforge.recording.id")      // recorded
	AttributeConsumer    = attribute.Key("mockforge.consumer")
	AttributeMock        = attribute.Key("mockforge.mock")         // a stub answered
	AttributePlugin      = attribute.Key("mockforge.plugin")       // on the span of a plugin
	AttributeFailedBy    = attribute.Key("mockforge.failed_by")    // ended other than by a whole answer
	AttributeFailureKind = attribute.Key("mockforge.failure_kind") // likewise
)

// Attributes returns what r has beyond the semantic conventions. consumer is that of r, without what is secret in it.
func Attributes(r *recording.Recording, consumer string) []attribute.KeyValue {
	attributes := append(make([]attribute.KeyValue, 0, 12),
		AttributeGateway.String(r.Gateway), AttributeMode.String(r.ScenarioMode), AttributeVersion.Int64(r.ScenarioVersion),
		AttributeInjected.Bool(r.Injected()))
	add := func(key attribute.Key, value string) {
		if value != "" {
			attributes = append(attributes, key.String(value))
		}
	}
	add(AttributeFault, fault.Header(r.Faults))
	add(AttributeRule, r.Rule)
	add(AttributeConsumer, consumer)
	add(AttributeMock, r.MockMatched)
	add(AttributeFailedBy, string(r.FailedBy))
	add(AttributeFailureKind, string(r.FailureKind))
	if r.InjectedDelayMS > 0 {
		attributes = append(attributes, AttributeDelay.Float64(r.InjectedDelayMS))
	}
	if recorded(r) {
		attributes = append(attributes, AttributeRecordingID.String(r.ID.String()))
	}
	return attributes
}

// serverName returns the name of the SERVER span: few different ones, by the conventions for HTTP, RPC and GraphQL.
func serverName(in Incoming) string {
	switch in.Protocol {
	case recording.GRPC:
		return rpcMethod(in)
	case recording.GraphQL:
		// Not the operation's name, which clients choose.
		if kind := operationType(in.Operation); kind != "unknown" {
			return kind
		}
		return "GraphQL Operation"
	}
	return clientName(in)
}

func clientName(in Incoming) string {
	if in.Protocol == recording.GRPC {
		return rpcMethod(in)
	}
	method := Method(in.Method)
	if method == "_OTHER" {
		method = "HTTP"
	}
	return strings.TrimSpace(method + " " + in.Route)
}

// rpcMethod returns the full method; "_OTHER" for one that found no room among the routes.
func rpcMethod(in Incoming) string {
	if strings.TrimPrefix(in.Route, "/") != in.Operation {
		return "_OTHER"
	}
	return in.Operation
}

// serverAttributes leave out the query, which not everybody may see who may see spans (docs/adr/0007).
func (t *Tracing) serverAttributes(in Incoming) []attribute.KeyValue {
	path := bounded(t.maskPath(recording.SentPath(in.RequestURI, in.URL)))
	attributes := append(protocolAttributes(in), semconv.URLPath(path), semconv.NetworkProtocolName("http"),
		semconv.NetworkProtocolVersion(httpVersion(in.ProtoMajor, in.ProtoMinor)), AttributeGateway.String(in.Gateway))
	scheme := "http"
	if in.TLS != nil {
		scheme = "https"
	}
	attributes = append(attributes, semconv.URLScheme(scheme))
	if in.Protocol != recording.GRPC {
		attributes = append(attributes, semconv.HTTPRoute(in.Route))
	}
	if agent := in.UserAgent(); agent != "" {
		attributes = append(attributes, semconv.UserAgentOriginal(bounded(t.mask(agent))))
	}
	if host, port := hostPort(in.RemoteAddr); host != "" {
		attributes = append(attributes, semconv.ClientAddress(host), semconv.NetworkPeerAddress(host), semconv.NetworkPeerPort(port))
	}
	return append(attributes, serverAddress(bounded(in.Host))...)
}

// clientAttributes leave out the query and the user of the URL: both may be secret. So may parts of the path be.
func (t *Tracing) clientAttributes(in Incoming, r *http.Request) []attribute.KeyValue {
	path := r.RequestURI
	if path == "*" {
		path = "/*" // in URLs, which have a slash behind the host
	} else {
		path = recording.SentPath(path, r.URL)
	}
	origin := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host}
	attributes := append(protocolAttributes(in), semconv.URLFull(bounded(origin.String()+t.maskPath(path))))
	if in.Protocol != recording.GRPC && in.Route != "" {
		attributes = append(attributes, semconv.URLTemplate(in.Route))
	}
	return append(attributes, serverAddress(r.URL.Host)...)
}

func protocolAttributes(in Incoming) []attribute.KeyValue {
	attributes := make([]attribute.KeyValue, 0, 16)
	switch in.Protocol {
	case recording.GRPC:
		method := rpcMethod(in)
		attributes = append(attributes, semconv.RPCSystemNameGRPC, semconv.RPCMethod(method))
		if method != in.Operation {
			attributes = append(attributes, semconv.RPCMethodOriginal(bounded(in.Operation)))
		}
		return attributes
	case recording.GraphQL:
		kind, name, _ := strings.Cut(in.Operation, " ")
		if operationType(in.Operation) == "unknown" {
			kind, name = "", in.Operation
		}
		if kind != "" {
			attributes = append(attributes, semconv.GraphQLOperationTypeKey.String(kind))
		}
		if name != "" {
			attributes = append(attributes, semconv.GraphQLOperationName(name))
		}
	}
	method := Method(in.Method)
	attributes = append(attributes, semconv.HTTPRequestMethodKey.String(method))
	if method != in.Method {
		attributes = append(attributes, semconv.HTTPRequestMethodOriginal(bounded(in.Method)))
	}
	return attributes
}

func serverAddress(address string) []attribute.KeyValue {
	host, port := hostPort(address)
	if port == 0 {
		return []attribute.KeyValue{semconv.ServerAddress(host)}
	}
	return []attribute.KeyValue{semconv.ServerAddress(host), semconv.ServerPort(port)}
}

// maxAttribute bounds what comes from requests, in bytes.
const maxAttribute = 1024

// bounded returns a value from outside, cut where it is too long, and valid UTF-8, which OTLP insists on.
func bounded(value string) string {
	return strings.ToValidUTF8(value[:min(len(value), maxAttribute)], "\uFFFD")
}

// httpVersion returns 1.1 or 2, as the conventions write it.
func httpVersion(major, minor int) string {
	if major >= 2 {
		return fmt.Sprint(major)
	}
	return fmt.Sprintf("%d.%d", major, minor)
}

var grpcNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED",
}

// grpcName returns a gRPC code as the conventions write it.
func grpcName(code int) string {
	if code < 0 || code >= len(grpcNames) {
		return fmt.Sprint(code)
	}
	return grpcNames[code]
}

// serverError reports whether a gRPC code is the server's fault, by the conventions for gRPC.
func serverError(code int) bool {
	switch grpcName(code) {
	case "UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS":
		return true
	}
	return false
}
