package postgres_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// earlierData is what a database of an earlier version had in it, by the migration that made its table.
var earlierData = map[int64]string{
	1: `UPDATE scenario_state SET version = 2, scenario = scenario || '{"mode": "error", "error_rate": 0.5, "version": 2}';
		INSERT INTO scenario_history (version, at, by, action, scenario) SELECT 2, now(), 'ada', 'mode', scenario FROM scenario_state;
		INSERT INTO scenario_presets (name, source, preset) VALUES ('mine', 'user', '{"name": "mine", "mode": "chaos", "source": "user"}');
		INSERT INTO instances (id, name, started_at) VALUES ('i', 'collector', now())`,
	2: `CREATE TABLE recorded_requests_20261123 PARTITION OF recorded_requests FOR VALUES FROM ('2026-11-23Z') TO ('2026-11-24Z');
		CREATE TABLE recorded_messages_20261123 PARTITION OF recorded_messages FOR VALUES FROM ('2026-11-23Z') TO ('2026-11-24Z');
		INSERT INTO recorded_requests (id, timestamp, protocol, gateway, instance, method, path, response_status, response_time_ms, scenario_mode, headers, tags)
			VALUES ('%[1]s', '2026-11-23 12:00:00Z', 'websocket', 'shop', 'i', 'GET', '/chat', 101, 5, 'healthy', '{"X-A": ["1"]}', '{old}');
		INSERT INTO recorded_messages (timestamp, recording_id, sequence, direction, offset_ms, kind, body, body_size)
			VALUES ('2026-11-23 12:00:00Z', '%[1]s', 0, 'in', 1, 'text', 'hello', 5)`,
	3: `INSERT INTO traffic_intervals SELECT now(), 'i', 'shop', 'http', '/', 'healthy', 1, 7, 0, 0, 0, 5, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0`,
}

// TestEveryEarlierVersionIsBroughtUpToDate begins with each version that there has been, with something in it.
func TestEveryEarlierVersionIsBroughtUpToDate(t *testing.T) {
	versions := postgres.Versions(t)
	old := idAt(noon, 1)
	for _, version := range versions[:len(versions)-1] {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			dsn := postgrestest.DSN(t)
			store := open(t, dsn, nil)
			store.MigrateTo(t.Context(), t, version)
			for from := range version {
				if data := earlierData[from+1]; from == 1 {
					execute(t, dsn, fmt.Sprintf(data, old))
				} else if data != "" {
					execute(t, dsn, data)
				}
			}
			for range 2 {
				if err := store.Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			current, err := store.Current(t.Context())
			if err != nil || current.Mode != scenario.Error || current.Version != 2 {
				t.Errorf("the scenario is %+v, %v", current, err)
			}
			if mine, err := store.Preset(t.Context(), "mine"); err != nil || mine.Mode != scenario.Chaos {
				t.Errorf("the preset is %+v, %v", mine, err)
			}
			want := []uuid.UUID{}
			if version >= 2 {
				want = append(want, old)
				got, err := store.Get(t.Context(), old)
				if err != nil || len(got.Messages) != 1 || string(got.Messages[0].Body.Content) != "hello" || got.Tags[0] != "old" {
					t.Errorf("the recording is %+v, %v", got, err)
				}
			}
			if version >= 3 {
				if n := count(t, dsn, "traffic_intervals WHERE bucket_12 + bucket_13 = 7"); n != 1 {
					t.Error("the traffic is not as it was")
				}
			}
			// It is used like one that was new.
			if err := store.MaintainAt(t.Context(), 0, noon); err != nil {
				t.Fatal(err)
			}
			fresh := simple(noon.AddDate(0, 0, 1), 2)
			if err := store.WriteRecordings(t.Context(), []recording.Recording{fresh}); err != nil {
				t.Fatal(err)
			}
			page, err := store.Query(t.Context(), recording.Query{})
			if err != nil || len(page.Recordings) != len(want)+1 || page.Recordings[0].ID != fresh.ID {
				t.Errorf("%+v, %v", page.Recordings, err)
			}
			if err := store.Register(t.Context(), scenario.Instance{ID: "new"}); err != nil {
				t.Error(err)
			}
		})
	}
}
