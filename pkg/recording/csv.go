package recording

import (
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

var csvHeader = []string{
	"id", "timestamp", "trace_id", "protocol", "gateway", "instance", "consumer", "client_ip", "method", "host", "path", "target", "route", "operation",
	"query_params", "response_status", "grpc_status", "websocket_close", "response_time_ms", "upstream_time_ms", "injected_delay_ms",
	"request_size", "response_size", "scenario_mode", "rule", "faults", "failure", "failed_by", "failure_kind", "plugin_executed", "tags",
}

// WriteCSV writes one line per recording (RFC 4180) without headers and bodies. Text that a spreadsheet would take for a
// formula gets an apostrophe before it.
func WriteCSV(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	writer := csv.NewWriter(w)
	writer.UseCRLF = true
	if err := writer.Write(csvHeader); err != nil {
		return err
	}
	for r, err := range recordings {
		if err != nil {
			return err
		}
		if err := writer.Write(csvRow(&r)); err != nil {
			return err
		}
	}
	writer.Flush()
	return writer.Error()
}

func csvRow(r *Recording) []string {
	faults := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		faults[i] = f.String()
	}
	row := []string{
		r.ID.String(), r.Timestamp.UTC().Format(time.RFC3339Nano), r.TraceID, string(r.Protocol), r.Gateway, r.Instance, r.Consumer, r.ClientIP,
		r.Method, r.Host, r.Path, r.Target.Text(), r.Route, r.Operation, queryString(r.QueryParams),
		strconv.Itoa(r.ResponseStatus), integer(r.GRPCStatus), integer(r.WebSocketClose),
		milliseconds(&r.ResponseTimeMS), milliseconds(r.UpstreamTimeMS), milliseconds(&r.InjectedDelayMS),
		strconv.FormatInt(r.Body.Size, 10), strconv.FormatInt(r.ResponseBody.Size, 10),
		r.ScenarioMode, r.Rule, strings.Join(faults, ";"), r.Failure, string(r.FailedBy), string(r.FailureKind), strings.Join(r.PluginExecuted, ";"), strings.Join(r.Tags, ";"),
	}
	for i, cell := range row {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			row[i] = "'" + cell
		}
	}
	return row
}

// String returns kind=detail, as in the response header X-MockForge-Fault.
func (f Fault) String() string {
	if f.Detail == "" {
		return f.Kind
	}
	return f.Kind + "=" + f.Detail
}

func integer(value *int) string {
	if value == nil {
		return ""
	}
	return strconv.Itoa(*value)
}

func milliseconds(value *float64) string {
	if value == nil {
		return ""
	}
	return strconv.FormatFloat(*value, 'f', -1, 64)
}
