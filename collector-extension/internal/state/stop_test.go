package state_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func exists(t *testing.T, directory string) bool {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries) > 0
}

func TestAStopIsToldAtOnceWhereTheStoreAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, directory := newFleet(), t.TempDir()
		f.others(t, scenario.Chaos)
		m := join(t, f, directory)
		defer m.follower.Shutdown(t.Context())
		synctest.Wait()
		m.is(t, "before", scenario.Chaos)
		s, reach := m.halt(t)
		if diff := cmp.Diff(api.Reach{Collector: api.InForce, Fleet: api.Told, Durable: true}, reach); diff != "" {
			t.Errorf("reach (-want +got):\n%s", diff)
		}
		if s.Version != 2 || s.Injects() || s.SetBy != "ada" || s.Reason != "enough" {
			t.Errorf("the answer is %+v", s)
		}
		synctest.Wait()
		m.is(t, "after", scenario.Healthy)
		if exists(t, directory) {
			t.Error("the disk still has a stop of which the fleet was told")
		}
	})
}

func TestAStopNeedsNoStore(t *testing.T) {
	for name, take := range map[string]func(*fleet) (back func()){
		"away": func(f *fleet) func() { f.setAway(true); return func() { f.setAway(false) } },
		// What was stopped can be read all the time.
		"read-only": func(f *fleet) func() { f.setReadOnly(true); return func() { f.setReadOnly(false) } },
		"frozen":    func(f *fleet) func() { return f.freeze() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, directory := newFleet(), t.TempDir()
				m := join(t, f, directory)
				if _, err := m.set(t, scenario.Error); err != nil {
					t.Fatal(err)
				}
				back := take(f)
				before := time.Now()
				s, reach := m.halt(t)
				if reach.Collector != api.InForce || reach.Fleet != api.Pending || !reach.Durable || reach.Detail == "" {
					t.Errorf("reach %+v", reach)
				}
				if s.Version != 1 || s.Injects() {
					t.Errorf("the answer is %+v", s)
				}
				if took := time.Since(before); took > 2*time.Second {
					t.Errorf("answered after %v", took)
				}
				m.is(t, "at once", scenario.Healthy)
				if now, err := m.Current(t.Context()); err != nil || now.Injects() {
					t.Errorf("asked for what is in force: %+v, %v", now, err)
				}
				if _, err := m.set(t, scenario.Chaos); err == nil {
					t.Error("a change went by a stop of which nobody knows")
				}
				time.Sleep(time.Minute)
				m.is(t, "a minute later", scenario.Healthy)

				// Killed: what is left of it is what is on the disk.
				restarted := join(t, f, directory)
				restarted.is(t, "after a restart", scenario.Healthy)
				back()
				m.follower.Shutdown(t.Context())
				time.Sleep(time.Minute)
				restarted.is(t, "told", scenario.Healthy)
				restarted.follower.Shutdown(t.Context())
				if f.current.Injects() || f.current.SetBy != "ada" || f.current.Reason != "enough" || !f.current.SetAt.Equal(before) {
					t.Errorf("the fleet is told %+v", f.current)
				}
				if diff := cmp.Diff([]string{"mode", "stop"}, f.actions); diff != "" {
					t.Errorf("history (-want +got):\n%s", diff)
				}
				if exists(t, directory) {
					t.Error("the disk still has a stop of which the fleet was told")
				}
			})
		})
	}
}

func TestWhatIsSetAfterAStopWinsAndWhatWasSetBeforeDoesNot(t *testing.T) {
	for name, test := range map[string]struct {
		before, after, restart bool
		want                   scenario.Mode
	}{
		"before":                  {before: true, want: scenario.Healthy},
		"after":                   {after: true, want: scenario.Error},
		"after, and a restart":    {after: true, restart: true, want: scenario.Error},
		"before, and a restart":   {before: true, restart: true, want: scenario.Healthy},
		"before and after":        {before: true, after: true, want: scenario.Error},
		"neither, and a restart":  {restart: true, want: scenario.Healthy},
		"neither before or after": {want: scenario.Healthy},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, directory := newFleet(), t.TempDir()
				f.others(t, scenario.Degraded)
				m := join(t, f, directory)
				synctest.Wait()
				f.setAway(true) // for this collector: the network between them is down
				if test.before {
					f.others(t, scenario.Chaos)
				}
				time.Sleep(time.Second)
				m.halt(t)
				time.Sleep(time.Second)
				if test.after {
					f.others(t, scenario.Error)
				}
				time.Sleep(time.Second)
				if test.restart {
					m.follower.Shutdown(t.Context())
					m = join(t, f, directory)
				}
				m.is(t, "while the store is away", scenario.Healthy)
				f.setAway(false)
				time.Sleep(10 * time.Second)
				m.is(t, "at the end", test.want)
				if f.current.Mode != test.want {
					t.Errorf("the fleet has %s, want %s", f.current.Mode, test.want)
				}
				m.follower.Shutdown(t.Context())
				if exists(t, directory) {
					t.Error("the disk still has a stop that is settled")
				}
			})
		})
	}
}

