package clickhouse

import (
	"slices"
	"testing"
)

func TestOfARecordingThatSeveralBatchesHaveOneIsSeen(t *testing.T) {
	a, b, c := batch{1, 10}, batch{2, 11}, batch{3, 12}
	one, two := key{1, 1}, key{2, 2}
	for name, test := range map[string]struct {
		commits []commit
		seen    []batch
		want    []held
	}{
		"nothing is shared":                   {[]commit{{a, nil}, {b, nil}}, []batch{a, b}, nil},
		"the later has seen the earlier":      {[]commit{{a, nil}, {b, []held{{one, a}}}}, []batch{a, b}, []held{{one, b}}},
		"the earlier has seen the later":      {[]commit{{a, []held{{one, b}}}, {b, nil}}, []batch{a, b}, []held{{one, b}}},
		"both have seen each other":           {[]commit{{a, []held{{one, b}}}, {b, []held{{one, a}}}}, []batch{a, b}, []held{{one, b}}},
		"the other was never committed":       {[]commit{{b, []held{{one, a}}}}, []batch{b}, nil},
		"of three one is left":                {[]commit{{a, nil}, {b, []held{{one, a}, {two, c}}}, {c, []held{{one, a}, {one, b}}}}, []batch{a, b, c}, []held{{one, b}, {one, c}, {two, c}}},
		"of three the lowest is not there":    {[]commit{{b, []held{{one, a}}}, {c, []held{{one, b}, {one, a}}}}, []batch{b, c}, []held{{one, c}}},
		"one of its recordings is shared":     {[]commit{{a, nil}, {b, []held{{two, a}}}}, []batch{a, b}, []held{{two, b}}},
		"the earlier is settled, and no news": {[]commit{{b, []held{{one, a}}}}, []batch{a, b}, []held{{one, b}}},
	} {
		got := doubledIn(test.commits, func(b batch) bool { return slices.Contains(test.seen, b) })
		order := func(x, y held) int {
			return slices.Compare([]uint64{x.high, x.number}, []uint64{y.high, y.number})
		}
		slices.SortFunc(got, order)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestWhatAViewSees(t *testing.T) {
	v := view{mark: 100, recent: []uint64{7, 8}, dead: []uint64{5}}
	sees := v.sees()
	for b, want := range map[batch]bool{{4, 99}: true, {4, 100}: false, {5, 99}: false, {7, 100}: true, {8, 300}: true, {9, 300}: false} {
		if sees(b) != want {
			t.Errorf("%v is seen: %v", b, !want)
		}
	}
	for want, v := range map[string]view{
		"(begun < 0 OR batch IN (0))":                                                       {},
		"(begun < 100 AND batch NOT IN (5) OR batch IN (7,8))":                              v,
		"(begun < 1 OR batch IN (0)) AND (batch, id_high, id_low) NOT IN ((1,2,3),(1,2,3))": {mark: 1, doubled: []held{{key{2, 3}, batch{1, 0}}}},
	} {
		if got := v.condition(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestLaterBatchesMostlyHaveHigherNumbers(t *testing.T) {
	if a, b := newBatch(100), newBatch(101); a.number >= b.number || a.number == 0 || a.begun != 100 {
		t.Errorf("%v and %v", a, b)
	}
}
