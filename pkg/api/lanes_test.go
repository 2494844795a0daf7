package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// held is a store whose queries last until they may end, or their client leaves.
type held struct {
	figures
	began chan struct{}
	end   chan struct{}
}

func (h held) Query(ctx context.Context, query recording.Query) (recording.Page, error) {
	h.began <- struct{}{}
	select {
	case <-h.end:
		return h.figures.Query(ctx, query)
	case <-ctx.Done():
		return recording.Page{}, ctx.Err()
	}
}

func newHeld(t *testing.T, c api.Capacity) (*server, held) {
	h := held{began: make(chan struct{}, 100), end: make(chan struct{})}
	return newServer(t, func(o *api.Options) { o.Recordings, o.Capacity = h, c }), h
}

func TestOnlySoManyRequestsWorkAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newHeld(t, api.Capacity{Work: 2, Waiting: 3, Patience: time.Minute})
		answers := make(chan answer, 10)
		query := func() { go func() { answers <- s.send("POST", "/recordings/query", "{}") }() }
		for range 5 {
			query()
		}
		synctest.Wait()
		if got := len(h.began); got != 2 {
			t.Errorf("%d work at once", got)
		}
		refused := s.send("POST", "/recordings/query", "{}")
		if refused.status != http.StatusServiceUnavailable || refused.header.Get("Retry-After") == "" || refused.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("one too many: %d %v %s", refused.status, refused.header, refused.body)
		}
		// Whatever else is held up, this is not.
		for _, c := range []call{
			{"GET", "/scenarios/mode", "", 200},
			{"POST", "/scenarios/stop", "", 200},
			{"PUT", "/scenarios/mode", `{"mode":"healthy"}`, 200},
			{"PUT", "/scenarios/latency", `{}`, 200},
			{"PUT", "/scenarios/rules", `{"rules":[]}`, 200},
			{"POST", "/scenarios/presets/staging", "", 200},
			{"GET", "/instances", "", 200},
			{"GET", "/openapi.yaml", "", 200},
			{"PUT", "/scenarios/mode", `{"reason":"` + strings.Repeat("x", 70<<10) + `"}`, 503},
		} {
			if a := s.send(c.method, c.target, c.body); a.status != c.status {
				t.Errorf("%s %s: %d %s", c.method, c.target, a.status, a.body)
			}
		}
		close(h.end)
		for range 5 {
			if a := <-answers; a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if a := s.send("POST", "/recordings/query", "{}"); a.status != http.StatusOK {
			t.Errorf("afterwards: %d %s", a.status, a.body)
		}
	})
}

func TestWaitingEndsWithPatienceAndWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newHeld(t, api.Capacity{Work: 1, Waiting: 2, Patience: time.Minute})
		ctx, leave := context.WithCancel(t.Context())
		send := func() chan answer {
			done := make(chan answer, 1)
			go func() {
				done <- s.serve(httptest.NewRequestWithContext(ctx, "POST", "/recordings/query", strings.NewReader("{}")))
			}()
			synctest.Wait()
			return done
		}
		working, waiting := send(), send()
		time.Sleep(time.Minute) // of the bubble
		if a := <-waiting; a.status != http.StatusServiceUnavailable {
			t.Errorf("without patience: %d", a.status)
		}
		waiting = send()
		leave()
		for _, done := range []chan answer{working, waiting} {
			if a := <-done; a.body != "" {
				t.Errorf("a client that has left is answered %s", a.body)
			}
		}
		if len(h.began) != 1 {
			t.Errorf("%d queries began", len(h.began))
		}
		ctx = t.Context()
		if a := send(); len(h.began) != 2 {
			close(h.end)
			t.Errorf("there is no room afterwards: %v", <-a)
		}
		close(h.end)
	})
}

// Whatever fails gives its turn back.
func TestTurnsAreGivenBack(t *testing.T) {
	s := newServer(t, func(o *api.Options) {
		o.Capacity = api.Capacity{Work: 1, Reads: 1, Exports: 1, Replays: 1, Waiting: 1, Patience: time.Nanosecond}
	})
	for range 3 {
		for _, c := range story {
			if a := s.send(c.method, c.target, c.body); a.status == http.StatusServiceUnavailable {
				t.Fatalf("%s %s: %d %s", c.method, c.target, a.status, a.body)
			}
		}
	}
}

// Every lane is one that is there: a route that is renamed would else be in none that it should be in.
func TestLanesAreOfRoutes(t *testing.T) {
	routes := map[string]bool{}
	for _, pattern := range api.RoutePatterns() {
		routes[pattern] = true
	}
	for _, pattern := range api.LanePatterns() {
		if !routes[pattern] {
			t.Errorf("%s is no route", pattern)
		}
	}
}

func TestABodyThatCannotBeReadIsTheClientsFault(t *testing.T) {
	for err, want := range map[error]int{io.ErrUnexpectedEOF: http.StatusBadRequest, os.ErrDeadlineExceeded: http.StatusRequestTimeout} {
		r := httptest.NewRequest("PUT", "/scenarios/mode", io.MultiReader(strings.NewReader("{"), iotest.ErrReader(err)))
		if a := newServer(t, nil).serve(r); a.status != want {
			t.Errorf("%v: %d %s", err, a.status, a.body)
		}
	}
}
