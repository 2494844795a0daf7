package state_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestAStopIsReadAsItWasWritten(t *testing.T) {
	file := state.NewStopFile(filepath.Join(t.TempDir(), "made", "with it"))
	if got, err := file.Load(); got != nil || err != nil {
		t.Errorf("before any: %+v, %v", got, err)
	}
	at := time.Date(2026, 11, 27, 12, 0, 0, 123456789, time.UTC)
	for _, want := range []scenario.Stop{
		{Relief: scenario.Everything(), By: "ada", Action: "stop", Reason: "enough", At: at, Base: 7},
		{Relief: scenario.Relief{Mode: true, ExpiresAt: &at, Preset: "production"}, Action: "mode", At: at},
	} {
		if err := file.Save(want); err != nil {
			t.Fatal(err)
		}
		got, err := file.Load()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	for range 2 {
		if err := file.Remove(); err != nil {
			t.Error(err)
		}
	}
	if got, err := file.Load(); got != nil || err != nil {
		t.Errorf("once removed: %+v, %v", got, err)
	}
}

func TestATornFileStopsEverything(t *testing.T) {
	directory := t.TempDir()
	file := state.NewStopFile(directory)
	if err := file.Save(scenario.Stop{Relief: scenario.Relief{Latency: true}, Action: "latency", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(directory, "stop.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		stop, err := file.Load()
		if err == nil || stop == nil || !stop.Relief.Complete() || stop.At.IsZero() {
			t.Fatalf("%q is %+v, %v", whole[:n], stop, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil { // cannot be read at all
		t.Fatal(err)
	}
	if stop, err := file.Load(); err == nil || stop == nil || !stop.Relief.Complete() {
		t.Errorf("of what cannot be read: %+v, %v", stop, err)
	}
}

func FuzzStopFile(f *testing.F) {
	f.Add([]byte(`{"relief":{"mode":true,"latency":true,"rules":true},"by":"ada","action":"stop","at":"2026-11-27T12:00:00Z","base":7}`))
	f.Add([]byte(`{"relief":{}}`))
	f.Add([]byte(``))
	directory := f.TempDir()
	file := state.NewStopFile(directory)
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(filepath.Join(directory, "stop.json"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		stop, err := file.Load()
		if stop == nil || stop.Relief.None() || err != nil && !stop.Relief.Complete() {
			t.Fatalf("%q is %+v, %v", content, stop, err)
		}
		over := stop.Over(version(3, scenario.Error))
		if over.Version != 3 || stop.Relief.Mode && over.Mode != scenario.Healthy {
			t.Errorf("%q over an error is %+v", content, over)
		}
	})
}
