package datasource

import (
	"encoding/json"
	"flag"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// update rewrites the golden files: go test ./pkg/datasource -update.
var update = flag.Bool("update", false, "rewrite the golden files")

// noon is when everything in the tests happens.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newSource makes a data source over dsn as Grafana does, at ten past noon.
func newSource(t *testing.T, dsn, jsonData string) *DataSource {
	t.Helper()
	settings := backend.DataSourceInstanceSettings{JSONData: []byte(jsonData), DecryptedSecureJSONData: map[string]string{}}
	if dsn != "" {
		settings.DecryptedSecureJSONData["dsn"] = dsn
	}
	instance, err := New(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	source := instance.(*DataSource)
	source.now = func() time.Time { return noon.Add(10 * time.Minute) }
	t.Cleanup(source.Dispose)
	return source
}

// filled returns a database with a few minutes of a shop's life.
func filled(t *testing.T) string {
	t.Helper()
	dsn := postgrestest.DSN(t)
	now := noon
	store, err := postgres.Open(dsn, postgres.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	fill(t, store, &now)
	return dsn
}

// fill writes a few minutes of a shop's life into a store whose clock is now.
func fill(t *testing.T, store storage.Store, now *time.Time) {
	t.Helper()
	if err := store.WriteRecordings(t.Context(), recordings()); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteTraffic(t.Context(), intervals()); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after  time.Duration
		mode   scenario.Mode
		expiry time.Duration
		reason string
	}{
		{time.Minute, scenario.Error, 0, "does the shop retry?"},
		{2 * time.Minute, scenario.Healthy, 0, ""},
		{time.Minute, scenario.Chaos, 90 * time.Second, ""},
	} {
		*now = now.Add(step.after)
		_, err := store.Change(t.Context(), api.Audit{By: "alice", Action: "mode", Reason: step.reason}, nil, func(s *scenario.Scenario) error {
			s.Behavior, s.ExpiresAt = scenario.Behavior{Mode: step.mode}, nil
			if step.expiry > 0 {
				at := now.Add(step.expiry)
				s.ExpiresAt = &at
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func recordings() []recording.Recording {
	id := func(n byte) uuid.UUID {
		return uuid.MustParse("019ca95a-f400-7000-8000-0000000000" + string("0123456789abcdef"[n>>4]) + string("0123456789abcdef"[n&15]))
	}
	upstream, code, closed := 11.5, 14, 1006
	plain := recording.Recording{
		ID: id(1), Timestamp: noon, TraceID: "0af7651916cd43dd8448eb211c80319c", Protocol: recording.HTTP, Gateway: "shop", Instance: "one",
		Consumer: "web", Method: "GET", Path: "/users/7", Route: "/users/{id}", ResponseStatus: 200, ResponseTimeMS: 12.25,
		UpstreamTimeMS: &upstream, ScenarioMode: "healthy", ResponseBody: recording.Body{Size: 42},
	}
	failed := plain
	failed.ID, failed.Timestamp, failed.ResponseStatus, failed.ScenarioMode, failed.UpstreamTimeMS = id(2), noon.Add(time.Minute), 503, "error", nil
	failed.Faults, failed.InjectedDelayMS = []recording.Fault{{Kind: "latency", Detail: "120ms"}, {Kind: "error", Detail: "503"}}, 120
	rpc := plain
	rpc.ID, rpc.Timestamp, rpc.Protocol, rpc.Method, rpc.Path, rpc.Route = id(3), noon.Add(2*time.Minute), recording.GRPC, "POST", "/shop.v1.Shop/Get", "/shop.v1.Shop/Get"
	rpc.Operation, rpc.GRPCStatus, rpc.Consumer = "shop.v1.Shop/Get", &code, "batch"
	aborted := plain
	aborted.ID, aborted.Timestamp, aborted.ResponseStatus, aborted.Failure, aborted.TraceID, aborted.Route = id(4), noon.Add(3*time.Minute), 0, "client aborted", "", ""
	aborted.FailedBy, aborted.FailureKind = recording.ByClient, recording.FailureAborted
	refused := plain
	refused.ID, refused.Timestamp, refused.ResponseStatus = id(5), noon.Add(4*time.Minute), 404
	socket := plain
	socket.ID, socket.Timestamp, socket.Protocol, socket.Path, socket.Route = id(6), noon.Add(5*time.Minute), recording.WebSocket, "/ws", "/ws"
	socket.ResponseStatus, socket.WebSocketClose = 101, &closed
	return []recording.Recording{plain, failed, rpc, aborted, refused, socket}
}

func intervals() []traffic.Interval {
	var all []traffic.Interval
	for second := range 6 {
		for i, mode := range []string{"healthy", "error"} {
			in := traffic.Interval{
				Key: traffic.Key{Gateway: "shop", Protocol: "http", Route: "/users/{id}", Mode: mode}, Instance: "one",
				Start: noon.Add(time.Duration(10*second) * time.Second), Seconds: 1,
				Requests: 10, OrganicErrors: 1, InjectedErrors: int64(4 * i), Injected: int64(5 * i), LatencySumMS: 250,
			}
			in.Buckets[4+3*i] = 10
			all = append(all, in)
		}
	}
	return all
}

// ask sends one query for noon to six past, as Grafana does.
func ask(t *testing.T, source *DataSource, queryType, model string) backend.DataResponse {
	t.Helper()
	return askFor(t, source, queryType, model, backend.TimeRange{From: noon, To: noon.Add(6 * time.Minute)})
}

func askFor(t *testing.T, source *DataSource, queryType, model string, during backend.TimeRange) backend.DataResponse {
	t.Helper()
	if !json.Valid([]byte(model)) {
		t.Fatalf("not JSON: %s", model)
	}
	response, err := source.QueryData(t.Context(), &backend.QueryDataRequest{Queries: []backend.DataQuery{{
		RefID: "A", QueryType: queryType, JSON: []byte(model), TimeRange: during, Interval: 10 * time.Second, MaxDataPoints: 500,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return response.Responses["A"]
}

// golden holds an answer to a file.
func golden(t *testing.T, name string, got backend.DataResponse) {
	t.Helper()
	if got.Error != nil {
		t.Fatal(got.Error)
	}
	experimental.CheckGoldenJSONResponse(t, "testdata", name, &got, *update)
}
