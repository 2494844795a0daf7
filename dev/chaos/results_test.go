package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestResultsSayWhatWasPromisedAndSeen(t *testing.T) {
	held := outcome{trial: trial{group: "Collector", name: "killed", done: "`kill -9`", promised: "all is stored"}, seen: []string{"3 answered", "3 stored"}, lost: "nothing"}
	broken, ended := held, held
	broken.name, broken.broken = "stopped", []string{"1 | lost"}
	ended.group, ended.name, ended.err = "Spool", "torn", errors.New("no end\nin sight")
	got := results([][]string{{"date", "today"}}, []outcome{held, broken, ended})
	for _, want := range []string{
		"| outcome | 1 of 3 promises held |",
		"\n## Collector\n",
		"| **killed**: `kill -9` | all is stored | 3 answered; 3 stored | nothing | yes |\n| **stopped**: `kill -9` | all is stored | 3 answered; 3 stored; **1 \\| lost** | nothing | **no** |",
		"\n## Spool\n",
		"**no end: no end in sight** | nothing | **no** |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
	if strings.Count(got, "| what is done |") != 2 {
		t.Error("each group has one table")
	}
}

func TestTrialsCanBeTold(t *testing.T) {
	named := map[string]bool{}
	for _, each := range trials() {
		name := each.group + ": " + each.name
		if named[name] {
			t.Errorf("two trials are called %s", name)
		}
		named[name] = true
		if _, ok := groups[each.group]; !ok || each.done == "" || each.promised == "" || each.run == nil {
			t.Errorf("%s is not said whole", name)
		}
	}
}

// A trial that ends in the middle has broken its promise, and all that it made is undone, last first.
func TestATrialThatCannotGoOnIsOver(t *testing.T) {
	var undone []int
	failed := errors.New("no")
	o := trial{run: func(_ context.Context, s *stage) {
		s.later(func() error { undone = append(undone, 1); return nil })
		s.later(func() error { undone = append(undone, 2); return nil })
		s.promise(true, "seen")
		s.must(nil)
		s.must(failed)
		s.promise(false, "never")
	}}.try(t.Context(), "")
	if !errors.Is(o.err, failed) || o.held() || len(o.broken) != 0 || len(o.seen) != 1 {
		t.Errorf("got %+v", o)
	}
	if len(undone) != 2 || undone[0] != 2 {
		t.Errorf("undone %v", undone)
	}
}
