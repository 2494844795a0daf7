package datasource

import (
	"context"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	defaultRows = 500
	maxRows     = 10_000
)

// recordings answers with a table, newest first.
func (d *DataSource) recordings(ctx context.Context, q query, filter recording.Filter, _ backend.DataQuery) (data.Frames, error) {
	found, more, err := d.find(ctx, q, filter)
	if err != nil {
		return nil, err
	}
	frame := d.recordingsFrame(found)
	if more {
		cut(frame, "The newest %d recordings are shown; there are more.", len(found))
	}
	return data.Frames{frame}, nil
}

// find reads pages up to the limit of a query, and reports whether there is more.
func (d *DataSource) find(ctx context.Context, q query, filter recording.Filter) (found []recording.Recording, more bool, err error) {
	limit, err := q.limit(defaultRows, maxRows)
	if err != nil {
		return nil, false, err
	}
	next := recording.Query{Filter: filter}
	for len(found) < limit {
		next.Limit = min(limit-len(found), recording.MaxLimit)
		page, err := d.store.Query(ctx, next)
		if err != nil {
			return nil, false, err
		}
		for _, r := range page.Recordings {
			// No frame has headers and targets, which may be most of a recording.
			r.Headers, r.ResponseHeaders, r.ResponseTrailers, r.QueryParams, r.Target = nil, nil, nil, nil, ""
			r.HeaderForm, r.ResponseHeaderForm = "", ""
			found = append(found, r)
		}
		next.Cursor = page.NextCursor
		if next.Cursor == "" {
			break
		}
	}
	return found, next.Cursor != "", nil
}

func (d *DataSource) recordingsFrame(found []recording.Recording) *data.Frame {
	n := len(found)
	times, ids := make([]time.Time, n), make([]string, n)
	methods, paths, modes := make([]string, n), make([]string, n), make([]string, n)
	routes, operations := make([]*string, n), make([]*string, n)
	protocols, gateways := make([]string, n), make([]string, n)
	consumers, traces, faults, failures := make([]*string, n), make([]*string, n), make([]*string, n), make([]*string, n)
	blamed, kinds := make([]*string, n), make([]*string, n)
	statuses, grpc := make([]*int64, n), make([]*int64, n)
	durations, delays := make([]float64, n), make([]float64, n)
	upstream := make([]*float64, n)
	injected := make([]bool, n)
	responseBytes := make([]int64, n)
	for i := range found {
		r := &found[i]
		times[i], ids[i], methods[i], paths[i], modes[i] = r.Timestamp, r.ID.String(), r.Method, r.Path, r.ScenarioMode
		routes[i], operations[i] = optional(r.Route), optional(r.Operation)
		protocols[i], gateways[i] = string(r.Protocol), r.Gateway
		consumers[i], traces[i], failures[i] = optional(r.Consumer), optional(r.TraceID), optional(r.Failure)
		blamed[i], kinds[i] = optional(string(r.FailedBy)), optional(string(r.FailureKind))
		faults[i] = optional(faultsOf(r))
		statuses[i] = optional(int64(r.ResponseStatus))
		if r.GRPCStatus != nil {
			code := int64(*r.GRPCStatus)
			grpc[i] = &code
		}
		durations[i], delays[i], upstream[i] = r.ResponseTimeMS, r.InjectedDelayMS, r.UpstreamTimeMS
		injected[i] = r.Injected()
		responseBytes[i] = r.ResponseBody.Size
	}
	// Explore shows the first 20 columns of a table, up to the id.
	frame := data.NewFrame("recordings",
		column("time", times, wide(180)),
		column("method", methods, wide(90)),
		column("path", paths, &data.FieldConfig{Links: recordingLinks("${__data.fields.id}"), Custom: map[string]any{"minWidth": 220}}),
		column("status", statuses, &data.FieldConfig{Mappings: statusColors, NoValue: "no answer", Custom: map[string]any{"width": 90, "cellOptions": map[string]any{"type": "color-text"}}}),
		column("duration", durations, &data.FieldConfig{Unit: milliseconds, Custom: map[string]any{"width": 110}}),
		column("mode", modes, colored(modeColors)),
		column("faults", faults, nil),
		column("injected", injected, nil),
		column("injected delay", delays, &data.FieldConfig{Unit: milliseconds}),
		column("gateway", gateways, nil),
		column("route", routes, nil),
		column("operation", operations, nil),
		column("protocol", protocols, nil),
		column("gRPC status", grpc, nil),
		column("consumer", consumers, nil),
		column("failure", failures, nil),
		column("failed by", blamed, nil),
		column("failure kind", kinds, nil),
		column("traceID", traces, &data.FieldConfig{Links: d.traceLinks()}),
		column("id", ids, &data.FieldConfig{Links: recordingLinks("${__value.raw}")}),
		column("upstream time", upstream, &data.FieldConfig{Unit: milliseconds}),
		column("response size", responseBytes, &data.FieldConfig{Unit: bytes}),
	)
	frame.SetMeta(&data.FrameMeta{
		Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeTable,
	})
	return frame
}

// faultsOf returns what was done to an exchange: "latency 120ms, error 503".
func faultsOf(r *recording.Recording) string {
	words := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		words[i] = strings.TrimSpace(f.Kind + " " + f.Detail)
	}
	return strings.Join(words, ", ")
}

// recordingLinks lead to the app's page of a recording, whose id an expression of Grafana gives.
func recordingLinks(id string) []data.DataLink {
	return []data.DataLink{{Title: "Open the recording", URL: appPath + "/recordings?from=${__from}&to=${__to}&id=" + id}}
}

// traceLinks lead from a trace id to the trace, where the settings say in which data source it is.
func (d *DataSource) traceLinks() []data.DataLink {
	if d.settings.TracesUID == "" {
		return nil
	}
	query := map[string]string{"query": "${__value.raw}"}
	// Tempo finds a trace by its id with TraceQL; Jaeger and Zipkin take the id as it is, and answer nothing to that.
	if d.settings.TracesType == "" || d.settings.TracesType == "tempo" {
		query["queryType"] = "traceql"
	}
	return []data.DataLink{{
		Title:    "Open the trace",
		Internal: &data.InternalDataLink{DatasourceUID: d.settings.TracesUID, Query: query},
	}}
}

// statusColors are the colors of the app's pages: red for errors of the server, orange for those of the client.
var statusColors = data.ValueMappings{statusRange(100, 399, "green"), statusRange(400, 499, "orange"), statusRange(500, 599, "red")}

func statusRange(from, to float64, color string) data.RangeValueMapper {
	low, high := data.ConfFloat64(from), data.ConfFloat64(to)
	return data.RangeValueMapper{From: &low, To: &high, Result: data.ValueMappingResult{Color: color}}
}