func TestAStopWinsOverAChangeThatIsUnderWay(t *testing.T) {
	for name, prepare := range map[string]func(*fleet) (goOn func(), underWay func()){
		// The change waits for its row: it is refused when it gets it.
		"before it has its row": func(f *fleet) (func(), func()) { thaw := f.freeze(); return thaw, func() {} },
		// The change is about to commit: the stop comes after it.
		"after it has its row": func(f *fleet) (func(), func()) {
			there, goOn := make(chan struct{}), make(chan struct{})
			f.committed = func() { close(there); <-goOn; f.committed = nil }
			return func() { close(goOn) }, func() { <-there }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet()
				m := join(t, f, t.TempDir())
				defer m.follower.Shutdown(t.Context())
				synctest.Wait()
				goOn, underWay := prepare(f)
				answered := make(chan error)
				go func() { _, err := m.set(t, scenario.Error); answered <- err }()
				underWay()
				synctest.Wait()
				stopped := make(chan struct{})
				go func() { m.halt(t); close(stopped) }()
				synctest.Wait()
				m.is(t, "while both are under way", scenario.Healthy)
				time.Sleep(100 * time.Millisecond)
				goOn()
				<-stopped
				err := <-answered
				time.Sleep(time.Minute)
				m.is(t, "at the end", scenario.Healthy)
				if f.current.Mode != scenario.Healthy {
					t.Errorf("the fleet has %s; the change got %v", f.current.Mode, err)
				}
			})
		})
	}
}

func TestAChangeAfterAStopIsMadeToWhatItLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet()
		m := join(t, f, t.TempDir())
		defer m.follower.Shutdown(t.Context())
		if _, err := m.set(t, scenario.Error); err != nil {
			t.Fatal(err)
		}
		thaw := f.freeze()
		m.halt(t)
		time.AfterFunc(time.Second, thaw)
		changed, err := m.Change(t.Context(), api.Audit{Action: "latency"}, nil, func(s *scenario.Scenario) error {
			s.Latency = &scenario.Latency{MaxMS: 5}
			return nil
		})
		if err != nil || changed.Mode != scenario.Healthy || changed.Latency == nil || changed.Version != 3 {
			t.Errorf("%+v, %v", changed, err)
		}
		if s := m.live.Load().Scenario(); s.Version != 3 || s.Latency == nil {
			t.Errorf("in force is %+v", s)
		}
	})
}

func TestTwoStopsAreOneUntilTheFleetIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, directory := newFleet(), t.TempDir()
		m := join(t, f, directory)
		if _, err := m.set(t, scenario.Error); err != nil {
			t.Fatal(err)
		}
		f.setAway(true)
		m.halt(t)
		if _, reach, err := m.Stop(t.Context(), api.Audit{By: "bob", Action: "mode"}, nil, scenario.Relief{Mode: true}); err != nil || reach.Fleet != api.Pending {
			t.Errorf("%+v, %v", reach, err)
		}
		if _, _, err := m.Stop(t.Context(), api.Audit{}, new(int64(7)), scenario.Relief{Mode: true}); err != api.ErrConflict {
			t.Errorf("of a version that is not there: %v", err)
		}
		m.follower.Shutdown(t.Context())
		m = join(t, f, directory)
		f.setAway(false)
		time.Sleep(time.Minute)
		m.follower.Shutdown(t.Context())
		if diff := cmp.Diff([]string{"mode", "stop"}, f.actions); diff != "" || f.current.SetBy != "bob" || f.current.Injects() {
			t.Errorf("the fleet has %+v after (-want +got):\n%s", f.current, diff)
		}
	})
}

func TestWithoutADirectoryAStopSaysThatItIsInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet()
		m := join(t, f, "")
		defer m.follower.Shutdown(t.Context())
		f.setAway(true)
		if _, reach := m.halt(t); reach.Durable || reach.Fleet != api.Pending {
			t.Errorf("reach %+v", reach)
		}
		// A file where the directory should be.
		blocked := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(blocked, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		f.setAway(false)
		m2 := join(t, f, blocked)
		defer m2.follower.Shutdown(t.Context())
		f.setAway(true)
		if _, reach := m2.halt(t); reach.Durable || reach.Collector != api.InForce {
			t.Errorf("reach %+v", reach)
		}
		m2.is(t, "where the disk cannot keep it", scenario.Healthy)
	})
}

func TestAStopIsKeptOnceTheDiskHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, directory := newFleet(), filepath.Join(t.TempDir(), "spool")
		if err := os.WriteFile(directory, nil, 0o600); err != nil { // a file where the directory should be
			t.Fatal(err)
		}
		live, err := scenario.NewLive(version(0, scenario.Error), nil)
		if err != nil {
			t.Fatal(err)
		}
		follower := state.NewFollower(state.FollowerOptions{
			Store: f, Live: live, StopFile: state.NewStopFile(directory), Logger: slog.New(slog.DiscardHandler),
		})
		follower.Start(scenario.Instance{ID: "one"})
		defer follower.Shutdown(t.Context())
		f.setAway(true)
		if _, reach, err := follower.Stop(t.Context(), api.Audit{Action: "stop"}, nil, scenario.Everything()); err != nil || reach.Durable {
			t.Errorf("%+v, %v", reach, err)
		}
		if err := os.Remove(directory); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if !exists(t, directory) {
			t.Error("nothing is on the disk")
		}
	})
}
