package fault

// Answer is what an exchange is answered with instead of being forwarded.
type Answer struct {
	// Status is the HTTP status; other protocols answer with their own equivalent.
	Status int
	// GRPCCode is the name of the gRPC status; empty is what corresponds to Status.
	GRPCCode string
	// Message is for people; empty is one that says that the answer was injected.
	Message string
	// Body and ContentType are what HTTP answers with; nil is a problem document.
	Body        *string
	ContentType string
	// Headers are set besides.
	Headers map[string]string
	// RetryAfterS is when to try again, in seconds; nil is not to say.
	RetryAfterS *int
	// Extensions are those of GraphQL errors.
	Extensions map[string]any
}
