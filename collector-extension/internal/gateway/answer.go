package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const injectedDetail = fault.InjectedDetail

// answer answers r with status in the terms of its protocol: gRPC with its own status code in a response of trailers
// only, GraphQL with errors in a response of 200, everything else with the status and a problem document (RFC 9457).
func answer(w http.ResponseWriter, r *http.Request, what detected, status int, detail string) {
	answerWith(w, r, what, fault.Answer{Status: status}, detail)
}

// inject answers r for a fault.
func inject(w http.ResponseWriter, r *http.Request, what detected, a fault.Answer) {
	answerWith(w, r, what, a, injectedDetail)
}

// answerWith answers r with a; detail is for people where a has no message.
func answerWith(w http.ResponseWriter, r *http.Request, what detected, a fault.Answer, detail string) {
	switch {
	case what.protocol == recording.GRPC && (a.Status >= 200 || a.GRPCCode != ""):
		setHeaders(w.Header(), a.Headers)
		answerGRPC(w, grpcEndOf(a, detail))
	case a.Status < 200:
		// An informational status ends nothing: the client never gets a final one.
		if a.Status != http.StatusSwitchingProtocols {
			w.WriteHeader(a.Status)
		}
		panic(http.ErrAbortHandler)
	case a.Body != nil:
		send(w, r, a.Status, fault.ContentType(a.ContentType, *a.Body), []byte(*a.Body), a)
	case what.protocol == recording.GraphQL && a.Status >= 400:
		send(w, r, http.StatusOK, graphQLMediaType(r), graphQLErrors(what, a, detail), a)
	default:
		send(w, r, a.Status, "application/problem+json", a.Problem(detail), a)
	}
}

func encode(document any) []byte {
	text, err := json.Marshal(document)
	if err != nil {
		return nil // Not possible: what was decoded from JSON or YAML, strings and numbers.
	}
	return text
}

// send answers with text, and with the headers of a.
func send(w http.ResponseWriter, r *http.Request, status int, mediaType string, text []byte, a fault.Answer) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	empty := status == http.StatusNoContent || status == http.StatusNotModified
	if !empty {
		h.Set("Content-Type", mediaType)
		h.Set("Content-Length", strconv.Itoa(len(text)))
	}
	if a.RetryAfterS != nil {
		h.Set("Retry-After", strconv.Itoa(*a.RetryAfterS))
	}
	setHeaders(h, a.Headers)
	w.WriteHeader(status)
	if r.Method != http.MethodHead && !empty {
		_, _ = w.Write(text)
	}
}

func setHeaders(h http.Header, headers map[string]string) {
	for name, value := range headers {
		h.Set(name, value)
	}
}

// answerGRPC sends a response of trailers only (gRPC over HTTP/2, section Responses).
func answerGRPC(w http.ResponseWriter, end grpcEnd) {
	w.Header().Set("Content-Type", "application/grpc")
	end.set(w.Header())
	w.WriteHeader(http.StatusOK)
}

// grpcStatus returns the status of a gRPC response, from its trailers or, where it has only these, its headers; nil where it
// has none.
func grpcStatus(sources ...http.Header) *int {
	for _, source := range sources {
		if code, err := strconv.Atoi(source.Get("Grpc-Status")); err == nil {
			return &code
		}
	}
	return nil
}
