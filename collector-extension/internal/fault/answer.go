package fault

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
)

// InjectedDetail is what answers of faults say of themselves where the fault says nothing else.
const InjectedDetail = "This answer was injected by MockForge."

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
	// Extensions are the extensions of GraphQL errors.
	Extensions map[string]any
}

// Problem returns a problem document (RFC 9457); detail is for people where a has no message.
func (a Answer) Problem(detail string) []byte {
	text, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{"about:blank", Title(a.Status), a.Status, cmp.Or(a.Message, detail)})
	if err != nil {
		return nil // Not possible: strings and numbers.
	}
	return text
}

// Title returns the name of a status.
func Title(status int) string {
	return cmp.Or(http.StatusText(status), "Status "+strconv.Itoa(status))
}
