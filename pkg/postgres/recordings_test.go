package postgres_test

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/recording/recordingtest"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// idAt returns a UUIDv7 of a time.
func idAt(at time.Time, n byte) uuid.UUID {
	var id uuid.UUID
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[8], id[15] = 0x70, 0x80, n
	return id
}

// whole returns a recording with every field set.
func whole() recording.Recording {
	one, close, upstream, first := 5, 1001, 10.5, 4.25
	at := noon.Add(123456 * time.Microsecond)
	return recording.Recording{
		ID: idAt(at, 1), Timestamp: at, TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: "b7ad6b7169203331",
		Protocol: recording.WebSocket, Gateway: "shop", Instance: "collector-1", Consumer: "app", ClientIP: "192.0.2.1",
		Method: "GET", Scheme: "https", Host: "shop.example", Path: "/users/7/orders", Target: "/users/%37/orders?q=a&flag;\\\t%zz&q=%62", TargetRedacted: true, Route: "/users/{id}/orders", Operation: "query GetUser",
		HTTPVersion: "1.1", QueryParams: recording.Values{"q": {"a", "b"}}, Headers: recording.Values{"Accept": {"*/*"}, "X-Two": {"1", "2"}},
		HeaderForm:     "x-two Host Accept X-Two:6Q==",
		Body:           recording.Body{Content: []byte(`{"a":"é\u0000"}`), Size: 20, Truncated: true, Redacted: true, Decoded: true},
		ResponseStatus: 503, ResponseHeaders: recording.Values{"Content-Type": {"text/plain"}}, ResponseHeaderForm: "content-TYPE", ResponseTrailers: recording.Values{"Grpc-Status": {"5"}},
		ResponseBody: recording.Body{Content: []byte{0xff, 0, 1, '\t', '\\', '\n'}, Size: 6}, GRPCStatus: &one, WebSocketClose: &close,
		ResponseTimeMS: 12.5, UpstreamTimeMS: &upstream, FirstByteMS: &first, InjectedDelayMS: 2,
		ScenarioMode: "chaos", ScenarioVersion: 9, Rule: "half", Faults: []recording.Fault{{Kind: "latency", Detail: "2ms"}, {Kind: "error", Detail: "503"}},
		Failure: "client aborted", FailedBy: recording.ByClient, FailureKind: recording.FailureAborted, MockMatched: "stub", PluginExecuted: []string{"auth", "wasm, \"x\""}, Tags: []string{"replay"},
		Messages: []recording.Message{
			{Direction: "in", OffsetMS: 1, Kind: "text", Body: recording.Body{Content: []byte("hello"), Size: 5}},
			{Direction: "out", OffsetMS: 2.5, Kind: "binary", Body: recording.Body{Content: []byte{0, 1, 2}, Size: 9, Truncated: true}},
		},
	}
}

func simple(at time.Time, n byte) recording.Recording {
	return recording.Recording{ID: idAt(at, n), Timestamp: at, Protocol: recording.HTTP, Gateway: "shop", Instance: "one", Method: "GET", Path: "/", ResponseStatus: 200, ScenarioMode: "healthy"}
}

func TestARecordingComesBackWhole(t *testing.T) {
	store, _ := migrated(t, nil)
	want := whole()
	if err := store.WriteRecordings(t.Context(), []recording.Recording{want}); err != nil {
		t.Fatal(err)
	}
	got, err := store.Get(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	page, err := store.Query(t.Context(), recording.Query{})
	if err != nil {
		t.Fatal(err)
	}
	want.Messages, want.Body.Content, want.ResponseBody.Content = nil, nil, nil
	if diff := cmp.Diff([]recording.Recording{want}, page.Recordings); diff != "" {
		t.Error(diff)
	}
	if _, err := store.Get(t.Context(), uuid.New()); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("an id that is not there: %v", err)
	}
}

