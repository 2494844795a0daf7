package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/recording/recordingtest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// What a filter finds is the same as in Go: before anything is in the index for searching, where half of it is, and where all is.
func TestAFilterMeansTheSameInTheFile(t *testing.T) {
	one := func(at time.Time, n byte) recording.Recording { return simple(at, int(n)) }
	batch := recordingtest.Filtered(noon, whole(noon.Add(123456*time.Microsecond), 0), one)
	for _, target := range []recording.Target{
		"/projects/a%2Fb", "/projects/%61%62", "/a%20b", "/a+b", "/a%2Bb", "/caf%C3%A9", "/caf%E9", "/caf\xe9", "/100%", "/%zz", "*", "/{id}", "/UPPER%20case", "/line%0Abreak",
	} {
		r := simple(noon.Add(time.Duration(len(batch))*time.Minute), len(batch))
		r.Target, r.Path = target, target.EscapedPath()
		batch = append(batch, r)
	}
	for _, body := range []string{"\u212aelvin and \u0130stanbul", "kelvin and istanbul", "STRASSE", "straße", `"quoted" trigrams`, "ab", "SKIMMING"} {
		r := simple(noon.Add(time.Duration(len(batch))*time.Minute), len(batch))
		r.Body = recording.Body{Content: []byte(body), Size: int64(len(body))}
		batch = append(batch, r)
	}
	none, half, all := fresh(t), fresh(t), fresh(t)
	write(t, none, batch...)
	write(t, all, batch...)
	write(t, half, batch[:len(batch)/2]...)
	for _, store := range []*sqlite.Store{half, all} {
		if err := store.IndexForSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	write(t, half, batch[len(batch)/2:]...)

	filters := recordingtest.Filters(noon)
	for _, path := range []string{
		"/projects/{id}", "/projects/a%2Fb*", "/a b*", "/a%20b*", "/café*", "/caf%E9*", "/100%*", "/%zz*", "*", "/**", "**", "/%7Bid%7D*", "/*5",
		"a b", "a%20b", "CAFÉ", "upper case", "line\nbreak", "%zz",
	} {
		filters["path "+path], filters["not path "+path] = recording.Filter{Path: path}, recording.Filter{Not: &recording.Filter{Path: path}}
	}
	for _, text := range []string{
		"kelvin", "elvin", "ISTANBUL", "istanbul", "stanbul", "strasse", "straße", "STRAßE", `"quoted"`, `quoted" tri`, "ab", "a", "skimming", "mm", "ing", "%20", "upper case", "x-two", "nowhere to be found",
	} {
		filters["text "+text], filters["not text "+text] = recording.Filter{Text: text}, recording.Filter{Not: &recording.Filter{Text: text}}
		filters["one text or a method "+text] = recording.Filter{Not: &recording.Filter{Text: text, Methods: []string{"POST"}}}
	}
	nano, micro := noon.Add(time.Nanosecond), noon.Add(time.Minute-time.Nanosecond)
	filters["between microseconds"] = recording.Filter{From: &nano, To: &micro}
	for name, f := range filters {
		t.Run(fmt.Sprintf("%.40q", name), func(t *testing.T) {
			if err := f.Validate(); err != nil {
				t.Fatal(err)
			}
			want := []string{}
			for i := range batch {
				if f.Matches(&batch[i]) {
					want = append(want, describe(&batch[i]))
				}
			}
			for indexed, store := range map[string]*sqlite.Store{"none": none, "half": half, "all": all} {
				page, err := store.Query(t.Context(), recording.Query{Filter: f, Limit: 1000, Ascending: true})
				if err != nil {
					t.Fatal(err)
				}
				got := []string{}
				for i := range page.Recordings {
					got = append(got, describe(&page.Recordings[i]))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s indexed: -Go +SQL\n%s", indexed, diff)
				}
				stats, err := store.Stats(t.Context(), f)
				if err != nil || int(stats.Total) != len(want) {
					t.Errorf("%s indexed: the statistics have %d, want %d (%v)", indexed, stats.Total, len(want), err)
				}
			}
		})
	}
}

func describe(r *recording.Recording) string {
	return fmt.Sprintf("%s %s %d %s", r.Timestamp.Format("15:04"), r.Path, r.ResponseStatus, r.ID)
}
