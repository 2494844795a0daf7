package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// The index has trigrams by rules of its own for upper and lower case. What is found by it is what is found in memory.
func TestTextMeansTheSameByTheIndex(t *testing.T) {
	var batch []recording.Recording
	for _, body := range []string{"\u212aelvin and \u0130stanbul", "kelvin and istanbul", "STRASSE", "straße", `"quoted" trigrams`, "ab", "SKIMMING", "a\x00b\x00c"} {
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
	filters := map[string]recording.Filter{}
	for _, text := range []string{
		"kelvin", "elvin", "ISTANBUL", "istanbul", "stanbul", "strasse", "straße", "STRAßE", `"quoted"`, `quoted" tri`, "ab", "a", "skimming", "mm", "ing", "nowhere to be found",
	} {
		filters["text "+text], filters["not text "+text] = recording.Filter{Text: text}, recording.Filter{Not: &recording.Filter{Text: text}}
		filters["neither a text nor a method "+text] = recording.Filter{Not: &recording.Filter{Text: text, Methods: []string{"POST"}}}
	}
	nano, micro := noon.Add(time.Nanosecond), noon.Add(time.Minute-time.Nanosecond)
	filters["between microseconds"] = recording.Filter{From: &nano, To: &micro}
	for name, f := range filters {
		t.Run(fmt.Sprintf("%.40q", name), func(t *testing.T) {
			want := []string{}
			for i := range batch {
				if f.Matches(&batch[i]) {
					want = append(want, string(batch[i].Body.Content))
				}
			}
			for indexed, store := range map[string]*sqlite.Store{"none": none, "half": half, "all": all} {
				got := []string{}
				for r, err := range store.Scan(t.Context(), f, 1000) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, string(r.Body.Content))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s indexed: -Go +SQL\n%s", indexed, diff)
				}
			}
		})
	}
}
