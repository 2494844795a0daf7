package clickhouse_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/clickhouse/clickhousetest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/clickhouse"
)

// breaker breaks off the connection at the n-th statement that it is asked for from now on: before the server has it, or after that.
type breaker struct {
	at    atomic.Int64
	after bool
}

func (b *breaker) RoundTrip(r *http.Request) (*http.Response, error) {
	n := b.at.Add(-1)
	if n == 0 && !b.after {
		return nil, io.ErrUnexpectedEOF
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if n == 0 && err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	return response, err
}

// Whatever the statement of a write that fails, and whether the server got it or not: the batch is there whole or not at all, and once
// after it was written again, also once batches are settled.
func TestAWriteThatIsBrokenOffAnywhere(t *testing.T) {
	everywhere(t, func(t *testing.T, make func(testing.TB) clickhousetest.Database) {
		database := make(t)
		for _, after := range []bool{false, true} {
			way := &breaker{after: after}
			store, err := clickhouse.Open(clickhouse.Options{Endpoint: database.Endpoint, Database: database.Database, Cluster: database.Cluster, Tags: newTags(), Transport: way})
			if err != nil {
				t.Fatal(err)
			}
			reader := migrated(t, database, newTags())
			if err := store.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			for statement := int64(1); ; statement++ {
				var batch []recording.Recording
				for i := range 10 {
					n := int(statement)*100 + i
					if after {
						n += 10_000
					}
					batch = append(batch, apitest.Simple(apitest.Noon.Add(time.Duration(i)*5*time.Hour), n))
				}
				earlier := total(t, reader)
				way.at.Store(statement)
				err := store.WriteRecordings(t.Context(), batch)
				over := way.at.Load() > 0 // It needs fewer statements than that.
				way.at.Store(0)
				if err != nil && !errors.Is(err, api.ErrUnavailable) {
					t.Fatalf("statement %d: %v", statement, err)
				}
				if n := total(t, reader) - earlier; n != 0 && n != 10 || err == nil && n != 10 {
					t.Fatalf("%d of 10 after statement %d failed (after: %v): %v", n, statement, after, err)
				}
				if err := store.WriteRecordings(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
				if n := total(t, reader) - earlier; n != 10 {
					t.Fatalf("%d of 10 after it was written again", n)
				}
				if over {
					break
				}
			}
		}
		before := total(t, migrated(t, database, newTags()))
		if _, err := migrated(t, database, newTags()).SettleUpTo(t.Context(), uint32(time.Now().Add(time.Hour).Unix())); err != nil {
			t.Fatal(err)
		}
		if n := total(t, open(t, database, newTags())); n != before || n == 0 {
			t.Errorf("%d after they were settled, want %d", n, before)
		}
	})
}

func total(t *testing.T, store *clickhouse.Store) int64 {
	t.Helper()
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return stats.Total
}

// Batches are settled by several at once, while others are written and read.
func TestSettlingChangesNothingThatIsSeen(t *testing.T) {
	everywhere(t, func(t *testing.T, make func(testing.TB) clickhousetest.Database) {
		database, kept := make(t), newTags()
		store, other := migrated(t, database, kept), open(t, database, kept)
		batch := []recording.Recording{apitest.Whole(), apitest.Simple(apitest.Noon, 2), apitest.Simple(apitest.Noon.AddDate(0, 0, -1), 3)}
		if err := store.WriteRecordings(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		for round := range 3 {
			next := uint32(time.Now().Add(time.Duration(round+1) * time.Hour).Unix())
			for _, each := range []*clickhouse.Store{store, other, other} {
				if mark, err := each.SettleUpTo(t.Context(), next); err != nil || round == 0 && mark != next {
					t.Fatalf("mark %d, %v", mark, err)
				}
				// Those who know an earlier mark, a later one, or none yet.
				for _, reader := range []*clickhouse.Store{store, other, open(t, database, kept)} {
					if n := total(t, reader); n != 3 {
						t.Fatalf("%d recordings in round %d", n, round)
					}
				}
			}
			// A batch that is written again is found among settled ones.
			if err := other.WriteRecordings(t.Context(), slices.Clone(batch)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOldDaysAreDropped(t *testing.T) {
	everywhere(t, func(t *testing.T, make func(testing.TB) clickhousetest.Database) {
		database, kept := make(t), newTags()
		store, other := migrated(t, database, kept), open(t, database, kept)
		var batch []recording.Recording
		for day := range 5 {
			for i := range 4 {
				batch = append(batch, apitest.Simple(apitest.Noon.AddDate(0, 0, -day), 10*day+i))
			}
		}
		midnight := apitest.Noon.Add(-12 * time.Hour)
		batch = append(batch, apitest.Simple(midnight.AddDate(0, 0, -2), 98), apitest.Simple(midnight.AddDate(0, 0, -2).Add(-time.Microsecond), 99))
		for _, step := range []struct {
			days int
			want int64
		}{{0, 22}, {2, 13}, {2, 13}} {
			if err := store.WriteRecordings(t.Context(), batch[:22*min(1, 1-min(1, step.days))]); err != nil {
				t.Fatal(err)
			}
			if err := other.Maintain(t.Context(), step.days, apitest.Noon); err != nil {
				t.Fatal(err)
			}
			if n := total(t, store); n != step.want {
				t.Errorf("%d recordings with %d days kept, want %d", n, step.days, step.want)
			}
		}
		// What comes late, from a spool, still has its place.
		if err := store.WriteRecordings(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if n := total(t, store); n != 22 {
			t.Errorf("%d recordings after the late ones, want 22", n)
		}
	})
}

// Where servers take values beside a statement, no text of a user is in it, and what they read of the values is the text.
func TestTextsGoBesideStatementsWhereServersTakeThem(t *testing.T) {
	const text = `it's "a" \ {p9:String} é` + "\t\n"
	for version, beside := range map[string]bool{"18.16.1": false, "19.17.6": false, "20.1.2": true, "25.3.2": true} {
		var asked []*http.Request
		var statements []string
		server := transport(func(r *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(r.Body)
			asked, statements = append(asked, r), append(statements, string(body))
			answer := ""
			if strings.HasPrefix(string(body), "SELECT version()") {
				answer = string([]byte{byte(len(version))}) + version
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(answer))), Request: r}, nil
		})
		store, err := clickhouse.Open(clickhouse.Options{Endpoint: "http://clickhouse:8123", User: "ada", Password: "s3cret", Tags: newTags(), Transport: server})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Consumers: []string{text, "x"}}}); err != nil {
			t.Fatal(err)
		}
		found := false
		for i, statement := range statements {
			switch {
			case strings.Contains(statement, "consumer IN (") && beside:
				found = strings.Contains(statement, "consumer IN ({p0:String}, {p1:String})")
				if got := asked[i].URL.Query().Get("param_p0"); got != `it's "a" \\ {p9:String} é\t\n` {
					t.Errorf("%s: the value is %q", version, got)
				}
			case strings.Contains(statement, "consumer IN ("):
				found = strings.Contains(statement, "consumer IN ("+clickhouse.Quoted(text)+", 'x')")
			}
			if beside && strings.Contains(statement, "it") && strings.Contains(statement, "'s ") {
				t.Errorf("%s: the text is in %s", version, statement)
			}
			if asked[i].Header.Get("X-ClickHouse-Key") != "s3cret" || strings.Contains(asked[i].URL.String(), "s3cret") {
				t.Errorf("%s: the password is not where it belongs", version)
			}
		}
		if !found {
			t.Errorf("%s: %q", version, statements)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
