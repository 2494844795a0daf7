package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

// bare takes the content off an answer that has none, whatever the upstream sends (RFC 9110 section 15.3.6).
func bare(response *http.Response) {
	if response.StatusCode != http.StatusResetContent || response.Body == nil || response.Body == http.NoBody {
		return
	}
	_ = response.Body.Close()
	response.Body, response.ContentLength, response.TransferEncoding = http.NoBody, 0, nil
	response.Header.Set("Content-Length", "0")
}

// keepReason has the client get the reason phrase of the upstream, unless a fault has changed the status.
func keepReason(w http.ResponseWriter, response *http.Response) {
	if reason, ok := strings.CutPrefix(response.Status, strconv.Itoa(response.StatusCode)); ok {
		http1.SetReason(w, response.StatusCode, strings.TrimPrefix(reason, " "))
	}
}

// fail answers for an upstream that did not.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeFrom(r.Context())
	failed := x.clientFailed(r)
	if x.client.Err() != nil && (failed == nil || failed.status == 0) {
		x.abort(failureClient)
	}
	if x.deadlinePassed(r) {
		inject(w, r, x.what, deadlineExceeded)
		return
	}
	if x.tooLarge.Load() {
		x.failure = failureClientMessage
		answerWith(w, r, x.what, messageTooLarge, "")
		return
	}
	if failed != nil {
		x.answerFailed(w, r, failed)
		return
	}
	if failed := (mockError{}); errors.As(err, &failed) {
		x.failure = "mock failed"
		answer(w, r, x.what, http.StatusInternalServerError, "The answer of gateway "+x.gateway.options.Name+" cannot be made: "+failed.Error()+".")
		return
	}
	status := http.StatusBadGateway
	switch {
	case r.Context().Err() != nil:
		status, x.failure = http.StatusGatewayTimeout, failurePlugin
	case errors.Is(err, errNoUpgrade):
		status, x.failure = http.StatusNotImplemented, failureNoUpgrade
	case isTimeout(err):
		status, x.failure = http.StatusGatewayTimeout, "upstream timed out"
	case errors.Is(err, syscall.ECONNREFUSED):
		x.failure = "upstream refused the connection"
	case errors.As(err, new(*net.DNSError)):
		x.failure = "upstream's host name was not found"
	default:
		x.failure = failureUpstream
	}
	x.gateway.options.Logger.Debug("forwarding failed", "gateway", x.gateway.options.Name, "error", err)
	answer(w, r, x.what, status, "The upstream of gateway "+x.gateway.options.Name+" did not answer: "+x.failure+".")
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, context.DeadlineExceeded)
}
