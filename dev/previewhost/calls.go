package previewhost

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// backendOf returns the plugin of a call and the connection to its backend, or answers why there is none.
func (h *Host) backendOf(w http.ResponseWriter, id string) (*plugin, *connection) {
	p := h.plugin(id)
	if p == nil || p.process == nil {
		refuse(w, http.StatusNotFound, "Plugin not found")
		return nil, nil
	}
	open, err := p.process.connect()
	if err != nil {
		h.logger.Error("The plugin's backend cannot be reached", "plugin", id, "error", err)
		refuse(w, http.StatusServiceUnavailable, "Plugin unavailable")
		return nil, nil
	}
	return p, open
}

// callResource passes a request on to the backend, and its answer back as it comes.
func (h *Host) callResource(w http.ResponseWriter, r *http.Request) {
	p, open := h.backendOf(w, r.PathValue("id"))
	if p == nil {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, "Request body too large")
		} else {
			refuse(w, http.StatusBadRequest, "Request body could not be read")
		}
		return
	}
	path := r.PathValue("path")
	url := path
	if r.URL.RawQuery != "" {
		url += "?" + r.URL.RawQuery
	}
	headers := map[string]*pluginv2.StringList{}
	for name, values := range r.Header {
		// Grafana keeps a browser's cookies and credentials to itself.
		if name != "Cookie" && name != "Authorization" {
			headers[name] = &pluginv2.StringList{Values: values}
		}
	}
	answers, err := open.resources.CallResource(r.Context(), &pluginv2.CallResourceRequest{
		PluginContext: h.pluginContext(p, h.roleOf(r)), Path: path, Method: r.Method, Url: url, Headers: headers, Body: body,
	})
	if err != nil {
		h.refuseCall(w, p, err)
		return
	}
	for first := true; ; first = false {
		part, err := answers.Recv()
		if errors.Is(err, io.EOF) && !first {
			return
		}
		if err != nil {
			if first {
				h.refuseCall(w, p, err)
			}
			return
		}
		if first {
			writeHead(w, part)
		}
		if _, err := w.Write(part.GetBody()); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
	}
}

func writeHead(w http.ResponseWriter, part *pluginv2.CallResourceResponse) {
	header := w.Header()
	for name, values := range part.GetHeaders() {
		name = http.CanonicalHeaderKey(name)
		switch name {
		case "Set-Cookie", "Transfer-Encoding", "Connection", "Content-Length":
		default:
			header[name] = slices.Clone(values.GetValues())
		}
	}
	if header.Get("Content-Type") == "" && part.GetCode() != http.StatusNoContent {
		header.Set("Content-Type", "application/json")
	}
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	// As in Grafana: an answer that a browser opens by itself must not run scripts in the page's origin.
	header.Set("Content-Security-Policy", "sandbox")
	w.WriteHeader(int(part.GetCode()))
}

// checkHealth answers as Grafana does: 200 where the plugin is well, 400 where it is not.
func (h *Host) checkHealth(w http.ResponseWriter, r *http.Request) {
	p, open := h.backendOf(w, r.PathValue("id"))
	if p == nil {
		return
	}
	health, err := open.diagnostics.CheckHealth(r.Context(), &pluginv2.CheckHealthRequest{PluginContext: h.pluginContext(p, h.roleOf(r))})
	if err != nil {
		h.refuseCall(w, p, err)
		return
	}
	document := map[string]any{"status": health.GetStatus().String(), "message": health.GetMessage()}
	if json.Valid(health.GetJsonDetails()) {
		document["details"] = json.RawMessage(health.GetJsonDetails())
	}
	if health.GetStatus() == pluginv2.CheckHealthResponse_OK {
		answer(w, document)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(document)
}

// queryData answers the queries of panels and of Explore.
func (h *Host) queryData(w http.ResponseWriter, r *http.Request) {
	var body struct {
		From    string            `json:"from"`
		To      string            `json:"to"`
		Queries []json.RawMessage `json:"queries"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "bad request data")
		return
	}
	from, fromErr := strconv.ParseInt(body.From, 10, 64)
	to, toErr := strconv.ParseInt(body.To, 10, 64)
	if fromErr != nil || toErr != nil || len(body.Queries) == 0 {
		refuse(w, http.StatusBadRequest, "from and to must be milliseconds since 1970, and queries not empty")
		return
	}
	bySource := map[string][]*pluginv2.DataQuery{}
	for _, document := range body.Queries {
		var query struct {
			RefID         string `json:"refId"`
			QueryType     string `json:"queryType"`
			MaxDataPoints int64  `json:"maxDataPoints"`
			IntervalMS    int64  `json:"intervalMs"`
			DataSource    struct {
				UID string `json:"uid"`
			} `json:"datasource"`
		}
		if err := json.Unmarshal(document, &query); err != nil {
			refuse(w, http.StatusBadRequest, "bad query")
			return
		}
		bySource[query.DataSource.UID] = append(bySource[query.DataSource.UID], &pluginv2.DataQuery{
			RefId: query.RefID, QueryType: query.QueryType, MaxDataPoints: query.MaxDataPoints, IntervalMS: query.IntervalMS,
			TimeRange: &pluginv2.TimeRange{FromEpochMS: from, ToEpochMS: to}, Json: document,
		})
	}
	all := backend.NewQueryDataResponse()
	for uid, queries := range bySource {
		p, open := h.backendOf(w, uid)
		if p == nil {
			return
		}
		result, err := open.data.QueryData(r.Context(), &pluginv2.QueryDataRequest{PluginContext: h.pluginContext(p, h.roleOf(r)), Queries: queries})
		if err != nil {
			h.refuseCall(w, p, err)
			return
		}
		converted, err := backend.FromProto().QueryDataResponse(result)
		if err != nil {
			h.refuseCall(w, p, err)
			return
		}
		maps.Copy(all.Responses, converted.Responses)
	}
	answer(w, all)
}

// refuseCall answers for a backend that could not be called, in words that leave its error to the log.
func (h *Host) refuseCall(w http.ResponseWriter, p *plugin, err error) {
	switch code := status.Code(err); code {
	case codes.Canceled:
		return
	case codes.Unimplemented:
		refuse(w, http.StatusNotFound, "Not found")
	case codes.Unavailable:
		refuse(w, http.StatusServiceUnavailable, "Plugin unavailable")
	default:
		h.logger.Error("A call of the plugin's backend failed", "plugin", p.ID, "code", strings.ToLower(code.String()), "error", err)
		refuse(w, http.StatusInternalServerError, "An error occurred within the plugin")
	}
}
