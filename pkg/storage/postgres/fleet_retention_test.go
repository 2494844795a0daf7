package postgres_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

const aDay = 24 * time.Hour

// lately writes a recording of each of the last n days.
func lately(t *testing.T, store *postgres.Store, n int) {
	t.Helper()
	var batch []recording.Recording
	for day := range n {
		batch = append(batch, simple(time.Now().Add(-time.Duration(day)*aDay).UTC(), byte(day)))
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// collector returns another Store of the same database, and its log.
func collector(t *testing.T, dsn string) (*postgres.Store, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	store, err := postgres.Open(dsn, postgres.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store, &log
}

func register(t *testing.T, store *postgres.Store, name string, days, history int) {
	t.Helper()
	if err := store.Register(t.Context(), scenario.Instance{
		ID: name, Name: name, Started: time.Now(), Retention: scenario.Retention{RecordingDays: days, HistoryDays: history},
	}); err != nil {
		t.Fatal(err)
	}
}

func stored(t *testing.T, dsn string, want int, when string) {
	t.Helper()
	if n := count(t, dsn, "recorded_requests"); n != want {
		t.Errorf("%s: %d recordings are there, want %d", when, n, want)
	}
}

// The first input of the issue: a collector whose clock is 31 days ahead.
func TestACollectorThatIsAMonthAheadDropsNothing(t *testing.T) {
	store, dsn := migrated(t, nil)
	lately(t, store, 10)
	ahead, log := collector(t, dsn)
	ahead.SetLocalClock(31 * aDay)
	register(t, ahead, "ahead", 30, 730)
	if err := ahead.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 30, HistoryDays: 730}); err != nil {
		t.Fatal(err)
	}
	stored(t, dsn, 10, "after its maintenance")
	if !strings.Contains(log.String(), "ahead=744h0m0s") || !strings.Contains(log.String(), "WARN") || strings.Contains(log.String(), "dropped") {
		t.Errorf("it logs:\n%s", log)
	}
	today := time.Now().UTC().Format("20060102")
	if n := count(t, dsn, "pg_class WHERE relname = 'recorded_requests_"+today+"_search'"); n != 0 {
		t.Error("the day that is written has the index of one that is over")
	}
}

// The second input of the issue: one that is configured with one day, beside one with thirty.
func TestTheLongestRetentionOfTheFleetCounts(t *testing.T) {
	store, dsn := migrated(t, nil)
	lately(t, store, 6)
	register(t, store, "long", 30, 730)
	neighbour, log := collector(t, dsn)
	short := scenario.Retention{RecordingDays: 1, HistoryDays: 90}
	register(t, neighbour, "short", 1, 90)
	maintain := func() {
		t.Helper()
		if err := neighbour.MaintainPartitions(t.Context(), short); err != nil {
			t.Fatal(err)
		}
	}
	maintain()
	stored(t, dsn, 6, "beside one that wants a month")
	if err := store.Deregister(t.Context(), "long"); err != nil {
		t.Fatal(err)
	}
	maintain()
	stored(t, dsn, 6, "after that has stopped")
	execute(t, dsn, "UPDATE retention_claims SET last_seen_at = now() - interval '6 days' WHERE instance = 'long'")
	maintain()
	stored(t, dsn, 6, "six days later")
	if strings.Contains(log.String(), "dropped") {
		t.Errorf("it logs:\n%s", log)
	}
	execute(t, dsn, "UPDATE retention_claims SET last_seen_at = now() - interval '8 days' WHERE instance = 'long'; ANALYZE recorded_requests")
	maintain()
	stored(t, dsn, 2, "eight days later")
	for _, want := range []string{"old recordings dropped", "kept_days=1", "wanted_by=", "rows_about=1", "bytes=", "database_time=", "partition=recorded_requests_"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("it does not log %s:\n%s", want, log)
		}
	}
	instances, err := store.Instances(t.Context())
	if err != nil || len(instances) != 1 || instances[0].Retention != short {
		t.Errorf("%+v, %v", instances, err)
	}
}

