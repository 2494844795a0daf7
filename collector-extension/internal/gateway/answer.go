package gateway

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// answer answers r with status in the terms of its protocol: gRPC with its own status code in a response of trailers
// only, GraphQL with errors in a response of 200, everything else with the status and a problem document (RFC 9457).
func answer(w http.ResponseWriter, r *http.Request, what detected, status int, detail string) {
	switch {
	case status < 200:
		// An informational status ends nothing: the client never gets a final one.
		if status != http.StatusSwitchingProtocols {
			w.WriteHeader(status)
		}
		panic(http.ErrAbortHandler)
	case what.protocol == recording.GRPC:
		answerGRPC(w, grpcEnd{code: grpcCode(status), message: title(status) + ": " + detail, retryAfter: -1})
	case what.protocol == recording.GraphQL && status >= 400:
		answerGraphQL(w, r, what.batch, status, detail)
	default:
		answerHTTP(w, r, status, detail)
	}
}

func answerHTTP(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if status == http.StatusNoContent || status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	send(w, r, status, "application/problem+json", struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{"about:blank", title(status), status, detail})
}

func answerGraphQL(w http.ResponseWriter, r *http.Request, batch, status int, detail string) {
	type extensions struct {
		Code   string `json:"code"`
		Status int    `json:"status"`
	}
	type failure struct {
		Message    string     `json:"message"`
		Extensions extensions `json:"extensions"`
	}
	code := strings.ToUpper(strings.ReplaceAll(title(status), " ", "_"))
	type result struct {
		Errors []failure `json:"errors"`
	}
	one := result{[]failure{{title(status) + ": " + detail, extensions{code, status}}}}
	if batch == 0 {
		send(w, r, http.StatusOK, "application/json", one)
		return
	}
	// A batch is answered request by request.
	send(w, r, http.StatusOK, "application/json", slices.Repeat([]result{one}, batch))
}

func send(w http.ResponseWriter, r *http.Request, status int, mediaType string, document any) {
	text, err := json.Marshal(document)
	if err != nil {
		text = nil // Not possible: strings and numbers only.
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text)
	}
}

func title(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Status " + strconv.Itoa(status)
}

// answerGRPC sends a response of trailers only (gRPC over HTTP/2, section Responses).
func answerGRPC(w http.ResponseWriter, end grpcEnd) {
	w.Header().Set("Content-Type", "application/grpc")
	end.set(w.Header())
	w.WriteHeader(http.StatusOK)
}

// grpcCode maps an HTTP status to the gRPC code that means the same, by the HTTP mapping of google.rpc.Code.
func grpcCode(status int) codes.Code {
	switch status {
	case 200, 204:
		return codes.OK
	case 400:
		return codes.InvalidArgument
	case 401:
		return codes.Unauthenticated
	case 403:
		return codes.PermissionDenied
	case 404:
		return codes.NotFound
	case 409:
		return codes.Aborted
	case 416:
		return codes.OutOfRange
	case 429:
		return codes.ResourceExhausted
	case 499:
		return codes.Canceled
	case 500:
		return codes.Internal
	case 501:
		return codes.Unimplemented
	case 502, 503:
		return codes.Unavailable
	case 504:
		return codes.DeadlineExceeded
	}
	return codes.Unknown
}

// grpcStatus is the status of a gRPC response, from its trailers or, where it has only these, its headers; nil where it
// has none.
func grpcStatus(sources ...http.Header) *int {
	for _, source := range sources {
		if code, err := strconv.Atoi(source.Get("Grpc-Status")); err == nil {
			return &code
		}
	}
	return nil
}
