package scenario_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func ended(e *scenario.Engine) bool {
	select {
	case <-e.Done():
		return true
	default:
		return false
	}
}

func failing(version int64) scenario.Scenario {
	return scenario.Scenario{Version: version, Definition: behavior(scenario.Behavior{Mode: scenario.Error})}
}

func TestAnEngineIsDoneWhenAnotherScenarioComes(t *testing.T) {
	live, err := scenario.NewLive(failing(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	first := live.Load()
	if err := live.Store(failing(1)); err != nil {
		t.Fatal(err)
	}
	if ended(first) || live.Load() != first {
		t.Error("the same scenario once more has replaced the engine, and all that it has counted")
	}
	if err := live.Store(scenario.Scenario{Version: 2}); err == nil || ended(first) {
		t.Errorf("an invalid scenario (%v) has ended what is in force", err)
	}
	if err := live.Store(failing(2)); err != nil {
		t.Fatal(err)
	}
	if !ended(first) || ended(live.Load()) {
		t.Error("want the first engine done and the second not")
	}
}

func TestAnEngineIsDoneWhenItsScenarioExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := failing(1)
		s.ExpiresAt = new(time.Now().Add(time.Minute))
		live, err := scenario.NewLive(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		engine := live.Load()
		time.Sleep(time.Minute - time.Second)
		synctest.Wait()
		if ended(engine) {
			t.Error("done before its time")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !ended(engine) || ended(live.Load()) {
			t.Error("want the engine done and the healthy one after it not")
		}
		healthy := live.Load()
		if err := live.Store(failing(2)); err != nil {
			t.Fatal(err)
		}
		if !ended(healthy) {
			t.Error("the healthy engine is not done")
		}
	})
}

func TestAnEngineThatIsReplacedBeforeItExpiresLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := failing(1)
		s.ExpiresAt = new(time.Now().Add(time.Minute))
		live, err := scenario.NewLive(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := live.Store(failing(2)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if ended(live.Load()) {
			t.Error("the expiry of the first scenario has ended the second")
		}
	})
}
