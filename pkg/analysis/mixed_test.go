package analysis

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDetectTellsConsumersApart has three minutes of several consumers at once: each with its own habit, one without.
func TestDetectTellsConsumersApart(t *testing.T) {
	tape := newTape()
	begin := tape.now
	during := func(loop func()) {
		tape.rewind(begin)
		for tape.now.Sub(begin) < 3*time.Minute {
			loop()
		}
	}
	during(func() {
		tape.call("mobile-app", "POST", "/auth/login", 200)
		tape.about(60*time.Millisecond, 0.5)
		for range 1 + tape.random.IntN(3) {
			tape.call("mobile-app", "GET", fmt.Sprintf("/users/%d", tape.random.IntN(50)), 200)
			tape.about(80*time.Millisecond, 0.5)
		}
		tape.wait(time.Second)
		tape.poisson(2 * time.Second)
	})
	during(func() {
		tape.call("reporting", "GET", "/reports", 200)
		tape.about(10*time.Second, 0.02)
	})
	payment := 0
	during(func() {
		payment++
		if payment%3 != 0 {
			tape.call("retry-happy", "POST", "/payments", 201)
		} else {
			for range 4 {
				tape.call("retry-happy", "POST", "/payments", 503)
				tape.about(200*time.Millisecond, 0.2)
			}
		}
		tape.wait(2 * time.Second)
		tape.poisson(2 * time.Second)
	})
	during(func() {
		tape.call("browser", "GET", []string{"/users", "/orders", "/stock"}[tape.random.IntN(3)], 200)
		tape.poisson(500 * time.Millisecond)
	})
	got := descriptions(tape.detect(t))
	slices.Sort(got)
	want := []string{
		"mobile-app always calls POST /auth/login before GET /users/{id} (54 of 54 times)",
		"reporting calls GET /reports every 10 s (±91 ms), 19 times",
		"retry-happy fails after 3 retries of POST /payments (14 times, no failure injected)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
