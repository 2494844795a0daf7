package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// sentTargets are targets of which paths are escaped in every way, and old are paths from before targets were kept.
var (
	sentTargets = []recording.Target{
		"/projects/a%2Fb", "/projects/a%2fb", "/projects/a/b", "/projects/ab", "/projects/%61%62", "/projects/a%252Fb", "/a%20b", "/a+b", "/a%2Bb", "/a%2520b",
		"/caf%C3%A9", "/caf\xc3\xa9", "/caf%E9", "/caf\xe9", "/100%", "/100%25", "/%zz", "/a|b", "/a%7Cb", "//a//b/", "/a/../b", "/m;p=1/x", "/%00", "/%35", "/%25", "*", "/*", "/{id}",
		"/UPPER%20case", "/users/1?a=%2F", "/line%0Abreak",
	}
	oldPaths = []string{"/projects/a/b", "/projects/ab", "/a b", "/a%20b", "/a+b", "/café", "/100%", "/line\nbreak", "/{id}", "/upper case", "/*"}
)

func TestAPathMeansTheSameInTheDatabase(t *testing.T) {
	store, dsn := migrated(t, nil)
	var batch []recording.Recording
	for i, target := range sentTargets {
		r := simple(noon.Add(time.Duration(i)*time.Minute), byte(i))
		r.Target, r.Path = target, target.EscapedPath()
		batch = append(batch, r)
	}
	for _, path := range oldPaths {
		r := simple(noon.Add(time.Duration(len(batch))*time.Minute), byte(len(batch)))
		r.Path = path
		batch = append(batch, r)
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if err := store.MaintainAt(t.Context(), 0, noon.AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	byIndexes := open(t, dsn+"&enable_seqscan=off&enable_sort=off", nil)
	longest := "/" + strings.Repeat("é%20", 204) + "*"
	for path, least := range map[string]int{
		"/projects/{id}": 6, "/projects/a%2Fb*": 2, "/projects/a/{b}": 2, "/projects/ab*": 3, "/projects/a%2F*": 2, "/projects/**": 8, "/a b*": 2, "/a%20b*": 2, "/a%2520b*": 2, "/a+*": 3,
		"/café*": 3, "/caf%C3%A9*": 3, "/caf%E9*": 2, "/caf*": 5, "/100%*": 3, "/100%25*": 3, "/%zz*": 1, "/a|*": 2, "/{x}//b/": 0, "//a/**": 1, "**/../*": 1, "/m;p=1/{x}": 1, "/%00*": 1,
		"/*5": 1, "/*%25": 2, "*": 1, "/**": 42, "**": 42, "/%2A*": 2, "/%7Bid%7D*": 2, "/{a}": 20, "/projects/a{x}": 4, longest: 0,
		// Parts, by any spelling.
		"a b": 3, "a%20b": 3, "a%2520b": 1, "cts/a%2Fb": 4, "CAFÉ": 2, "upper case": 2, "upper%20CASE": 2, "line\nbreak": 2, "%zz": 1,
	} {
		t.Run(fmt.Sprintf("%.40q", path), func(t *testing.T) {
			for _, f := range []recording.Filter{{Path: path}, {Not: &recording.Filter{Path: path}}} {
				if err := f.Validate(); err != nil {
					t.Fatal(err)
				}
				want := []string{}
				for _, r := range batch {
					if f.Matches(&r) {
						want = append(want, describe(r))
					}
				}
				if f.Not == nil && (len(want) < least || least == 0 && len(want) > 0) {
					t.Errorf("%d match, want at least %d: %q", len(want), least, want)
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
			}
		})
	}
	found, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Text: "UPPER case"}, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range found.Recordings {
		paths = append(paths, r.Path)
	}
	if slices.Sort(paths); !slices.Equal(paths, []string{"/UPPER%20case", "/upper case"}) {
		t.Errorf("the text is found in %q", paths)
	}
}
