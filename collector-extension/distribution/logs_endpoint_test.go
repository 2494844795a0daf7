package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
)

// logsEndpoint takes OTLP logs over HTTP, as a store of logs does.
type logsEndpoint struct {
	url string
	// held keeps requests waiting while it is not closed; nil keeps none.
	held chan struct{}

	mu     sync.Mutex
	status int
	// wire is all that was sent to it, refused or not; taken are the records that it took.
	wire  bytes.Buffer
	taken []received
}

// received is a record with what it is of.
type received struct {
	plog.LogRecord
	resource map[string]any
}

// attribute returns one as text; empty where there is none.
func (r received) attribute(name string) string {
	value, ok := r.Attributes().Get(name)
	if !ok {
		return ""
	}
	return value.AsString()
}

func (r received) trace() string { id := r.TraceID(); return hex.EncodeToString(id[:]) }

func newLogsEndpoint(t *testing.T, held chan struct{}) *logsEndpoint {
	t.Helper()
	e := &logsEndpoint{status: 200, held: held}
	server := httptest.NewServer(e)
	e.url = server.URL + "/v1/logs"
	t.Cleanup(server.Close)
	return e
}

func (e *logsEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if e.held != nil {
		select {
		case <-e.held:
		case <-r.Context().Done():
			return // The sender has given up, and is not told that anything was taken.
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wire.Write(body)
	if e.status != 200 {
		http.Error(w, "not now", e.status)
		return
	}
	request := plogotlp.NewExportRequest()
	if err := request.UnmarshalProto(body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, resource := range request.Logs().ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				e.taken = append(e.taken, received{record, resource.Resource().Attributes().AsRaw()})
			}
		}
	}
	answer, _ := plogotlp.NewExportResponse().MarshalProto()
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(answer)
}

func (e *logsEndpoint) answer(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

// of returns the records of paths that begin with prefix.
func (e *logsEndpoint) of(prefix string) (all []received) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.taken {
		if strings.HasPrefix(r.attribute("url.path"), prefix) {
			all = append(all, r)
		}
	}
	return all
}

func (e *logsEndpoint) sent() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.wire.String()
}
