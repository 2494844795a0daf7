package datasource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestFrames(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		source := by.filled(t).source(t, `{"tracesUid":"tempo"}`)
		for _, test := range []struct{ name, queryType, model string }{
			{"recordings", "recordings", `{}`},
			{"recordings_of_a_filter", "recordings", `{"filter":{"statuses":["5xx","none"],"consumers":["web"]}}`},
			{"recordings_limited", "recordings", `{"limit":2}`},
			{"recordings_none", "recordings", `{"filter":{"gateways":["other"]}}`},
			{"logs", "logs", `{}`},
			{"traffic", "traffic", `{"metrics":["requests","error_rate","injected_rate","p95","mean"]}`},
			{"traffic_by_mode", "traffic", `{"groupBy":"mode"}`},
			{"traffic_by_route", "traffic", `{"groupBy":"route","metrics":["requests","errors"]}`},
			{"events", "events", `{}`},
			{"events_of_a_mode", "events", `{"filter":{"modes":["chaos"]}}`},
			{"values", "values", `{"field":"consumers"}`},
			{"values_of_modes", "values", `{"field":"modes"}`},
			{"patterns_none", "patterns", `{}`},
			{"volume", "volume", `{}`},
		} {
			t.Run(test.name, func(t *testing.T) { golden(t, test.name, ask(t, source, test.queryType, test.model)) })
		}
	})
}

func TestABadQueryIsRefusedByItsField(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		source := by.filled(t).source(t, `{}`)
		for _, test := range []struct{ field, queryType, model string }{
			{"queryType", "everything", `{}`},
			{"limit", "recordings", `{"limit":-1}`},
			{"limit", "recordings", `{"limit":10001}`},
			{"limit", "recordings", `{"limit":"many"}`},
			{"limit", "events", `{"limit":1001}`},
			{"filter.path", "logs", `{"filter":{"path":7}}`},
			{"filter.statuses[1]", "logs", `{"filter":{"statuses":["5xx","6"]}}`},
			{"filter.owner", "recordings", `{"filter":{"owner":"me"}}`},
			{"metrics[1]", "traffic", `{"metrics":["requests","joy"]}`},
			{"groupBy", "traffic", `{"groupBy":"consumer"}`},
			{"seriesLimit", "traffic", `{"seriesLimit":101}`},
			{"filter.consumers", "traffic", `{"filter":{"consumers":["web"]}}`},
			{"patternTypes[0]", "patterns", `{"patternTypes":["luck"]}`},
			{"field", "values", `{"field":"headers"}`},
			{"query", "recordings", `[]`},
			{"around", "logs", `{"around":"soon"}`},
			{"around", "logs", `{"around":"-1s"}`},
			{"around", "recordings", `{"around":"24h1s"}`},
			{"around", "recordings", `{"around":10}`},
			{"around", "volume", `{"around":"10m"}`},
			{"around", "traffic", `{"around":"0s"}`},
		} {
			got := ask(t, source, test.queryType, test.model)
			if got.Status != backend.StatusBadRequest || got.ErrorSource != backend.ErrorSourceDownstream || len(got.Frames) > 0 {
				t.Errorf("%s %s: status %d from %s", test.queryType, test.model, got.Status, got.ErrorSource)
			}
			if all := validation.All(got.Error); len(all) != 1 || all[0].Field != test.field {
				t.Errorf("%s %s: %v does not name %s", test.queryType, test.model, got.Error, test.field)
			}
		}
	})
}

func TestOneBadQueryDoesTheOthersNoHarm(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		source := by.filled(t).source(t, `{}`)
		during := backend.TimeRange{From: noon, To: noon.Add(time.Minute)}
		response, err := source.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{
			{RefID: "good", QueryType: "recordings", JSON: []byte(`{}`), TimeRange: during},
			{RefID: "bad", QueryType: "recordings", JSON: []byte(`{"limit":-1}`), TimeRange: during},
			{RefID: "other", QueryType: "events", JSON: []byte(`{}`), TimeRange: during},
		}})
		if err != nil {
			t.Fatal(err)
		}
		for ref, wrong := range map[string]bool{"good": false, "bad": true, "other": false} {
			if got := response.Responses[ref]; (got.Error != nil) != wrong {
				t.Errorf("%s: %v", ref, got.Error)
			}
		}
	})
}

func TestTheVolumeCountsWhatTheLogsShow(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		source := by.filled(t).source(t, `{}`)
		lines, _ := ask(t, source, "logs", `{}`).Frames[0].FieldByName("severity")
		want := map[string]float64{}
		for i := range lines.Len() {
			want[lines.At(i).(string)]++
		}
		got := map[string]float64{}
		for _, frame := range ask(t, source, "volume", `{}`).Frames {
			for i := range frame.Rows() {
				got[frame.Fields[1].Labels["level"]] += frame.Fields[1].At(i).(float64)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-logs +volume\n%s", diff)
		}
	})
}

func TestALongRangeHasFewSteps(t *testing.T) {
	for _, test := range []struct {
		points   int64
		interval time.Duration
		length   time.Duration
		want     time.Duration
	}{
		{0, 0, time.Minute, time.Second},
		{500, 100 * time.Millisecond, time.Minute, time.Second},
		{500, 1500 * time.Millisecond, time.Minute, 2 * time.Second},
		{100, time.Second, 1000 * time.Second, 10 * time.Second},
		{1 << 40, 0, 2000 * time.Hour, time.Hour},
	} {
		got := stepOf(backend.DataQuery{MaxDataPoints: test.points, Interval: test.interval, TimeRange: backend.TimeRange{From: noon, To: noon.Add(test.length)}})
		if got != test.want {
			t.Errorf("%+v: step %s", test, got)
		}
	}
}

func TestWhoseFaultAnErrorIs(t *testing.T) {
	driver := errors.New("pq: password authentication failed for user alice")
	for _, test := range []struct {
		err    error
		status backend.Status
		source backend.ErrorSource
	}{
		{validation.Errorf("limit", "is wrong"), backend.StatusBadRequest, backend.ErrorSourceDownstream},
		{errNotConfigured, backend.StatusBadRequest, backend.ErrorSourceDownstream},
		{errors.Join(api.ErrUnavailable, driver), backend.StatusBadGateway, backend.ErrorSourceDownstream},
		{fmt.Errorf("recordings: %w", api.ErrTooLong), backend.StatusTimeout, backend.ErrorSourceDownstream},
		{context.DeadlineExceeded, backend.StatusTimeout, backend.ErrorSourceDownstream},
		{driver, backend.StatusInternal, backend.ErrorSourcePlugin},
	} {
		got := failed(test.err)
		if got.Status != test.status || got.ErrorSource != test.source {
			t.Errorf("%v: status %d from %s", test.err, got.Status, got.ErrorSource)
		}
		if strings.Contains(got.Error.Error(), "alice") {
			t.Errorf("the driver's words reach the user: %v", got.Error)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"filter":{"statuses":["5xx"],"injected":true},"limit":5,"groupBy":"mode","metrics":["p95"]}`)
	f.Add(`{"filter":{"min_duration_ms":1e400}}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, model string) {
		q, filter, err := parse(t.Context(), backend.DataQuery{JSON: []byte(model), TimeRange: backend.TimeRange{From: noon, To: noon.Add(time.Minute)}})
		if err != nil {
			if len(validation.All(err)) == 0 {
				t.Errorf("%q: the error names no field: %v", model, err)
			}
			return
		}
		if err := filter.Validate(); err != nil {
			t.Errorf("%q: a filter that is not valid was let through: %v", model, err)
		}
		_, _ = q.traffic(filter)
	})
}
