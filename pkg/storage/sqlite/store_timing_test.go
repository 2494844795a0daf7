package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// typical is a recording as most are: 700 bytes of headers and bodies.
func typical(n int) recording.Recording {
	r := simple(noon.Add(time.Duration(n)*time.Millisecond), n)
	r.ID[12], r.ID[13] = byte(n>>24), byte(n>>16)
	r.Route, r.Consumer, r.TraceID = fmt.Sprintf("/things-%d/{id}", n%100), fmt.Sprintf("consumer-%d", n%50), fmt.Sprintf("%032x", n)
	r.Path = fmt.Sprintf("/things-%d/%d", n%100, n)
	r.Target = recording.Target(r.Path)
	r.Headers = recording.Values{"Accept": {"*/*"}, "User-Agent": {"a client of some kind"}, "X-Request-Id": {r.TraceID}}
	r.ResponseHeaders = recording.Values{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	r.ResponseTimeMS = float64(n%300) + 0.25
	body := fmt.Sprintf(`{"order":%d,"state":"shipped","items":[{"name":"teapot","price":%d},{"name":"saucer","price":%d}],"customer":"somebody of %d"}`, n, n%97, n%89, n%1000)
	r.Body, r.ResponseBody = recording.Body{Content: []byte(body), Size: int64(len(body))}, recording.Body{Content: []byte(body + body), Size: int64(2 * len(body))}
	if n%20 == 0 {
		r.ResponseStatus = 503
	}
	return r
}

func fill(b *testing.B, store *sqlite.Store, n int) {
	b.Helper()
	for at := 0; at < n; at += 1000 {
		batch := make([]recording.Recording, 1000)
		for i := range batch {
			batch[i] = typical(at + i)
		}
		write(b, store, batch...)
	}
}

func BenchmarkWriteBatchesOfAThousand(b *testing.B) {
	store := fresh(b)
	n := 0
	for b.Loop() {
		b.StopTimer()
		batch := make([]recording.Recording, 1000)
		for i := range batch {
			batch[i] = typical(n)
			n++
		}
		b.StartTimer()
		write(b, store, batch...)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "recordings/s")
}

func BenchmarkIndexForSearch(b *testing.B) {
	store := fresh(b)
	const each = 2000
	n := 0
	for b.Loop() {
		b.StopTimer()
		batch := make([]recording.Recording, each)
		for i := range batch {
			batch[i] = typical(n)
			n++
		}
		write(b, store, batch...)
		b.StartTimer()
		if err := store.IndexForSearch(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "recordings/s")
}

func BenchmarkQueryOfAHundredThousand(b *testing.B) {
	store := fresh(b)
	fill(b, store, 100_000)
	if err := store.IndexForSearch(b.Context()); err != nil {
		b.Fatal(err)
	}
	low := 299.0
	for _, c := range []struct {
		name   string
		filter recording.Filter
	}{
		{"the newest", recording.Filter{}},
		{"a route and a status", recording.Filter{Routes: []string{"/things-20/{id}"}, Statuses: []string{"5xx"}}},
		{"a consumer", recording.Filter{Consumers: []string{"consumer-7"}}},
		{"nobody", recording.Filter{Consumers: []string{"nobody"}}},
		{"a method that nobody uses", recording.Filter{Methods: []string{"PATCH"}}},
		{"what is slow", recording.Filter{MinDurationMS: &low}},
		{"a path", recording.Filter{Path: "/things-7/{id}"}},
		{"a path that is rare", recording.Filter{Path: "/things-7/77707"}},
		{"a header that is common", recording.Filter{Headers: map[string]string{"Accept": "*/*"}}},
		{"a header that is rare", recording.Filter{Headers: map[string]string{"X-Request-Id": fmt.Sprintf("%032x", 4711)}}},
		{"a text that is common", recording.Filter{Text: "teapot"}},
		{"a text that is rare", recording.Filter{Text: `"order":31415,`}},
		{"a text that is nowhere", recording.Filter{Text: "nowhere"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := store.Query(b.Context(), recording.Query{Filter: c.filter}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("stats", func(b *testing.B) {
		for b.Loop() {
			if _, err := store.Stats(b.Context(), recording.Filter{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
