package postgres_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// searchIndexes returns the names of the indexes for searching, without that of the table, and whether each is valid.
func searchIndexes(t *testing.T, dsn string) []string {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT replace(relname, 'recorded_requests_', '') || CASE WHEN indisvalid THEN '' ELSE ' invalid' END
		FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE '%\_search%' ORDER BY relname`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func indexAt(t *testing.T, store *postgres.Store, at time.Time) {
	t.Helper()
	if err := store.IndexAt(t.Context(), at); err != nil {
		t.Fatal(err)
	}
}

// recordEvenly makes n recordings of the twelve hours before noon.
func recordEvenly(t *testing.T, store *postgres.Store, dsn string, n int) {
	t.Helper()
	if err := store.MaintainAt(t.Context(), 0, noon); err != nil {
		t.Fatal(err)
	}
	execute(t, dsn, fmt.Sprintf(`INSERT INTO recorded_requests (id, timestamp, protocol, gateway, instance, method, path, headers, body, response_status, response_time_ms, scenario_mode)
		SELECT gen_random_uuid(), timestamptz '2026-11-23 12:00:00Z' - n * interval '12 hours' / %[1]d, 'http', 'shop', 'one', 'GET', '/things/' || n,
			jsonb_build_object('X-Request-Id', jsonb_build_array(md5('h' || n))), '{"order":"' || md5(n::text) || '"}', 200, 1, 'healthy' FROM generate_series(1, %[1]d) AS n`, n))
	execute(t, dsn, "ANALYZE recorded_requests")
}

func TestTheCurrentDayIsIndexedInSlicesThatBecomeFew(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordEvenly(t, store, dsn, 15_000) // 1,250 an hour
	for _, step := range []struct {
		at   string
		want []string
	}{
		{"00:20", nil}, // too few to be worth it
		{"01:00", []string{"20261123_search_0000_0059"}},
		{"01:20", []string{"20261123_search_0000_0059"}},
		{"02:00", []string{"20261123_search_0000_0059", "20261123_search_0059_0159"}},
		{"03:00", []string{"20261123_search_0000_0059", "20261123_search_0059_0159", "20261123_search_0159_0259"}},
		{"04:00", []string{"20261123_search_0000_0359"}},
		{"11:00", []string{"20261123_search_0000_0359", "20261123_search_0359_1059"}},
		{"11:50", []string{"20261123_search_0000_0359", "20261123_search_0359_1059", "20261123_search_1059_1149"}},
		// Shortly after midnight the day before still gets its last recordings, an hour later it gets one index.
		{"24:30", []string{"20261123_search_0000_0359", "20261123_search_0359_1059", "20261123_search_1059_1149"}},
		{"25:01", []string{"20261123_search"}},
	} {
		var hour, minute int
		if _, err := fmt.Sscanf(step.at, "%d:%d", &hour, &minute); err != nil {
			t.Fatal(err)
		}
		at := noon.Add(time.Duration(hour-12)*time.Hour + time.Duration(minute)*time.Minute)
		indexAt(t, store, at)
		if diff := cmp.Diff(step.want, searchIndexes(t, dsn)); diff != "" {
			t.Fatalf("at %s (-want +got):\n%s", step.at, diff)
		}
	}
}

func TestASliceIsMadeByOneInstanceOfTheFleet(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordEvenly(t, store, dsn, 3000)
	var running sync.WaitGroup
	logs := make([]bytes.Buffer, 3)
	for i := range logs {
		instance, err := postgres.Open(dsn, postgres.Options{Logger: slog.New(slog.NewTextHandler(&logs[i], &slog.HandlerOptions{Level: slog.LevelDebug}))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { instance.Close() })
		running.Go(func() {
			if err := instance.IndexAt(t.Context(), noon); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	made := 0
	for i := range logs {
		made += strings.Count(logs[i].String(), "recent recordings indexed for searching")
	}
	if diff := cmp.Diff([]string{"20261123_search_0000_1159"}, searchIndexes(t, dsn)); diff != "" || made != 1 {
		t.Errorf("made %d times (-want +got):\n%s", made, diff)
	}
}

// What a crash leaves is an index that is not valid, or one that a longer took the place of.
func TestWhatACrashLeftOfSlicesIsRemoved(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordEvenly(t, store, dsn, 3000)
	for _, bounds := range []string{"0000_1159", "0100_0200", "0000_0400", "0300_0400"} {
		execute(t, dsn, "CREATE INDEX recorded_requests_20261123_search_"+bounds+" ON recorded_requests_20261123 USING gin (body gin_trgm_ops) WHERE timestamp < '2026-11-23 04:00Z'")
	}
	execute(t, dsn, "UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('recorded_requests_20261123_search_0000_1159'::regclass, 'recorded_requests_20261123_search_0100_0200'::regclass)")
	indexAt(t, store, noon)
	indexAt(t, store, noon)
	if diff := cmp.Diff([]string{"20261123_search_0000_0400", "20261123_search_0400_1159"}, searchIndexes(t, dsn)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	execute(t, dsn, "DROP INDEX recorded_requests_20261123_search_0000_0400, recorded_requests_20261123_search_0400_1159")
	execute(t, dsn, "CREATE INDEX recorded_requests_20261123_search_0000_1159 ON recorded_requests_20261123 USING gin (body gin_trgm_ops)")
	execute(t, dsn, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'recorded_requests_20261123_search_0000_1159'::regclass")
	indexAt(t, store, noon)
	if diff := cmp.Diff([]string{"20261123_search_0000_1159"}, searchIndexes(t, dsn)); diff != "" {
		t.Errorf("an attempt at the same slice (-want +got):\n%s", diff)
	}
}

func TestTextOfTheCurrentDayIsFoundByItsSlices(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordEvenly(t, store, dsn, 20_000)
	for _, hour := range []int{8, 10} {
		indexAt(t, store, noon.Add(time.Duration(hour-12)*time.Hour))
	}
	from, to := noon.Add(-11*time.Hour), noon
	for name, filter := range map[string]recording.Filter{
		"text":   {Text: "nowhere in it"},
		"header": {Headers: map[string]string{"X-Request-Id": "5f3a7c0b"}},
	} {
		filter.From, filter.To = &from, &to
		plan, err := store.Explain(t.Context(), recording.Query{Filter: filter}, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, bounds := range []string{"0000_0759", "0759_0959"} {
			if !strings.Contains(plan, "Bitmap Index Scan on recorded_requests_20261123_search_"+bounds) {
				t.Errorf("%s of %s:\n%s", name, bounds, plan)
			}
		}
		if strings.Contains(plan, "Seq Scan on recorded_requests_20261123") {
			t.Errorf("%s reads the whole day:\n%s", name, plan)
		}
	}
}

// Whatever indexes there are, pages are those of a store without any.
func TestSlicesChangeNoPage(t *testing.T) {
	with, dsn := migrated(t, nil)
	without, bare := migrated(t, nil)
	with.SetWalkSteps(1000)
	without.SetWalkSteps(0)
	random := rand.New(rand.NewPCG(7, 7))
	words := []string{"Order", "paid", "Grüße", "50%", "a_b", `back\slash`, "shipped", "RETURNED", "270 \u212a", "kelvin", "\u0130stanbul", "Ma\u017fse"}
	var batch []recording.Recording
	for n := range 9000 {
		at := noon.Add(-16 * time.Hour).Add(time.Duration(random.IntN(24*60*6)) * 10 * time.Second) // with many at one time, also on bounds
		r := simple(at, byte(n))
		r.ID[14] = byte(n >> 8)
		word := words[random.IntN(len(words))]
		switch n % 4 {
		case 0:
			r.Path = "/" + word
		case 1:
			r.Body.Content = []byte("before " + word + fmt.Sprint(n%700))
		case 2:
			r.ResponseBody.Content = []byte(word)
		case 3:
			r.Headers = recording.Values{"X-Word": {word, fmt.Sprint(n % 300)}}
		}
		r.Route = fmt.Sprintf("/%d", n%3)
		batch = append(batch, r)
	}
	// A part comes late, into slices that are there.
	for i, part := range [][]recording.Recording{batch[:8000], batch[8000:]} {
		for _, store := range []*postgres.Store{with, without} {
			if err := store.WriteRecordings(t.Context(), part); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			execute(t, dsn, "ANALYZE recorded_requests")
			execute(t, bare, "ANALYZE recorded_requests")
			for _, hours := range []int{-8, -3, 0, 4} {
				indexAt(t, with, noon.Add(time.Duration(hours)*time.Hour))
			}
		}
	}
	if found := searchIndexes(t, dsn); len(found) != 4 || len(searchIndexes(t, bare)) != 0 {
		t.Fatalf("indexes: %q", found)
	}
	for n := range 60 {
		var filter recording.Filter
		if n%3 == 0 {
			filter.Headers = map[string]string{"X-Word": []string{fmt.Sprint(random.IntN(300)), recording.AnyValue, words[random.IntN(len(words))]}[random.IntN(3)]}
		} else {
			filter.Text = []string{strings.ToLower(words[random.IntN(len(words))]), fmt.Sprintf("paid%d", random.IntN(700)), fmt.Sprint(random.IntN(300)), "%", "RET", "70 k", "s"}[random.IntN(7)]
		}
		if random.IntN(2) == 0 {
			from := noon.Add(8*time.Hour - time.Duration(random.IntN(24*60))*time.Minute)
			to := from.Add(time.Duration(random.IntN(24*60)) * time.Minute)
			filter.From, filter.To = &from, &to
		}
		if random.IntN(3) == 0 {
			filter.Routes = []string{"/1"}
		}
		if random.IntN(6) == 0 {
			filter = recording.Filter{Path: words[random.IntN(len(words))], From: filter.From, To: filter.To}
		}
		query := recording.Query{Filter: filter, Limit: 1 + random.IntN(200), Ascending: random.IntN(2) == 0}
		for page := range 5 {
			want, err := without.Query(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			got, err := with.Query(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("page %d of %+v (-without indexes +with):\n%s", page, query, diff)
			}
			if query.Cursor = want.NextCursor; query.Cursor == "" {
				break
			}
		}
		if n%4 != 0 {
			continue
		}
		limit := 1 + random.IntN(200)
		if diff := cmp.Diff(summedUp(t, without, filter, limit), summedUp(t, with, filter, limit)); diff != "" {
			t.Fatalf("sums of %+v (-without indexes +with):\n%s", filter, diff)
		}
	}
}

// sums are what else is read of a filter than pages.
type sums struct {
	Stats   recording.Stats
	Volume  map[string]map[time.Time]int64
	Scanned []uuid.UUID
}

func summedUp(t *testing.T, store *postgres.Store, filter recording.Filter, limit int) (s sums) {
	t.Helper()
	var err error
	if s.Stats, err = store.Stats(t.Context(), filter); err != nil {
		t.Fatal(err)
	}
	if filter.From != nil {
		if s.Volume, err = store.Volume(t.Context(), filter, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for r, err := range store.Scan(t.Context(), filter, limit) {
		if err != nil {
			t.Fatal(err)
		}
		s.Scanned = append(s.Scanned, r.ID)
	}
	return s
}

func TestTextOfTheCurrentDayIsCountedAndExportedByItsSlices(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordEvenly(t, store, dsn, 20_000)
	indexAt(t, store, noon)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	filter := recording.Filter{Text: "nowhere in it"}
	for name, read := range map[string]func(*postgres.Store) error{
		"stats": func(store *postgres.Store) error { _, err := store.Stats(t.Context(), filter); return err },
		"volume": func(store *postgres.Store) error {
			from, to := noon.Add(-6*time.Hour), noon
			_, err := store.Volume(t.Context(), recording.Filter{Text: filter.Text, From: &from, To: &to}, time.Hour)
			return err
		},
		"scan": func(store *postgres.Store) error {
			for _, err := range store.Scan(t.Context(), filter, 10) {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := recordingsRead(t, dsn)
			opened, err := postgres.Open(dsn, postgres.Options{})
			if err != nil {
				t.Fatal(err)
			}
			err = errors.Join(read(opened), opened.Close())
			if err != nil {
				t.Fatal(err)
			}
			// The index is of all but the last minute, which has 28 recordings.
			if n := recordingsRead(t, dsn) - before; n > 2000 {
				t.Errorf("%d recordings were read of 20,000, none of which matches", n)
			}
		})
	}
}

// recordingsRead returns how many rows of recordings were read since the server started, by connections that have ended: they
// tell the statistics at their end, which is waited for.
func recordingsRead(t *testing.T, dsn string) (read int64) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for others := 1; others > 0; {
		err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()").Scan(&others)
		if err != nil {
			t.Fatal(err)
		}
	}
	err = db.QueryRowContext(t.Context(), "SELECT sum(seq_tup_read) + sum(coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables WHERE relname LIKE 'recorded\\_requests%'").Scan(&read)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestWithoutTrigramsTheCurrentDayIsSearchedAllTheSame(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordEvenly(t, store, dsn, 3000)
	execute(t, dsn, "DROP EXTENSION pg_trgm CASCADE")
	indexAt(t, store, noon)
	if found := searchIndexes(t, dsn); len(found) != 0 {
		t.Errorf("indexes: %q", found)
	}
	page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Text: "c4ca4238a0b923820dcc509a6f75849b"}})
	if err != nil || len(page.Recordings) != 1 {
		t.Errorf("%d found, %v", len(page.Recordings), err)
	}
}

func TestAQueryThatTakesTooLongSaysSo(t *testing.T) {
	_, dsn := migrated(t, nil)
	filled := open(t, dsn, nil)
	recordEvenly(t, filled, dsn, 10_000)
	hurried := open(t, dsn+separator(dsn)+"statement_timeout=1", nil)
	_, err := hurried.Query(t.Context(), recording.Query{Filter: recording.Filter{Text: "nowhere in it"}})
	if !errors.Is(err, api.ErrTooLong) || !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("the error is %v", err)
	}
}

func separator(dsn string) string {
	if !strings.Contains(dsn, "://") {
		return " "
	}
	if strings.Contains(dsn, "?") {
		return "&"
	}
	return "?"
}
