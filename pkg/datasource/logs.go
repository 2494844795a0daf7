package datasource

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// logs answers with one line per recording, in the data plane's format of logs, newest first.
func (d *DataSource) logs(ctx context.Context, q query, filter recording.Filter, _ backend.DataQuery) (data.Frames, error) {
	found, more, err := d.find(ctx, q, filter)
	if err != nil {
		return nil, err
	}
	frame, err := d.logsFrame(found)
	if err != nil {
		return nil, err
	}
	if more {
		cut(frame, "The newest %d recordings are shown; there are more.", len(found))
	}
	return data.Frames{frame}, nil
}

func (d *DataSource) logsFrame(found []recording.Recording) (*data.Frame, error) {
	n := len(found)
	times, bodies, severities, ids, links := make([]time.Time, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	traces := make([]*string, n)
	labels := make([]json.RawMessage, n)
	for i := range found {
		r := &found[i]
		times[i], bodies[i], severities[i], ids[i], traces[i] = r.Timestamp, line(r), analysis.Severity(r), r.ID.String(), optional(r.TraceID)
		links[i] = ids[i]
		encoded, err := json.Marshal(labelsOf(r))
		if err != nil {
			return nil, err
		}
		labels[i] = encoded
	}
	frame := data.NewFrame("logs",
		data.NewField("timestamp", nil, times),
		data.NewField("body", nil, bodies),
		data.NewField("severity", nil, severities),
		data.NewField("id", nil, ids),
		data.NewField("labels", nil, labels),
		column("traceID", traces, &data.FieldConfig{Links: d.traceLinks()}),
		column("recording", links, &data.FieldConfig{Links: recordingLinks("${__value.raw}")}),
	)
	frame.SetMeta(&data.FrameMeta{
		Type: data.FrameTypeLogLines, TypeVersion: data.FrameTypeVersion{0, 0}, PreferredVisualization: data.VisTypeLogs,
	})
	return frame, nil
}

// line returns a recording in one line: "GET /users/7 503 in 120.4 ms [error 503]".
func line(r *recording.Recording) string {
	var b strings.Builder
	what := r.Path
	if r.Operation != "" {
		what = r.Operation
	}
	fmt.Fprintf(&b, "%s %s ", r.Method, what)
	switch {
	case r.GRPCStatus != nil:
		fmt.Fprintf(&b, "gRPC %d", *r.GRPCStatus)
	case r.WebSocketClose != nil:
		fmt.Fprintf(&b, "closed %d", *r.WebSocketClose)
	case r.ResponseStatus == 0:
		b.WriteString("no answer")
	default:
		fmt.Fprintf(&b, "%d", r.ResponseStatus)
	}
	fmt.Fprintf(&b, " in %.1f ms", r.ResponseTimeMS)
	if r.Injected() {
		fmt.Fprintf(&b, " [%s]", faultsOf(r))
	}
	if r.Failure != "" {
		fmt.Fprintf(&b, ": %s", r.Failure)
	}
	return b.String()
}

func labelsOf(r *recording.Recording) map[string]string {
	labels := map[string]string{
		"gateway": r.Gateway, "protocol": string(r.Protocol), "method": r.Method, "route": r.Route, "mode": r.ScenarioMode,
		"consumer": r.Consumer, "instance": r.Instance, "operation": r.Operation, "path": r.Path,
	}
	if r.ResponseStatus != 0 {
		labels["status"] = fmt.Sprint(r.ResponseStatus)
	}
	if r.Injected() {
		labels["faults"] = faultsOf(r)
	}
	for name, value := range labels {
		if value == "" {
			delete(labels, name)
		}
	}
	return labels
}