// One whose setting was lowered says so with its next heartbeat.
func TestALowerSettingOfTheSameCollectorCountsAtOnce(t *testing.T) {
	store, dsn := migrated(t, nil)
	lately(t, store, 6)
	register(t, store, "one", 30, 730)
	register(t, store, "one", 2, 730)
	if err := store.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 2, HistoryDays: 730}); err != nil {
		t.Fatal(err)
	}
	stored(t, dsn, 3, "with two days")
}

func TestNothingIsDroppedBesideACollectorThatDoesNotSayHowLong(t *testing.T) {
	store, dsn := migrated(t, nil)
	lately(t, store, 6)
	// As an earlier version writes it.
	execute(t, dsn, "INSERT INTO instances (id, name, started_at) VALUES ('old', 'old', now())")
	fresh, log := collector(t, dsn)
	for range 2 {
		if err := fresh.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 1, HistoryDays: 90}); err != nil {
			t.Fatal(err)
		}
	}
	stored(t, dsn, 6, "beside one of an earlier version")
	if !strings.Contains(log.String(), "collector=old") {
		t.Errorf("it logs:\n%s", log)
	}
	execute(t, dsn, "DELETE FROM instances")
	if err := fresh.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 1, HistoryDays: 90}); err != nil {
		t.Fatal(err)
	}
	stored(t, dsn, 2, "without it")
}

// After an upgrade the first collector to start does not know the others yet.
func TestTheFirstHourAfterTheMigrationDropsNothing(t *testing.T) {
	store, dsn := migrated(t, nil)
	lately(t, store, 6)
	store.MigrateTo(t.Context(), t, 12)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 6}, {50 * time.Minute, 6}, {aDay, 1}} {
		if err := store.MaintainAt(t.Context(), 1, time.Now().Add(step.after)); err != nil {
			t.Fatal(err)
		}
		stored(t, dsn, step.want, step.after.String()+" later")
	}
}

func TestRecordingsThatAreDatedAheadAreKeptAndFound(t *testing.T) {
	store, dsn := migrated(t, nil)
	lately(t, store, 2)
	at := time.Now().Add(31 * aDay).UTC()
	if err := store.WriteRecordings(t.Context(), []recording.Recording{simple(at, 99)}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		days, want int
	}{{0, 3}, {25, 1}, {60, 1}, {62, 0}} {
		if err := store.MaintainAt(t.Context(), 7, time.Now().AddDate(0, 0, step.days)); err != nil {
			t.Fatal(err)
		}
		if step.days > 31+8 {
			step.want = 0
		}
		stored(t, dsn, step.want, fmt.Sprint(step.days, " days later"))
	}
}

// Clocks that are wrong cannot make any number of tables: what has no place is refused, counted and said.
func TestDaysThatAreFarOffAreBounded(t *testing.T) {
	store, dsn := migrated(t, nil)
	lately(t, store, 1)
	var batch []recording.Recording
	for day := range 150 {
		batch = append(batch, simple(time.Date(2150, 1, 1+day, 12, 0, 0, 0, time.UTC), byte(day)))
	}
	for range 2 {
		err := store.WriteRecordings(t.Context(), batch)
		rejected, ok := errors.AsType[*api.RejectedError](err)
		if !ok || len(rejected.IDs) != 50 || !strings.Contains(err.Error(), "the clock of the collector is wrong") {
			t.Fatalf("150 days of the year 2150: %v", err)
		}
		stored(t, dsn, 101, "after those days")
	}
	if n := count(t, dsn, "pg_inherits WHERE inhparent = 'recorded_requests'::regclass"); n > 110 {
		t.Errorf("%d partitions", n)
	}
	lately(t, store, 3)
	stored(t, dsn, 104, "after some of now")
}

