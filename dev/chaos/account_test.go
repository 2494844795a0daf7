package main

import "testing"

func TestAnAccountKnowsWhatBecameOfEachExchange(t *testing.T) {
	answered := []string{"a", "b", "c"}
	for _, c := range []struct {
		name      string
		attempted int
		stored    map[string]int
		dropped   int
		exact     bool
		says      string
	}{
		{"all stored", 3, map[string]int{"a": 1, "b": 1, "c": 1}, 0, true, "3 answered, 3 stored, 0 dropped and counted, 0 unaccounted for, 0 twice"},
		{"one lost in silence", 3, map[string]int{"a": 1, "b": 1}, 0, false, "3 answered, 2 stored, 0 dropped and counted, 1 unaccounted for, 0 twice"},
		{"one lost and counted", 3, map[string]int{"a": 1, "b": 1}, 1, true, "3 answered, 2 stored, 1 dropped and counted, 0 unaccounted for, 0 twice"},
		{"more counted than lost", 3, map[string]int{"a": 1, "b": 1}, 2, false, "3 answered, 2 stored, 2 dropped and counted, 0 unaccounted for, 0 twice"},
		{"one twice", 3, map[string]int{"a": 1, "b": 2, "c": 1}, 0, false, "3 answered, 3 stored, 0 dropped and counted, 0 unaccounted for, 1 twice"},
		{"one that failed is stored, too", 4, map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}, 0, true, "3 answered, 4 stored, 0 dropped and counted, 0 unaccounted for, 0 twice"},
		{"nothing stored", 3, nil, 0, false, "3 answered, 0 stored, 0 dropped and counted, 3 unaccounted for, 0 twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := accountFor(c.attempted, answered, c.stored, c.dropped)
			if a.exact() != c.exact || a.String() != c.says {
				t.Errorf("exact is %t: %s", a.exact(), a)
			}
		})
	}
}
