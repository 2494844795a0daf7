// Package mock answers requests from configuration instead of an upstream: the first mock whose conditions hold does,
// after its delay, with a status, headers and a body that may be templates over the request.
package mock

// Limits on what mocks read and write, in bytes.
const (
	// MaxRead is how much of a request's body is looked at, by conditions and by templates.
	MaxRead = 64 << 10
	// MaxBody is how large an answer that a template makes, or a file has, may be.
	MaxBody = 1 << 20
)

// Definition is one mock as it is configured.
type Definition struct {
	// Name is what recordings call the mock. Required, unique within the gateway.
	Name string `mapstructure:"name"`

	// Method is the HTTP method to match; empty is any.
	Method string `mapstructure:"method"`
	// Path is a pattern to match, as rules have it: {name} is one segment, * is within a segment, a final /** the rest. It may be
	// absent where operation is given.
	Path string `mapstructure:"path"`
	// Query and MatchHeaders are parameters and request headers with their exact values; the value "*" is any value.
	Query        map[string]string `mapstructure:"query"`
	MatchHeaders map[string]string `mapstructure:"match_headers"`
	// BodyContains is a part of the request's body, of its first 64 KiB.
	BodyContains string `mapstructure:"body_contains"`
	// BodyJSON are values of the request's JSON body (64 KiB at most) by JSONPath (RFC 9535), without the leading $ if
	// wanted: "user.id", "$.items[*].id". One of the selected values must be equal; the value "*" is any value.
	BodyJSON map[string]any `mapstructure:"body_json"`
	// Operation is a gRPC method ("shop.Shop/Get") or a GraphQL operation ("GetUser").
	Operation string `mapstructure:"operation"`
	// Consumer is who calls, exactly.
	Consumer string `mapstructure:"consumer"`

	// Template makes status, header values and bodies of this mock templates (text/template) over the request.
	Template bool `mapstructure:"template"`
	// Response is the answer, unless Responses are given.
	Response `mapstructure:",squash"`
	// Responses answer in turn, the first request with the first; the last one answers all that follow. Each collector
	// counts for itself.
	Responses []Response `mapstructure:"responses"`

	// prevent unkeyed literal initialization
	_ struct{}
}

// Response is what is answered with.
type Response struct {
	// Status is 200 to 599, or a template that results in that; 200 by default.
	Status any `mapstructure:"status"`
	// Headers have one value each, or a list of values. Content-Type is application/json by default where the body
	// looks like that.
	Headers map[string]any `mapstructure:"headers"`
	// Body is the text to answer with, BodyBase64 the bytes, BodyFile the name of a file that has them (1 MiB at most)
	// and is read at the start. At most one of them may be given.
	Body       string `mapstructure:"body"`
	BodyBase64 string `mapstructure:"body_base64"`
	BodyFile   string `mapstructure:"body_file"`
	// GRPCStatus answers gRPC calls: the name of a code ("NOT_FOUND") or its number, by default what corresponds to
	// status. GRPCMessage goes with it. The body is then a message as Protocol Buffers encode it, or several of them in
	// the frames that they have on the wire.
	GRPCStatus  any    `mapstructure:"grpc_status"`
	GRPCMessage string `mapstructure:"grpc_message"`
	// Delay is how long to wait before: a duration ("150ms"), or {min, max} to draw from; an hour at most.
	Delay any `mapstructure:"delay"`

	// prevent unkeyed literal initialization
	_ struct{}
}
