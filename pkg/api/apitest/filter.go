package apitest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// TestFilter holds a store to recording.Filter.Matches: a filter means the same to it as in memory. newStore returns a store with
// these recordings, and the same where it finds them in another way, by the name of the way. It is called once per subtest.
func TestFilter(t *testing.T, newStore func(t *testing.T, recordings []recording.Recording) map[string]api.Recordings) {
	t.Helper()
	t.Run("every condition", func(t *testing.T) {
		batch := filterRecordings()
		ways := newStore(t, batch)
		for name, f := range filterCases() {
			t.Run(name, func(t *testing.T) {
				if n := sameFound(t, ways, batch, f); n == 0 && !slices.Contains(findNothing, name) {
					t.Error("the case matches nothing")
				}
			})
		}
	})
	t.Run("conditions together", func(t *testing.T) { filterTogether(t, newStore) })
	t.Run("conditions and recordings that are drawn", func(t *testing.T) { filterDrawn(t, newStore) })
	t.Run("every spelling of a path", func(t *testing.T) { filterPaths(t, newStore) })
}

// sameFound compares what is found with what matches, and returns how many those are.
func sameFound(t *testing.T, ways map[string]api.Recordings, batch []recording.Recording, f recording.Filter) int {
	t.Helper()
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, r := range batch {
		if f.Matches(&r) {
			want = append(want, describe(r))
		}
	}
	for way, store := range ways {
		page := mustQuery(t, store, recording.Query{Filter: f, Limit: 1000, Ascending: true})
		got := []string{}
		for _, r := range page.Recordings {
			got = append(got, describe(r))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-in memory +in the store):\n%s", way, diff)
		}
	}
	return len(want)
}

// filterTogether draws conditions from the cases, with a fixed seed, and compares everything that is read of a filter.
func filterTogether(t *testing.T, newStore func(*testing.T, []recording.Recording) map[string]api.Recordings) {
	batch := filterRecordings()
	ways := newStore(t, batch)
	cases := filterCases()
	names := slices.Sorted(maps.Keys(cases))
	random := rand.New(rand.NewPCG(12, 12))
	for range 150 {
		var f recording.Filter
		var drawn []string
		for range 2 + random.IntN(2) {
			name := names[random.IntN(len(names))]
			drawn = append(drawn, name)
			f = merged(f, cases[name])
		}
		if f.Validate() != nil {
			continue // bounds that exclude each other
		}
		sameFound(t, ways, batch, f)
		var want []uuid.UUID
		for _, r := range batch {
			if f.Matches(&r) {
				want = append(want, r.ID)
			}
		}
		for way, store := range ways {
			if n := total(t, store, f); n != int64(len(want)) {
				t.Errorf("%s: %d are counted, want %d", way, n, len(want))
			}
			newest := want[max(0, len(want)-3):]
			var got []uuid.UUID
			for r, err := range store.Scan(t.Context(), f, 3) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r.ID)
			}
			if !slices.Equal(got, newest) {
				t.Errorf("%s: %v are scanned, want %v", way, got, newest)
			}
			backwards, _ := idsOf(t, store, recording.Query{Filter: f, Limit: 4})
			slices.Reverse(backwards)
			if !slices.Equal(backwards, want) {
				t.Errorf("%s: %v on pages of four, want %v", way, backwards, want)
			}
		}
		if t.Failed() {
			t.Fatalf("of %q: %+v", drawn, f)
		}
	}
}

// merged returns f with the conditions of another, which win.
func merged(f, other recording.Filter) recording.Filter {
	into, from := reflect.ValueOf(&f).Elem(), reflect.ValueOf(other)
	for i := range from.NumField() {
		if !from.Field(i).IsZero() {
			into.Field(i).Set(from.Field(i))
		}
	}
	return f
}

func filterPaths(t *testing.T, newStore func(*testing.T, []recording.Recording) map[string]api.Recordings) {
	var batch []recording.Recording
	for i, target := range sentTargets {
		r := Simple(Noon.Add(time.Duration(i)*time.Minute), i)
		r.Target, r.Path = target, target.EscapedPath()
		batch = append(batch, r)
	}
	for _, path := range oldPaths {
		r := Simple(Noon.Add(time.Duration(len(batch))*time.Minute), len(batch))
		r.Path = path
		batch = append(batch, r)
	}
	ways := newStore(t, batch)
	for path, least := range pathCases() {
		t.Run(fmt.Sprintf("%.40q", path), func(t *testing.T) {
			if n := sameFound(t, ways, batch, recording.Filter{Path: path}); n < least || least == 0 && n > 0 {
				t.Errorf("%d match, want at least %d", n, least)
			}
			sameFound(t, ways, batch, recording.Filter{Not: &recording.Filter{Path: path}})
		})
	}
	for way, store := range ways {
		found := mustQuery(t, store, recording.Query{Filter: recording.Filter{Text: "UPPER case"}, Limit: 1000})
		var paths []string
		for _, r := range found.Recordings {
			paths = append(paths, r.Path)
		}
		if slices.Sort(paths); !slices.Equal(paths, []string{"/UPPER%20case", "/upper case"}) {
			t.Errorf("%s: the text is found in %q", way, paths)
		}
	}
}
