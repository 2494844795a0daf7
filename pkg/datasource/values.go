package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	defaultValues = 200
	maxValues     = 1000
	// completionRange is how far back completions look where the editor names no range.
	completionRange = 6 * time.Hour
)

// values answers the queries of variables: the values that recordings have, the most frequent first.
func (d *DataSource) values(ctx context.Context, q query, filter recording.Filter, _ backend.DataQuery) (data.Frames, error) {
	limit, err := q.limit(defaultValues, maxValues)
	if err != nil {
		return nil, err
	}
	counts, err := d.valuesOf(ctx, filter, q.Field, limit)
	if err != nil {
		return nil, err
	}
	names, numbers := make([]string, len(counts)), make([]int64, len(counts))
	for i, count := range counts {
		names[i], numbers[i] = count.Value, count.Count
	}
	frame := data.NewFrame("values", data.NewField("value", nil, names), data.NewField("recordings", nil, numbers))
	frame.SetMeta(&data.FrameMeta{Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeTable})
	return data.Frames{frame}, nil
}

// valuesOf adds the modes, protocols and ways of failing that were not met: there are few, and all of them can be asked for.
func (d *DataSource) valuesOf(ctx context.Context, filter recording.Filter, field string, limit int) ([]recording.Count, error) {
	counts, err := d.store.Values(ctx, filter, field, limit)
	if err != nil {
		return nil, err
	}
	var all []string
	switch field {
	case "modes":
		for _, mode := range scenario.Modes() {
			all = append(all, string(mode))
		}
	case "protocols":
		for _, p := range recording.Protocols() {
			all = append(all, string(p))
		}
	case "failed_by":
		for _, by := range recording.FailedBys() {
			all = append(all, string(by))
		}
	case "failure_kind":
		for _, kind := range recording.FailureKinds() {
			all = append(all, string(kind))
		}
	}
	for _, value := range all {
		if len(counts) < limit && !has(counts, value) {
			counts = append(counts, recording.Count{Value: value})
		}
	}
	return counts, nil
}

func has(counts []recording.Count, value string) bool {
	for _, count := range counts {
		if count.Value == value {
			return true
		}
	}
	return false
}

// resources returns what the query editor asks for: GET /values/{field}?from=&to= for completions, both in RFC 3339.
func (d *DataSource) resources() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /values/{field}", func(w http.ResponseWriter, r *http.Request) {
		if d.problem != nil {
			refuse(w, d.problem)
			return
		}
		filter, err := d.completionFilter(r)
		if err != nil {
			refuse(w, err)
			return
		}
		counts, err := d.valuesOf(r.Context(), filter, r.PathValue("field"), defaultValues)
		if err != nil {
			refuse(w, err)
			return
		}
		write(w, http.StatusOK, "application/json", map[string]any{"values": counts})
	})
	return mux
}

func (d *DataSource) completionFilter(r *http.Request) (recording.Filter, error) {
	until := d.now().UTC()
	since := until.Add(-completionRange)
	filter := recording.Filter{From: &since, To: &until}
	for name := range r.URL.Query() {
		if name != "from" && name != "to" {
			return filter, validation.Errorf(name, "is not a parameter of values, which have from and to only")
		}
	}
	for name, into := range map[string]*time.Time{"from": &since, "to": &until} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return filter, validation.Errorf(name, "must be a time such as 2026-01-02T15:04:05Z, is %q", text)
		}
		*into = at.UTC()
	}
	return filter, nil
}

// refuse answers with a problem document (RFC 9457), in the same words as a query's answer.
func refuse(w http.ResponseWriter, err error) {
	response := failed(err)
	problem := api.Problem{Type: "about:blank", Status: int(response.Status), Title: http.StatusText(int(response.Status)), Detail: response.Error.Error()}
	if errors.Is(err, errNotConfigured) {
		problem.Status, problem.Title = http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)
	}
	write(w, problem.Status, "application/problem+json", problem)
}

func write(w http.ResponseWriter, status int, kind string, document any) {
	body, err := json.Marshal(document)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}