func TestWhatHasNoMeaningAnyMoreGoes(t *testing.T) {
	store, dsn := migrated(t, nil)
	now := time.Now()
	var intervals []traffic.Interval
	for i, at := range []time.Time{now, now.Add(30 * time.Minute), now.Add(31 * aDay), now.Add(-31 * aDay)} {
		intervals = append(intervals, traffic.Interval{Start: at, Instance: fmt.Sprint(i), Seconds: 1, Requests: 1})
	}
	if err := store.WriteTraffic(t.Context(), intervals); err != nil {
		t.Fatal(err)
	}
	execute(t, dsn, `INSERT INTO replay_jobs (id, recording_id, gateway, status, created_at) SELECT gen_random_uuid(), gen_random_uuid(), 'shop', 'running', now() - hours * interval '2 hours' FROM generate_series(0, 1) hours;
		INSERT INTO instances (id, name, started_at, last_seen_at) SELECT 'gone-' || n, 'gone', now(), now() - interval '2 days' FROM generate_series(1, 2500) n;
		INSERT INTO retention_claims (instance, recording_days, last_seen_at) SELECT 'gone-' || n, 1, now() - interval '31 days' FROM generate_series(1, 2500) n`)
	if err := store.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 1, HistoryDays: 90}); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"traffic_intervals": 3, "replay_jobs": 1, "instances": 0, "retention_claims": 0} {
		if n := count(t, dsn, table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
	// Old figures go once they are rolled up, and a day after they were stored: until then they may be written again.
	for _, step := range []struct {
		stored string
		want   int
	}{{"23 hours", 3}, {"25 hours", 2}} {
		execute(t, dsn, "UPDATE traffic_intervals SET stored_at = now() - interval '"+step.stored+"'; DELETE FROM traffic_kept_seconds; INSERT INTO traffic_kept_seconds (kept_from) SELECT now() - interval '40 days'")
		if err := store.RollUpTraffic(t.Context(), scenario.Retention{}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, dsn, "traffic_intervals"); n != step.want {
			t.Errorf("%d intervals are left of those that were stored %s ago, want %d", n, step.stored, step.want)
		}
	}
}

// oldChanges makes versions of the history that are so many days old.
func oldChanges(t *testing.T, dsn string, from, to, days int) {
	t.Helper()
	execute(t, dsn, fmt.Sprintf(`INSERT INTO scenario_history (version, at, stored_at, by, action, scenario)
		SELECT n, now() - interval '%[3]d days', now() - interval '%[3]d days', 'ada', 'mode', '{"mode": "healthy"}' FROM generate_series(%[1]d, %[2]d) n;
		UPDATE scenario_state SET version = %[2]d`, from, to, days))
}

func versions(t *testing.T, dsn string) (all []int64) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT version FROM scenario_history ORDER BY version")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			t.Fatal(err)
		}
		all = append(all, version)
	}
	return all
}