func TestHeadersComeBackByteForByte(t *testing.T) {
	store, dsn := migrated(t, nil)
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	sent := []recording.HeaderLine{{Name: "x-b", Value: "1"}, {Name: "X-A", Value: "Jos\xe9 \\x\t"}, {Name: "host", Value: "shop"}, {Name: "X-b", Value: "José"}}
	r := simple(noon, 1)
	r.Host, r.Headers = "shop", recording.Values{"X-B": {"1", "José"}, "X-A": {"Jos\xe9 \\x\t"}}
	r.ResponseHeaders = recording.Values{"X-B": {"1", "José"}, "X-A": {"Jos\xe9 \\x\t"}}
	var names []string
	for _, line := range sent {
		names = append(names, line.Name)
	}
	r.KeepHeaderForm(names)
	r.KeepResponseHeaderForm(names)
	plain := simple(noon, 2)
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r, plain}); err != nil {
		t.Fatal(err)
	}
	got, err := store.Get(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, got.HeaderLines()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(slices.Delete(slices.Clone(sent), 2, 3), got.ResponseHeaderLines()); diff != "" {
		t.Error(diff)
	}
	var without int
	if err := db.QueryRow("SELECT count(*) FROM recorded_requests WHERE header_form IS NULL AND response_header_form IS NULL").Scan(&without); err != nil || without != 1 {
		t.Errorf("%d recordings are without forms (%v), want 1", without, err)
	}
	if _, err := db.Exec("UPDATE recorded_requests SET header_form = 'a:b' WHERE id = $1", r.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Get(t.Context(), r.ID); err == nil || !strings.Contains(err.Error(), "header_form") {
		t.Errorf("a form that is none: %v", err)
	}
}

func TestARecordingWhoseClockWasWrongIsFound(t *testing.T) {
	store, _ := migrated(t, nil)
	r := simple(noon, 1)
	r.ID = idAt(noon.AddDate(1, 0, 0), 1)
	random := simple(noon, 2)
	random.ID = uuid.New()
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r, random}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []uuid.UUID{r.ID, random.ID} {
		if _, err := store.Get(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

func TestNoRecordingIsLostForACharacter(t *testing.T) {
	store, _ := migrated(t, nil)
	r := simple(noon, 1)
	nasty := "a\x00b\xe9\xffc\\\t\n"
	r.Path, r.Consumer, r.Operation, r.TraceID, r.Host = "/"+nasty, nasty, nasty, nasty, nasty
	r.Headers = recording.Values{nasty: {nasty, `\u0000`}}
	r.QueryParams = recording.Values{"q": {nasty}}
	r.Tags, r.Faults = []string{nasty}, []recording.Fault{{Kind: nasty, Detail: nasty}}
	r.Body.Content, r.ResponseBody.Content = []byte(nasty), []byte(nasty)
	zero := simple(time.Time{}, 2)
	zero.ID = idAt(noon, 2)
	zero.ResponseTimeMS = nan()
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r, zero}); err != nil {
		t.Fatal(err)
	}
	got, err := store.Get(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a\u2400béÿc\\\t\n"; got.Headers[want][0] != want || got.Headers[want][1] != `\u0000` || got.Path != "/"+want {
		t.Errorf("headers %q, path %q", got.Headers, got.Path)
	}
	if string(got.Body.Content) != nasty {
		t.Errorf("the body is %q", got.Body.Content)
	}
	if got, err := store.Get(t.Context(), zero.ID); err != nil || !got.Timestamp.Equal(noon) {
		t.Errorf("without a time: %v, %v", got.Timestamp, err)
	}
}

func TestTargetsOfAnyBytesComeBackAsTheyWere(t *testing.T) {
	store, _ := migrated(t, nil)
	targets := []recording.Target{
		"", "*", "/", "/?", "//a|b/../%2F;c?d;e&f=%FF&100%", "/\xff\x00?x=\xe9", "/caf\xc3\xa9?q=\xe9", "base64:AA==", "base64:", `/\N\t\x"'`, "\\N",
		recording.Target("/" + strings.Repeat("a%2F", 1<<18)),
	}
	var all []recording.Recording
	for i, target := range targets {
		r := simple(noon, byte(i))
		r.Target, r.TargetRedacted = target, i%2 == 1
		all = append(all, r)
	}
	if err := store.WriteRecordings(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		got, err := store.Get(t.Context(), all[i].ID)
		if err != nil || got.Target != all[i].Target || got.TargetRedacted != all[i].TargetRedacted {
			t.Errorf("%.80q came back as %.80q (%v)", all[i].Target, got.Target, err)
		}
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

// Clients send methods and paths, and PostgreSQL refuses rows whose index entries are too long.
func TestNoRecordingIsLostForALongValue(t *testing.T) {
	store, _ := migrated(t, nil)
	random := rand.NewChaCha8([32]byte{1})
	long := func() string { // that does not compress
		bytes := make([]byte, 8<<10)
		_, _ = random.Read(bytes)
		return hex.EncodeToString(bytes)
	}
	r := simple(noon, 1)
	r.Consumer, r.Method, r.Path, r.Route, r.Rule, r.TraceID = long(), long(), "/"+long(), "/ü"+long(), long(), long()
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r}); err != nil {
		t.Fatal(err)
	}
	got, err := store.Get(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Path != r.Path || !strings.HasPrefix(r.Route, got.Route) || len(got.Route) < 1000 || !strings.HasPrefix(r.Method, got.Method) || got.Method == "" {
		t.Errorf("stored path of %d bytes, route of %d, method of %d", len(got.Path), len(got.Route), len(got.Method))
	}
}

func TestWritingTwiceStoresOnce(t *testing.T) {
	store, _ := migrated(t, nil)
	first := []recording.Recording{whole(), simple(noon, 2)}
	again := append(first, simple(noon.AddDate(0, 0, -9), 3))
	for _, batch := range [][]recording.Recording{first, again, again} {
		if err := store.WriteRecordings(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil || stats.Total != 3 {
		t.Errorf("%d recordings, %v", stats.Total, err)
	}
	got, err := store.Get(t.Context(), first[0].ID)
	if err != nil || len(got.Messages) != 2 {
		t.Errorf("%d messages, %v", len(got.Messages), err)
	}
}

func TestOneImpossibleRecordingDoesNotTakeItsBatchAlong(t *testing.T) {
	store, _ := migrated(t, nil)
	batch := make([]recording.Recording, 9)
	for i := range batch {
		batch[i] = simple(noon, byte(i))
	}
	batch[5].ResponseStatus = 1 << 40 // No integer of PostgreSQL.
	err := store.WriteRecordings(t.Context(), batch)
	rejected, ok := errors.AsType[*postgres.RejectedError](err)
	if !ok || !strings.Contains(rejected.Error(), "1 recordings cannot be stored") {
		t.Fatalf("%v", err)
	}
	// What logs are told has nothing of the recording in it.
	if got, want := rejected.Reason(), "SQLSTATE 22003 numeric_value_out_of_range"; got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
	if stats, err := store.Stats(t.Context(), recording.Filter{}); err != nil || stats.Total != 8 {
		t.Errorf("%d of 8 were stored, %v", stats.Total, err)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	store, _ := migrated(t, nil)
	var batch []recording.Recording
	for i := range 25 {
		// Several of one moment, over three days.
		batch = append(batch, simple(noon.Add(time.Duration(i/5)*15*time.Hour), byte(i)))
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, ascending := range []bool{false, true} {
		var ids []uuid.UUID
		query := recording.Query{Limit: 7, Ascending: ascending}
		for pages := 1; ; pages++ {
			page, err := store.Query(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Recordings {
				ids = append(ids, r.ID)
			}
			if page.NextCursor == "" {
				if pages != 4 {
					t.Errorf("%d pages", pages)
				}
				break
			}
			query.Cursor = page.NextCursor
		}
		if len(ids) != len(batch) {
			t.Fatalf("%d recordings", len(ids))
		}
		for i, id := range ids {
			want := batch[i].ID
			if !ascending {
				want = batch[len(batch)-1-i].ID
			}
			if id != want {
				t.Fatalf("ascending %v: at %d is %s, want %s", ascending, i, id, want)
			}
		}
	}
}

func TestABadQueryIsRefusedByName(t *testing.T) {
	store, _ := migrated(t, nil)
	_, err := store.Query(t.Context(), recording.Query{Cursor: "x", Limit: 1001, Filter: recording.Filter{Statuses: []string{"6"}, TraceID: "zz"}})
	var fields []string
	for _, e := range validation.All(err) {
		fields = append(fields, e.Field)
	}
	if diff := cmp.Diff([]string{"statuses[0]", "trace_id", "limit", "cursor"}, fields); diff != "" {
		t.Error(diff)
	}
}

func TestStats(t *testing.T) {
	store, _ := migrated(t, nil)
	var batch []recording.Recording
	for i := range 10 {
		r := simple(noon.Add(time.Duration(i)*time.Second), byte(i))
		r.ResponseTimeMS = float64(i + 1)
		r.Body = recording.Body{Content: []byte("é"), Size: 2}
		if i >= 7 {
			r.ResponseStatus, r.ScenarioMode = 503, "chaos"
			r.Faults = []recording.Fault{{Kind: "error"}, {Kind: "latency"}, {Kind: "latency"}}
		}
		batch = append(batch, r)
	}
	batch[0].ResponseStatus = 0
	code := 14
	batch[1].GRPCStatus, batch[1].Protocol = &code, recording.GRPC
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	p50, p95, p99 := 5.5, 9.55, 9.91
	oldest, newest := noon, noon.Add(9*time.Second)
	want := recording.Stats{
		Total: 10, Injected: 3, Errors: 5, Oldest: &oldest, Newest: &newest, Bytes: 20, P50MS: &p50, P95MS: &p95, P99MS: &p99,
		ByStatus: counts("200", 6, "503", 3, "none", 1), ByMethod: counts("GET", 10), ByRoute: counts(),
		ByProtocol: counts("http", 9, "grpc", 1), ByMode: counts("healthy", 7, "chaos", 3), ByConsumer: counts(),
		ByGateway: counts("shop", 10), ByFault: counts("error", 3, "latency", 3),
	}
	if diff := cmp.Diff(want, stats, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Error(diff)
	}
	none, err := store.Stats(t.Context(), recording.Filter{Gateways: []string{"none"}})
	if err != nil || none.Total != 0 || none.Oldest != nil || none.P50MS != nil {
		t.Errorf("%+v, %v", none, err)
	}
}

// counts gives the counts of pairs of value and number.
func counts(pairs ...any) []recording.Count {
	list := []recording.Count{}
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, recording.Count{Value: pairs[i].(string), Count: int64(pairs[i+1].(int))})
	}
	return list
}

func TestAFilterMeansTheSameInTheDatabase(t *testing.T) {
	store, dsn := migrated(t, nil)
	batch := recordingtest.Filtered(noon, whole(), simple)
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	// The same again where the day is over and indexed, by a planner that prefers indexes however few rows there are.
	if err := store.MaintainAt(t.Context(), 0, noon.AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	byIndexes := open(t, dsn+"&enable_seqscan=off&enable_sort=off", nil)
	for name, f := range recordingtest.Filters(noon) {
		t.Run(name, func(t *testing.T) {
			if err := f.Validate(); err != nil {
				t.Fatal(err)
			}
			want := []string{}
			for _, r := range batch {
				if f.Matches(&r) {
					want = append(want, describe(r))
				}
			}
			for way, store := range map[string]*postgres.Store{"as planned": store, "by indexes": byIndexes} {
				page, err := store.Query(t.Context(), recording.Query{Filter: f, Limit: 1000, Ascending: true})
				if err != nil {
					t.Fatal(err)
				}
				got := []string{}
				for _, r := range page.Recordings {
					got = append(got, describe(r))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: -Go +SQL\n%s", way, diff)
				}
			}
			if len(want) == 0 && !recordingtest.MatchesNothing(name) {
				t.Error("the case matches nothing")
			}
		})
	}
}

func describe(r recording.Recording) string { return fmt.Sprintf("%d %s", r.ID[15], r.Path) }

func TestTagsAreReplacedAndFound(t *testing.T) {
	store, _ := migrated(t, nil)
	r, misdated := simple(noon, 1), simple(noon, 2)
	r.Tags = []string{"replay"}
	misdated.ID = idAt(noon.AddDate(1, 0, 0), 2)
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r, misdated}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []uuid.UUID{r.ID, misdated.ID} {
		if err := store.SetTags(t.Context(), id, []string{"slow", "ünder"}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Tags: []string{"ünder"}}})
	if err != nil || len(page.Recordings) != 2 || !slices.Equal(page.Recordings[0].Tags, []string{"slow", "ünder"}) {
		t.Errorf("%+v, %v", page, err)
	}
	if err := store.SetTags(t.Context(), r.ID, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Get(t.Context(), r.ID); err != nil || len(got.Tags) > 0 {
		t.Errorf("after all were removed: %v, %v", got.Tags, err)
	}
	if err := store.SetTags(t.Context(), uuid.New(), nil); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("a recording that is not there: %v", err)
	}
}

func TestRetentionDropsWholeDays(t *testing.T) {
	store, dsn := migrated(t, nil)
	other := open(t, dsn, nil)
	var batch []recording.Recording
	for day := range 5 {
		batch = append(batch, simple(noon.AddDate(0, 0, -day), byte(day)))
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := other.MaintainAt(t.Context(), 2, noon); err != nil {
			t.Fatal(err)
		}
	}
	page, err := store.Query(t.Context(), recording.Query{})
	if err != nil || len(page.Recordings) != 3 {
		t.Fatalf("%d recordings stay, want those of three days: %v", len(page.Recordings), err)
	}
	// What comes late, from a spool, still has its place, though the partition was dropped behind this Store's back.
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if page, err := store.Query(t.Context(), recording.Query{}); err != nil || len(page.Recordings) != 5 {
		t.Errorf("%d recordings after the late ones, %v", len(page.Recordings), err)
	}
}

func TestRecordingsWaitForThePostgreSQLThatIsAway(t *testing.T) {
	server := postgrestest.Server(t)
	store := open(t, server.DSN(), nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	batch := []recording.Recording{simple(noon, 1)}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	batch = append(batch, simple(noon, 2))
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteRecordings(t.Context(), batch); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("not unavailable: %v", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if stats, err := store.Stats(t.Context(), recording.Filter{}); err != nil || stats.Total != 2 {
		t.Errorf("%d recordings, %v", stats.Total, err)
	}
}

func BenchmarkWriteRecordings(b *testing.B) {
	store, _ := migrated(b, nil)
	batch := make([]recording.Recording, 1000)
	for _, way := range []string{"new", "again"} {
		b.Run(way, func(b *testing.B) {
			for b.Loop() {
				if way == "new" {
					b.StopTimer()
					for i := range batch {
						batch[i] = whole()
						batch[i].ID, _ = uuid.NewV7()
						batch[i].Messages = nil
						batch[i].ResponseBody.Content = []byte(strings.Repeat("x", 1024))
					}
					b.StartTimer()
				}
				if err := store.WriteRecordings(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(batch))/b.Elapsed().Seconds(), "recordings/s")
		})
	}
}
