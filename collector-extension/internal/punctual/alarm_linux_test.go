package punctual

import (
	"testing"
	"time"
)

func TestTheClockRingsForTheNextWakeAndEndsWhenClosed(t *testing.T) {
	c, err := newClock()
	if err != nil {
		t.Fatal(err)
	}
	c.set(time.Hour)
	start := time.Now()
	c.set(2 * time.Millisecond) // Instead of the hour.
	if !c.wait() {
		t.Fatal("it did not ring")
	}
	if took := time.Since(start); took < 2*time.Millisecond {
		t.Errorf("it rang after %v, was set to 2ms", took)
	}
	c.set(-time.Second)
	if !c.wait() {
		t.Error("it did not ring at once for what was due already")
	}
	c.set(time.Hour)
	waited := make(chan bool)
	go func() {
		waited <- c.wait()
		c.ended()
	}()
	go c.close()
	if <-waited {
		t.Error("it rang when it was closed")
	}
}

// The alarm has no effect but that somebody is awake: the wakes that it is through with show that it was.
func TestTheAlarmIsAwakeForEachWake(t *testing.T) {
	c, err := newClock()
	if err != nil {
		t.Fatal(err)
	}
	a := alarm{clock: c}
	far := a.add(time.Hour)
	near, taken := a.add(3*time.Millisecond), a.add(2*time.Millisecond)
	a.remove(taken)
	for near.place != removed {
		if !c.wait() {
			t.Fatal("the clock did not ring")
		}
		a.rung(c)
	}
	if len(a.wakes) != 1 || far.place != 0 {
		t.Errorf("%d wakes are left, the one in an hour at %d; want that one alone", len(a.wakes), far.place)
	}
	c.ended()
	c.close()
}