func TestTheHistoryIsKeptAsLongAsConfigured(t *testing.T) {
	store, dsn := migrated(t, nil)
	oldChanges(t, dsn, 1, 2500, 800)
	oldChanges(t, dsn, 2501, 2510, 400)
	oldChanges(t, dsn, 2511, 2512, 89)
	register(t, store, "long", 30, 730)
	short, log := collector(t, dsn)
	for _, step := range []struct {
		name string
		own  int
		want []int64
	}{
		{"two years", 90, []int64{2500, 2501, 2502, 2503, 2504, 2505, 2506, 2507, 2508, 2509, 2510, 2511, 2512}},
		{"the least", 90, []int64{2510, 2511, 2512}},
		{"less than the least", 1, []int64{2510, 2511, 2512}},
	} {
		if err := short.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 1, HistoryDays: step.own}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, versions(t, dsn)); diff != "" {
			t.Errorf("%s: versions (-want +got):\n%s", step.name, diff)
		}
		execute(t, dsn, "DELETE FROM instances; UPDATE retention_claims SET last_seen_at = now() - interval '8 days'")
	}
	if !strings.Contains(log.String(), "old changes of the scenario deleted") || !strings.Contains(log.String(), "rows=2499") || !strings.Contains(log.String(), "wanted_by=long") {
		t.Errorf("it logs:\n%s", log)
	}
	// At the seam: what was in force when the rest began is there, pages end there, and versions go on.
	seam := time.Now().AddDate(0, 0, -90)
	changes, err := store.Changes(t.Context(), seam, time.Now(), 10)
	if err != nil || !slices.Equal(numbers(changes), []int64{2512, 2511, 2510}) {
		t.Errorf("annotations from the seam on: %v, %v", numbers(changes), err)
	}
	for before, want := range map[int64][]int64{0: {2512, 2511}, 2511: {2510}, 2510: {}, 5: {}} {
		page, err := store.History(t.Context(), before, 2)
		if err != nil || !slices.Equal(numbers(page), want) {
			t.Errorf("the page before %d: %v, %v", before, numbers(page), err)
		}
	}
	next, err := store.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, func(s *scenario.Scenario) error { return nil })
	if err != nil || next.Version != 2513 {
		t.Errorf("the next version is %d, %v", next.Version, err)
	}
}

func numbers(changes []scenario.Change) []int64 {
	all := []int64{}
	for _, each := range changes {
		all = append(all, each.Version)
	}
	return all
}

// A change of a machine whose clock is in 1970, or a year ahead, is as old as the database says.
func TestChangesOfMachinesWithWrongClocksAreKept(t *testing.T) {
	_, dsn := migrated(t, nil)
	for _, now := range []time.Time{time.Unix(1000, 0), time.Now().AddDate(1, 0, 0), time.Unix(2000, 0)} {
		wrong := open(t, dsn, func() time.Time { return now })
		if _, err := wrong.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, func(*scenario.Scenario) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	store, _ := collector(t, dsn)
	if err := store.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 1, HistoryDays: 90}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1, 2, 3}, versions(t, dsn)); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}

// Scenarios expire by the clock of the database, for collectors and Grafana servers whose clocks are a month off as well.
func TestScenariosExpireByTheClockOfTheDatabase(t *testing.T) {
	right, dsn := migrated(t, nil)
	var all []*postgres.Store
	offsets := []time.Duration{0, 31 * aDay, -31 * aDay}
	for _, offset := range offsets {
		store := open(t, dsn, nil)
		store.SetLocalClock(offset)
		all = append(all, store)
	}
	for i, setter := range all {
		set, err := setter.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, func(s *scenario.Scenario) error {
			at := time.Now().Add(offsets[i] + time.Hour) // As a handler of that machine reckons.
			s.Behavior, s.ExpiresAt = scenario.Behavior{Mode: scenario.Error}, &at
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for j, reader := range all {
			current, err := reader.Current(t.Context())
			if err != nil || current.Mode != scenario.Error || current.Version != set.Version {
				t.Fatalf("set by a machine that is %s ahead, one that is %s ahead has version %d, %s: %v", offsets[i], offsets[j], current.Version, current.Mode, err)
			}
			local := time.Now().Add(offsets[j])
			if left, age := current.ExpiresAt.Sub(local), local.Sub(current.SetAt); left < 59*time.Minute || left > time.Hour+time.Second || age < -time.Second || age > time.Minute {
				t.Errorf("set by a machine that is %s ahead, it has %s left and is %s old for one that is %s ahead", offsets[i], left, age, offsets[j])
			}
		}
	}
	execute(t, dsn, `UPDATE scenario_state SET scenario = jsonb_set(scenario, '{expires_at}', to_jsonb(now() - interval '1 second'))`)
	for _, reader := range append(all, right) {
		if current, err := reader.Current(t.Context()); err != nil || current.Mode != scenario.Healthy || current.Version != 4 {
			t.Errorf("when it is over: version %d, %s, %v", current.Version, current.Mode, err)
		}
	}
}
