package mock

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/punctual"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Answer makes the answer to r, after the delay. The error is that of ctx where the client gave up, else it says what is
// wrong with the mock's template. A delay ends early, without an error, when stopping is closed.
func (m *Mock) Answer(ctx context.Context, x *scenario.Exchange, r *http.Request, stopping <-chan struct{}) (*http.Response, error) {
	response, count := m.turn()
	if err := m.wait(ctx, response.delay, stopping); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	made, err := response.render(newData(limited, m, x, r, count))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("mock %s: %w", m.name, err)
	}
	if x.Protocol == "grpc" {
		made.frame(response, m.env.grpcCode)
	}
	return made.response(r), nil
}

func (m *Mock) wait(ctx context.Context, d delay, stopping <-chan struct{}) error {
	if d.most == 0 {
		return nil
	}
	timer := punctual.NewTimer(time.Duration(m.env.random.between(int64(d.least), int64(d.most))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-stopping:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rendered is an answer whose templates have been executed.
type rendered struct {
	status  int
	header  http.Header
	trailer http.Header
	body    string
	message string
}

func (r *response) render(d *Data) (*rendered, error) {
	made := &rendered{header: make(http.Header, len(r.headers)+1)}
	status, err := r.status.render(d)
	if err != nil {
		return nil, fmt.Errorf("status: %s", position(err))
	}
	if made.status, err = parseStatus(status); err != nil {
		return nil, fmt.Errorf("status%w", err)
	}
	for _, h := range r.headers {
		value, err := h.value.render(d)
		if err != nil {
			return nil, fmt.Errorf("header %s: %s", h.name, position(err))
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("header %s: must be the value of a header, is %.40q", h.name, value)
		}
		made.header[h.name] = append(made.header[h.name], value)
	}
	if made.message, err = r.message.render(d); err != nil {
		return nil, fmt.Errorf("grpc_message: %s", position(err))
	}
	if made.body, err = r.body.render(d); err != nil {
		return nil, fmt.Errorf("body: %s", position(err))
	}
	return made, nil
}

// response returns the answer as a transport returns it.
func (a *rendered) response(r *http.Request) *http.Response {
	if _, given := a.header["Content-Type"]; !given && looksLikeJSON(a.body) {
		a.header.Set("Content-Type", "application/json")
	}
	response := &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header, Trailer: a.trailer, ContentLength: int64(len(a.body)),
		Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		response.Body = http.NoBody
		return response
	}
	if a.trailer != nil {
		response.ContentLength = -1
	} else {
		a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	if r.Method == http.MethodHead {
		response.Body = http.NoBody
	}
	return response
}

func looksLikeJSON(body string) bool {
	trimmed := bytes.TrimLeft([]byte(body[:min(len(body), 64)]), " \t\r\n")
	return len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[')
}
