package sqlite_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/recording/recordingtest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// Statistics, values, volume, pages and scans are what PostgreSQL gives of the same recordings.
func TestTheFileAnswersAsPostgreSQLDoes(t *testing.T) {
	server, err := postgres.Open(postgrestest.DSN(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	if err := server.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := fresh(t)
	batch := recordingtest.Filtered(noon, whole(noon, 0), func(at time.Time, n byte) recording.Recording { return simple(at, int(n)) })
	grpc, normal, internal := 5, 1000, 1011
	for i, kind := range scenario.FaultKinds() {
		r := simple(noon.Add(time.Duration(len(batch))*time.Minute), len(batch))
		r.Faults = []recording.Fault{{Kind: string(kind)}, {Kind: "latency"}, {Kind: string(kind)}}
		r.ResponseStatus, r.Failure = []int{0, 200, 503, 429}[i%4], []string{"", "client aborted", "upstream broke off"}[i%3]
		r.GRPCStatus, r.WebSocketClose = []*int{nil, &grpc, nil}[i%3], []*int{nil, nil, &normal, &internal}[i%4]
		r.ResponseTimeMS = float64(i*i) / 3
		batch = append(batch, r)
	}
	write(t, file, batch...)
	if err := server.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	from, to := noon, noon.Add(2*time.Hour)
	for name, filter := range recordingtest.Filters(noon) {
		t.Run(name, func(t *testing.T) {
			same := func(what string, want, got any, errs ...error) {
				t.Helper()
				for _, err := range errs {
					if err != nil {
						t.Error(what, err)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: -PostgreSQL +SQLite\n%s", what, diff)
				}
			}
			wantStats, err1 := server.Stats(t.Context(), filter)
			gotStats, err2 := file.Stats(t.Context(), filter)
			same("stats", wantStats, gotStats, err1, err2)
			wantPage, err1 := server.Query(t.Context(), recording.Query{Filter: filter, Limit: 3})
			gotPage, err2 := file.Query(t.Context(), recording.Query{Filter: filter, Limit: 3})
			same("page", wantPage, gotPage, err1, err2)
			var wantScan, gotScan []recording.Recording
			for r, err := range server.Scan(t.Context(), filter, 5) {
				wantScan, err1 = append(wantScan, r), err
			}
			for r, err := range file.Scan(t.Context(), filter, 5) {
				gotScan, err2 = append(gotScan, r), err
			}
			same("scan", wantScan, gotScan, err1, err2)
			for _, field := range []string{"protocols", "gateways", "methods", "routes", "modes", "consumers", "statuses", "rules", "faults", "tags", "failed_by", "failure_kind"} {
				want, err1 := server.Values(t.Context(), filter, field, 5)
				got, err2 := file.Values(t.Context(), filter, field, 5)
				same(field, want, got, err1, err2)
			}
			within := filter
			within.From, within.To = &from, &to
			wantVolume, err1 := server.Volume(t.Context(), within, 7*time.Minute)
			gotVolume, err2 := file.Volume(t.Context(), within, 7*time.Minute)
			same("volume", wantVolume, gotVolume, err1, err2)
		})
	}
}
