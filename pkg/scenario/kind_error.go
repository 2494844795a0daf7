package scenario

import (
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// FaultError answers instead of forwarding: an HTTP status, a gRPC status, GraphQL errors, a refused WebSocket. With
// after_messages a stream that has begun is ended so once that many messages were sent to the client.
const FaultError FaultKind = "error"

const maxRetryAfterS = 86_400

var (
	codesToDraw = parameterOf(
		"status_codes", func(f *Fault) *[]int { return &f.StatusCodes }, isNotNil, cloned,
		// Those below 200 do not end an exchange.
		func(field string, codes []int) error { return statusCodesFrom(field, codes, 200) },
	).edited(ControlCodes).schema("type: array, minItems: 1, maxItems: 100, items: { type: integer, minimum: 200, maximum: 599 }")
	grpcCode = text("grpc_code", ControlChoice, func(f *Fault) *string { return &f.GRPCCode }, checkGRPCCode).
			schema("type: string, example: UNAVAILABLE")
	messageParameter = text("message", ControlText, func(f *Fault) *string { return &f.Message }, func(field, v string) error {
		return validation.Text(field, v, MaxTextLength)
	}).schema("type: string, maxLength: 1024")
	retryAfterS = number("retry_after_s", func(f *Fault) **int { return &f.RetryAfterS }, 0, maxRetryAfterS).in("s")
)

func init() {
	after := messagesAfter()
	after.More = true
	register(Kind{
		Name: FaultError, Order: 20, Group: GroupFailure, Label: "Error answer", Effect: EffectError, Fails: true,
		Description: "Answers with an error in the terms of the protocol, and forwards nothing.",
		Doc:         "answers instead of forwarding; after messages, ends a stream that has begun",
		Initial:     Fault{StatusCodes: []int{503}},
		Fields: []Field{
			{Parameter: codesToDraw, Label: "Status codes", Otherwise: "500, 502, 503, or by the gRPC status"},
			{Parameter: retryAfterS, Label: "Retry after", Help: "Retry-After, and RetryInfo of gRPC", Otherwise: "not said"},
			{Parameter: messageParameter, Label: "Message", Help: "The text that goes with the error", More: true},
			{Parameter: grpcCode, Label: "gRPC status", Otherwise: "by the HTTP status", Choices: grpcChoices(), More: true},
			after,
			{Parameter: bodyParameter, Label: "Body", Otherwise: "A problem document", More: true, Without: afterMessages},
			{Parameter: contentType, Label: "Content type", Example: anyContentType, More: true, With: bodyParameter},
			{Parameter: setHeaders, Label: "Set headers", More: true, Without: afterMessages},
			{Parameter: extensionsParameter, Label: "Extensions", Help: ofGraphQLErrors, Example: exampleExtensions, More: true},
		},
		Request: &RequestForm{Example: "error=503 or error=UNAVAILABLE", read: readError},
		fill:    fillError,
		code:    func(f *Fault, seed uint64) int { return f.StatusCodes[seed%uint64(len(f.StatusCodes))] },
	})
}

func grpcChoices() []Choice {
	var choices []Choice
	for _, name := range grpcErrors {
		choices = append(choices, Choice{Value: name, Label: name})
	}
	return choices
}

func fillError(f *Fault) {
	if f.StatusCodes != nil {
		return
	}
	if code, named := GRPCCode(f.GRPCCode); named {
		f.StatusCodes = []int{httpStatus(code)}
		return
	}
	f.StatusCodes = defaultStatusCodes()
}

func checkGRPCCode(field, name string) error {
	if _, ok := GRPCCode(name); ok {
		return nil
	}
	return validation.Errorf(field, "must be the name of a gRPC error such as UNAVAILABLE, is %q", clip(name))
}

func readError(f *Fault, value string) error {
	if _, ok := GRPCCode(value); ok {
		f.GRPCCode = value
		return nil
	}
	status, err := strconv.Atoi(value)
	if err != nil {
		return validation.Errorf("", "must be an HTTP status or the name of a gRPC error such as UNAVAILABLE, is %q", clip(value))
	}
	f.StatusCodes = []int{status}
	return nil
}
