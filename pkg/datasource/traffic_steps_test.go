package datasource

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// The step that is not over is divided by what has passed of it, and is left out where that is little and there are others: whatever
// the range, the last minutes are in it.
func TestTheLastStepIsDividedByWhatHasPassed(t *testing.T) {
	dsn := filled(t)
	day := 24 * time.Hour
	for _, test := range []struct {
		name           string
		passed         time.Duration
		from, interval time.Duration
		steps          int
		last           time.Duration
		want           float64
	}{
		{"little has passed of the last", 34 * time.Second, 0, 10 * time.Second, 3, 20 * time.Second, 2},
		{"enough has", 35 * time.Second, 0, 10 * time.Second, 4, 30 * time.Second, 20.0 / 3},
		{"it is over", 42 * time.Second, 0, 10 * time.Second, 4, 30 * time.Second, 2},
		{"two hours", 35 * time.Minute, time.Hour, 30 * time.Minute, 1, 0, 120.0 / 1800},
		{"seven days", 35 * time.Minute, 7 * day, time.Hour, 1, 0, 120.0 / 2098},
		{"thirty days", 35 * time.Minute, 30 * day, 2 * time.Hour, 1, 0, 120.0 / 2098},
		{"thirty days, in the first seconds", 12 * time.Second, 30 * day, 2 * time.Hour, 1, 0, 20.0 / 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := newSource(t, dsn, `{}`)
			now := noon.Add(test.passed)
			source.now = func() time.Time { return now }
			got := askBy(t, source, test.interval, backend.TimeRange{From: noon.Add(-test.from), To: noon.Add(time.Hour)})
			frame := got.Frames[0]
			at, value := frame.Fields[0].At(frame.Rows()-1).(time.Time), frame.Fields[1].At(frame.Rows()-1).(*float64)
			if frame.Rows() != test.steps || !at.Equal(noon.Add(test.last)) || value == nil || math.Abs(*value-test.want) > 1e-9 {
				t.Errorf("%d steps, the last at %s is %v, want %d, %s and %v", frame.Rows(), at, value, test.steps, noon.Add(test.last), test.want)
			}
			if frame.Meta.Notices != nil {
				t.Errorf("notices: %v", frame.Meta.Notices)
			}
		})
	}
}

// Where traffic is kept in longer steps only than are asked for, these are answered and said, and the requests are the same.
func TestTrafficOfLastWeekIsToldInTheStepsThatAreKept(t *testing.T) {
	dsn := filled(t)
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, test := range []struct {
		age    time.Duration
		step   time.Duration
		notice string
	}{
		{time.Hour, time.Second, ""},
		{3 * 24 * time.Hour, 10 * time.Second, "Steps are 10s long instead of 1s: traffic that old is kept in longer steps only."},
		{8 * 24 * time.Hour, time.Minute, "Steps are 1m long instead of 1s: traffic that old is kept in longer steps only."},
		{100 * 24 * time.Hour, time.Hour, "Steps are 1h long instead of 1s: traffic that old is kept in longer steps only."},
	} {
		now := noon.Add(test.age)
		if err := traffic.Maintain(t.Context(), store, traffic.DefaultDays(), now); err != nil {
			t.Fatal(err)
		}
		source := newSource(t, dsn, `{}`)
		source.now = func() time.Time { return now }
		got := askBy(t, source, time.Second, backend.TimeRange{From: noon, To: noon.Add(95 * time.Second)})
		var requests float64
		for i := range got.Frames[0].Rows() {
			if value := got.Frames[0].Fields[1].At(i).(*float64); value != nil {
				requests += *value * test.step.Seconds()
			}
		}
		if interval := got.Frames[0].Fields[0].Config.Interval; interval != float64(test.step.Milliseconds()) || math.Abs(requests-120) > 1e-6 {
			t.Errorf("at the age of %s: steps of %v ms with %v requests, want %s and 120", test.age, interval, requests, test.step)
		}
		if said := strings.Join(notices(got.Frames[0]), "; "); said != test.notice {
			t.Errorf("at the age of %s it says %q, want %q", test.age, said, test.notice)
		}
	}
}

// Routes are many: months of them are told by the day, and the panel says so.
func TestMonthsByRouteAreToldByTheDay(t *testing.T) {
	dsn := filled(t)
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := noon.Add(3 * 24 * time.Hour)
	if err := traffic.Maintain(t.Context(), store, traffic.DefaultDays(), now); err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for _, test := range []struct {
		query  string
		length time.Duration
		step   time.Duration
		notice string
	}{
		{`{"groupBy":"route"}`, 90 * day, day, "Steps are 24h long instead of 2h: routes are many, and so long a time of them is told in longer steps."},
		{`{"gateways":["shop"],"groupBy":"route"}`, 90 * day, day, "Steps are 24h long instead of 2h: routes are many, and so long a time of them is told in longer steps."},
		{`{"groupBy":"gateway"}`, 90 * day, 2 * time.Hour, ""},
		{`{"groupBy":"route"}`, 60 * day, 2 * time.Hour, ""},
	} {
		source := newSource(t, dsn, `{}`)
		source.now = func() time.Time { return now }
		response, err := source.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
			RefID: "A", QueryType: "traffic", JSON: []byte(test.query), TimeRange: backend.TimeRange{From: now.Add(-test.length), To: now}, Interval: 2 * time.Hour, MaxDataPoints: 2000,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		got := response.Responses["A"]
		if got.Error != nil || len(got.Frames) == 0 {
			t.Fatalf("%s: %d frames: %v", test.query, len(got.Frames), got.Error)
		}
		if interval := got.Frames[0].Fields[0].Config.Interval; interval != float64(test.step.Milliseconds()) {
			t.Errorf("%s over %s: steps of %v ms, want %s", test.query, test.length, interval, test.step)
		}
		if said := strings.Join(notices(got.Frames[0]), "; "); said != test.notice {
			t.Errorf("%s over %s says %q, want %q", test.query, test.length, said, test.notice)
		}
		var requests float64
		for _, frame := range got.Frames {
			for i := range frame.Rows() {
				if value := frame.Fields[1].At(i).(*float64); value != nil {
					requests += *value * min(test.step, 12*time.Hour).Seconds() // There is traffic since noon.
				}
			}
		}
		if math.Abs(requests-120) > 1e-6 {
			t.Errorf("%s over %s: %v requests, want 120", test.query, test.length, requests)
		}
	}
}

func notices(frame *data.Frame) (texts []string) {
	for _, each := range frame.Meta.Notices {
		texts = append(texts, each.Text)
	}
	return texts
}

func askBy(t *testing.T, source *DataSource, interval time.Duration, during backend.TimeRange) backend.DataResponse {
	t.Helper()
	response, err := source.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
		RefID: "A", QueryType: "traffic", JSON: []byte(`{}`), TimeRange: during, Interval: interval, MaxDataPoints: 500,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	got := response.Responses["A"]
	if got.Error != nil || len(got.Frames) != 1 {
		t.Fatalf("%d frames: %v", len(got.Frames), got.Error)
	}
	return got
}
