package gateway

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
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
	var room [20]byte // Else each answer would have its code on the heap.
	code := strconv.AppendInt(room[:0], int64(response.StatusCode), 10)
	if reason, ok := strings.CutPrefix(response.Status, string(code)); ok {
		http1.SetReason(w, response.StatusCode, strings.TrimPrefix(reason, " "))
	}
}

// fail answers for an upstream that did not.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeFrom(r.Context())
	failed := x.clientFailed(r)
	if x.client.Err() != nil && (failed == nil || failed.Status == 0) {
		x.abort(core.ClientAborted)
	}
	if x.deadlinePassed(r) {
		inject(w, r, x.what, deadlineExceeded)
		return
	}
	if x.tooLarge.Load() {
		x.Fail(core.ClientMessageTooLarge)
		answerWith(w, r, x.what, messageTooLarge, "")
		return
	}
	if failed != nil {
		x.answerFailed(w, r, failed)
		return
	}
	if failed := (mockError{}); errors.As(err, &failed) {
		x.Fail(core.MockFailed)
		answer(w, r, x.what, http.StatusInternalServerError, "The answer of gateway "+x.gateway.options.Name+" cannot be made: "+failed.Error()+".")
		return
	}
	status := http.StatusBadGateway
	var failure core.Failure
	switch {
	case r.Context().Err() != nil:
		status, failure = http.StatusGatewayTimeout, core.PluginGaveUp
	case errors.Is(err, errNoUpgrade):
		status, failure = http.StatusNotImplemented, noUpgrade
	case errors.Is(err, errUnaskedUpgrade):
		failure = unaskedUpgrade
	default:
		if failure = core.OfUpstream(err, false); failure.Kind == recording.FailureTimeout || core.IsTimeout(err) {
			status = http.StatusGatewayTimeout
		}
	}
	x.Fail(failure)
	x.gateway.options.Logger.Debug("forwarding failed", "gateway", x.gateway.options.Name, "error", err)
	answer(w, r, x.what, status, "The upstream of gateway "+x.gateway.options.Name+" did not answer: "+failure.Text+".")
}
