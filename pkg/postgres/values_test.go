package postgres_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestValuesOfAFilter(t *testing.T) {
	store, _ := migrated(t, nil)
	var recordings []recording.Recording
	for i := range 6 {
		r := simple(noon, byte(i))
		r.Protocol, r.Gateway, r.Method, r.Route, r.ScenarioMode, r.Consumer, r.ResponseStatus = recording.HTTP, "shop", "GET", "/a", "healthy", "web", 200
		if i >= 4 {
			r.Method, r.Route, r.ScenarioMode, r.Consumer, r.ResponseStatus = "POST", "", "error", "batch", 0
			r.Rule, r.Tags = "third", []string{"slow", "seen"}
			r.Faults = []recording.Fault{{Kind: "latency"}, {Kind: "error"}, {Kind: "latency"}}
		}
		recordings = append(recordings, r)
	}
	if err := store.WriteRecordings(t.Context(), recordings); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string][]recording.Count{
		"gateways":  counts("shop", 6),
		"methods":   counts("GET", 4, "POST", 2),
		"routes":    counts("/a", 4),
		"modes":     counts("healthy", 4, "error", 2),
		"consumers": counts("web", 4, "batch", 2),
		"protocols": counts("http", 6),
		"statuses":  counts("200", 4, "none", 2),
		"faults":    counts("error", 2, "latency", 2),
		"rules":     counts("third", 2),
		"tags":      counts("seen", 2, "slow", 2),
	} {
		got, err := store.Values(t.Context(), recording.Filter{}, field, 100)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", field, diff)
		}
	}
	got, err := store.Values(t.Context(), recording.Filter{Modes: []string{"error"}}, "methods", 1)
	if diff := cmp.Diff(counts("POST", 2), got); err != nil || diff != "" {
		t.Errorf("%v -want +got\n%s", err, diff)
	}
	for field, call := range map[string]func() error{
		"field": func() error { _, err := store.Values(t.Context(), recording.Filter{}, "headers", 1); return err },
		"limit": func() error { _, err := store.Values(t.Context(), recording.Filter{}, "modes", 0); return err },
		"statuses[0]": func() error {
			_, err := store.Values(t.Context(), recording.Filter{Statuses: []string{"x"}}, "modes", 1)
			return err
		},
	} {
		if all := validation.All(call()); len(all) != 1 || all[0].Field != field {
			t.Errorf("%s: %v", field, all)
		}
	}
}
