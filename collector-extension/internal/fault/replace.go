package fault

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// drained is how much of an answer that is replaced is read to its end, in bytes, so that its connection can be used again.
const drained = 64 << 10

// Replace forwards, and answers with its own status, headers and body instead of what the upstream answered. Who of other
// origins may read that stays the upstream's matter.
type Replace struct {
	forwards
	Fault *scenario.Fault
}

func init() {
	executes(scenario.FaultReplace, func(d scenario.Drawn) Fault { return Replace{Fault: d.Fault} })
}

// Respond replaces the answer, but not one to a connection that is upgraded.
func (p Replace) Respond(_ context.Context, x *Exchange, response *http.Response) error {
	if response.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	status := http.StatusOK
	if p.Fault.Status != nil {
		status = *p.Fault.Status
	}
	x.Note(scenario.FaultReplace, formatInt(int64(status)))
	if response.Body != nil {
		if response.ContentLength <= drained && response.ContentLength >= 0 {
			_, _ = io.Copy(io.Discard, response.Body)
		}
		_ = response.Body.Close()
	}
	body := ""
	if p.Fault.Body != nil {
		body = *p.Fault.Body
	}
	response.StatusCode, response.Status = status, ""
	maps.DeleteFunc(response.Header, func(name string, _ []string) bool { return !strings.HasPrefix(name, "Access-Control-") })
	response.Header.Set("Cache-Control", "no-store")
	response.Trailer = nil
	if body != "" {
		response.Header.Set("Content-Type", ContentType(p.Fault.ContentType, body))
	}
	for name, value := range p.Fault.SetHeaders {
		response.Header.Set(name, value)
	}
	response.Body, response.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	if status != http.StatusNoContent && status != http.StatusNotModified {
		setLength(response, int64(len(body)))
	}
	if !hasBody(response) {
		response.Body = http.NoBody
	}
	return nil
}

// ContentType returns what was given, or what the body looks like.
func ContentType(given, body string) string {
	if given != "" {
		return given
	}
	switch text := strings.TrimLeft(body, " \t\r\n"); {
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return "application/json"
	case strings.HasPrefix(text, "<"):
		return "text/html; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}
