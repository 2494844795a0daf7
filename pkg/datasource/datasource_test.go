package datasource

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
)

func TestHealth(t *testing.T) {
	for _, test := range []struct {
		name, dsn, message string
		status             backend.HealthStatus
	}{
		{"a database with recordings", filled(t), "Connected to PostgreSQL", backend.HealthStatusOk},
		{"an empty database", postgrestest.DSN(t), "is it the one that the collectors write to?", backend.HealthStatusError},
		{"no settings", "", "not configured", backend.HealthStatusError},
		{"a wrong connection string", "hunter2", "dsn: must be a PostgreSQL connection string", backend.HealthStatusError},
		{"no server", "postgres://u:hunter2@127.0.0.1:1/db", "cannot be reached", backend.HealthStatusError},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := newSource(t, test.dsn, `{}`).CheckHealth(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != test.status || !strings.Contains(got.Message, test.message) {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
			if strings.Contains(got.Message, "hunter2") {
				t.Errorf("the message has the password: %s", got.Message)
			}
		})
	}
}

func TestWithoutSettingsEveryQuerySaysWhatIsMissing(t *testing.T) {
	source := newSource(t, "", `{}`)
	for _, queryType := range []string{"recordings", "logs", "traffic", "patterns", "events", "values"} {
		got := ask(t, source, queryType, `{}`)
		if got.Error == nil || !strings.Contains(got.Error.Error(), "enter the PostgreSQL connection string or the address of a collector") {
			t.Errorf("%s: %v", queryType, got.Error)
		}
	}
}

func TestWithoutADatabaseQueriesFailDownstream(t *testing.T) {
	got := ask(t, newSource(t, "postgres://u:hunter2@127.0.0.1:1/db", `{}`), "recordings", `{}`)
	if got.Status != backend.StatusBadGateway || got.ErrorSource != backend.ErrorSourceDownstream {
		t.Errorf("status %d from %s: %v", got.Status, got.ErrorSource, got.Error)
	}
}

// resource calls a resource as the query editor does.
func resource(t *testing.T, source *DataSource, url string) (status int, body []byte) {
	t.Helper()
	path, _, _ := strings.Cut(url, "?")
	err := source.CallResource(t.Context(), &backend.CallResourceRequest{Method: "GET", Path: path, URL: url},
		backend.CallResourceResponseSenderFunc(func(part *backend.CallResourceResponse) error {
			if part.Status != 0 {
				status = part.Status
			}
			body = append(body, part.Body...)
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

func TestCompletions(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		source := by.filled(t).source(t, `{}`)
		type value struct {
			Value string `json:"value"`
			Count int64  `json:"count"`
		}
		for _, test := range []struct {
			url  string
			want []value
		}{
			{"values/consumers", []value{{"web", 5}, {"batch", 1}}},
			{"values/consumers?from=2026-03-01T12:02:00Z&to=2026-03-01T12:02:30Z", []value{{"batch", 1}}},
			{"values/modes", []value{{"healthy", 5}, {"error", 1}, {"degraded", 0}, {"chaos", 0}}},
		} {
			status, body := resource(t, source, test.url)
			var got struct {
				Values []value `json:"values"`
			}
			if err := json.Unmarshal(body, &got); err != nil || status != 200 {
				t.Fatalf("%s: %d %s", test.url, status, body)
			}
			if diff := cmp.Diff(test.want, got.Values); diff != "" {
				t.Errorf("%s: -want +got\n%s", test.url, diff)
			}
		}
		for url, problem := range map[string]string{
			"values/headers":                   "field: must be",
			"values/routes?from=yesterday":     "from: must be a time",
			"values/routes?from=2026-03-01T13": "from: must be a time",
		} {
			if status, body := resource(t, source, url); status != 400 || !strings.Contains(string(body), problem) {
				t.Errorf("%s: %d %s", url, status, body)
			}
		}
		if status, body := resource(t, newSource(t, "", `{}`), "values/routes"); status != 503 || !strings.Contains(string(body), "not configured") {
			t.Errorf("without settings: %d %s", status, body)
		}
	})
}

func TestPatternsFrame(t *testing.T) {
	frame := patternsFrame([]analysis.Pattern{{
		ID: "f00", Type: analysis.Sequence, Description: "calls POST /auth before GET /users/{id}", FirstSeen: noon, LastSeen: noon.Add(time.Hour),
		OccurrenceCount: 12, Confidence: 0.96, Metadata: map[string]any{"consumer": "web", "gateways": []any{"shop"}, "routes": []string{"/auth", "/users/{id}"}},
	}, {
		ID: "f01", Type: analysis.Frequency, Description: "calls GET /health every 5 min", FirstSeen: noon, LastSeen: noon,
		OccurrenceCount: 5, Confidence: 1, Metadata: map[string]any{"consumer": ""},
	}})
	golden(t, "patterns", backend.DataResponse{Frames: data.Frames{frame}})
}

func TestSettingsThatCannotBeReadAreSaidToBe(t *testing.T) {
	got := ask(t, newSource(t, "postgres://u@h/db", `{"tracesUid":7}`), "recordings", `{}`)
	if got.Error == nil {
		t.Error("a wrong setting was taken")
	}
}
