package analysis

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// tape makes recordings with a clock of its own and a fixed seed.
type tape struct {
	random     *rand.Rand
	now        time.Time
	recordings []recording.Recording
}

func newTape() *tape {
	return &tape{random: rand.New(rand.NewPCG(7, 11)), now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

func (t *tape) call(consumer, method, path string, status int, faults ...recording.Fault) {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[8:], uint64(len(t.recordings)+1))
	t.recordings = append(t.recordings, recording.Recording{
		ID: id, Timestamp: t.now, Protocol: recording.HTTP, Gateway: "shop", Consumer: consumer, ClientIP: "127.0.0.1",
		Method: method, Path: path, ResponseStatus: status, ResponseTimeMS: 10, Faults: faults,
	})
}

// post is a call with a body.
func (t *tape) post(consumer, path, body string, status int) {
	t.call(consumer, "POST", path, status)
	t.recordings[len(t.recordings)-1].Body = recording.Body{Content: []byte(body), Size: int64(len(body))}
}

func (t *tape) wait(d time.Duration) { t.now = t.now.Add(d) }

// about waits for d, give or take the share of it.
func (t *tape) about(d time.Duration, share float64) {
	t.wait(time.Duration(float64(d) * (1 + share*(2*t.random.Float64()-1))))
}

// poisson waits as long as the next event of a Poisson process with the mean d takes to come.
func (t *tape) poisson(d time.Duration) { t.wait(time.Duration(float64(d) * t.random.ExpFloat64())) }

func (t *tape) all() iter.Seq2[recording.Recording, error] {
	slices.SortStableFunc(t.recordings, func(a, b recording.Recording) int { return a.Timestamp.Compare(b.Timestamp) })
	return func(yield func(recording.Recording, error) bool) {
		for _, r := range t.recordings {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (t *tape) detect(tb testing.TB) []Pattern {
	tb.Helper()
	patterns, err := Detect(tb.Context(), t.all(), Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return patterns
}

func descriptions(patterns []Pattern) []string {
	var all []string
	for _, p := range patterns {
		all = append(all, p.Description)
	}
	return all
}

// at starts another consumer at the beginning of the tape.
func (t *tape) rewind(to time.Time) { t.now = to }

func TestDetectFindsCallsThatComeBeforeOthers(t *testing.T) {
	tape := newTape()
	for i := range 42 {
		if i != 17 {
			tape.call("mobile-app", "POST", "/auth/login", 200)
			tape.about(200*time.Millisecond, 0.5)
		}
		for range 3 {
			tape.call("mobile-app", "GET", fmt.Sprintf("/users/%d", i), 200)
			tape.about(100*time.Millisecond, 0.5)
		}
		tape.poisson(3 * time.Minute)
		tape.wait(40 * time.Second)
	}
	got := tape.detect(t)
	want := []string{"mobile-app always calls POST /auth/login before GET /users/{id} (41 of 42 times)"}
	if diff := cmp.Diff(want, descriptions(got)); diff != "" {
		t.Fatal(diff)
	}
	p := got[0]
	if p.Type != Sequence || p.OccurrenceCount != 41 || p.FirstSeen != tape.recordings[0].Timestamp {
		t.Errorf("got %+v", p)
	}
	if len(p.RelatedRequests) != 20 || p.RelatedRequests[0] != tape.recordings[0].ID || p.RelatedRequests[1] != tape.recordings[1].ID {
		t.Errorf("the evidence is %v", p.RelatedRequests)
	}
	if diff := cmp.Diff([]string{"POST /auth/login", "GET /users/{id}"}, p.Metadata["routes"]); diff != "" {
		t.Error(diff)
	}
}

func TestDetectFindsTheSessionsOfAConsumerThatHardlyPauses(t *testing.T) {
	tape := newTape()
	for i := range 60 {
		tape.call("web", "POST", "/auth/login", 200)
		tape.about(20*time.Millisecond, 0.5)
		for range 1 + tape.random.IntN(4) {
			tape.call("web", "GET", "/users", 200)
			tape.about(20*time.Millisecond, 0.5)
		}
		tape.call("web", "GET", fmt.Sprintf("/orders/%d", i), 200)
		tape.poisson(time.Second)
		tape.wait(time.Second)
	}
	want := []string{
		"web always calls GET /users before GET /orders/{id} (60 of 60 times)",
		"web always calls POST /auth/login before GET /users (60 of 60 times)",
	}
	got := descriptions(tape.detect(t))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDetectFindsTheOrderOfCallsWithoutPauses(t *testing.T) {
	tape := newTape()
	for range 100 {
		tape.call("batch", "POST", "/begin", 200)
		tape.about(100*time.Millisecond, 0.2)
		tape.call("batch", "POST", "/commit", 200)
		tape.about(250*time.Millisecond, 0.2)
	}
	got := descriptions(tape.detect(t))
	want := []string{"batch always calls POST /begin before POST /commit (100 of 100 times)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDetectFindsPeriods(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(*tape)
		want string
	}{
		{"one call", func(t *tape) {
			for range 12 {
				t.call("reporting", "GET", "/reports", 200)
				t.about(30*time.Second, 0.03)
			}
		}, "reporting calls GET /reports every 30 s"},
		{"a burst every five minutes", func(t *tape) {
			for range 10 {
				start := t.now
				for range 3 + t.random.IntN(8) {
					t.call("sync", "PUT", "/stock", 200)
					t.about(200*time.Millisecond, 0.5)
				}
				t.rewind(start.Add(5 * time.Minute))
			}
		}, "sync calls PUT /stock every 5 min, 10 times"},
		{"spikes over other calls", func(t *tape) {
			begin := t.now
			for t.now.Before(begin.Add(2 * time.Hour)) {
				t.call("shop", "GET", "/stock", 200)
				t.poisson(4 * time.Second)
			}
			for i := range 12 {
				t.rewind(begin.Add(time.Duration(i) * 10 * time.Minute))
				for range 60 {
					t.call("shop", "GET", "/stock", 200)
					t.poisson(50 * time.Millisecond)
				}
			}
		}, "shop makes a spike of calls to GET /stock every 10 min"},
		{"with beats missed", func(t *tape) {
			for i := range 40 {
				if i%7 != 3 {
					t.call("cron", "POST", "/jobs", 200)
				}
				t.about(time.Minute, 0.02)
			}
		}, "cron calls POST /jobs every 60 s"},
		{"several calls at the same times", func(t *tape) {
			for range 30 {
				start := t.now
				t.call("dashboard", "GET", "/a", 200)
				t.poisson(20 * time.Millisecond)
				t.call("dashboard", "GET", "/b", 200)
				t.rewind(start)
				t.about(10*time.Second, 0.02)
			}
		}, "dashboard calls GET /a and GET /b every 10 s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tape := newTape()
			tt.make(tape)
			var got []string
			for _, p := range tape.detect(t) {
				if p.Type == Frequency {
					got = append(got, p.Description)
				}
			}
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDetectFindsRetries(t *testing.T) {
	fault := recording.Fault{Kind: "error", Detail: "503"}
	for _, tt := range []struct {
		name string
		make func(*tape)
		want []string
	}{
		{"that give up, between successes", func(t *tape) {
			for i := range 40 {
				t.call("retry-happy", "POST", "/payments", 201)
				t.poisson(20 * time.Second)
				t.wait(time.Second)
				if i%5 == 4 {
					for range 4 {
						t.call("retry-happy", "POST", "/payments", 503)
						t.about(300*time.Millisecond, 0.3)
					}
					t.poisson(20 * time.Second)
					t.wait(10 * time.Second)
				}
			}
			t.call("retry-happy", "POST", "/payments", 201)
		}, []string{"retry-happy fails after 3 retries of POST /payments (8 times, no failure injected)"}},
		{"that give up, and never succeed", func(t *tape) {
			for range 8 {
				for range 4 {
					t.call("retry-happy", "POST", "/payments", 503, fault)
					t.about(300*time.Millisecond, 0.3)
				}
				t.poisson(30 * time.Second)
				t.wait(5 * time.Second)
			}
			t.call("another", "GET", "/", 200)
		}, []string{"retry-happy fails after 3 retries of POST /payments (8 times, all failures injected)"}},
		{"that wait nearly as long as others take to the next order", func(t *tape) {
			for i := range 60 {
				order := fmt.Sprintf(`{"order":%d}`, i)
				for attempt := range 4 {
					t.wait(time.Duration(attempt) * 400 * time.Millisecond)
					if i%6 != 0 {
						t.post("retry-happy", "/payments", order, 201)
						break
					}
					t.post("retry-happy", "/payments", order, 502)
				}
				t.about(1500*time.Millisecond, 0.2)
			}
			t.wait(time.Minute)
			t.call("another", "GET", "/", 200)
		}, []string{"retry-happy fails after 3 retries of POST /payments (10 times, no failure injected)"}},
		{"that change the body each time", func(t *tape) {
			for i := range 60 {
				for attempt := range 4 {
					t.wait(time.Duration(attempt) * 100 * time.Millisecond)
					body := fmt.Sprintf(`{"order":%d,"sent":%d}`, i, len(t.recordings))
					if i%6 != 0 {
						t.post("retry-happy", "/payments", body, 201)
						break
					}
					t.post("retry-happy", "/payments", body, 502)
				}
				t.poisson(20 * time.Second)
				t.wait(10 * time.Second)
			}
			t.wait(time.Minute)
			t.call("another", "GET", "/", 200)
		}, []string{"retry-happy fails after 3 retries of POST /payments (10 times, no failure injected)"}},
		{"that succeed in the end", func(t *tape) {
			for i := range 60 {
				path := fmt.Sprintf("/orders/%d", i)
				if i%4 == 0 {
					t.call("patient", "GET", path, 502)
					t.about(200*time.Millisecond, 0.1)
					t.call("patient", "GET", path, 502, fault)
					t.about(400*time.Millisecond, 0.1)
				}
				t.call("patient", "GET", path, 200)
				t.poisson(2 * time.Second)
			}
		}, []string{"patient succeeds after 2 retries of GET /orders/{id} (15 times, 15 of 30 failures injected)"}},
		{"but not where a poller goes on", func(t *tape) {
			for range 300 {
				status := 200
				if t.random.Float64() < 0.3 {
					status = 500
				}
				t.call("poller", "GET", "/health", status)
				t.poisson(5 * time.Second)
			}
		}, nil},
		{"but not where a poller always fails", func(t *tape) {
			for range 300 {
				t.call("poller", "GET", "/health", 500)
				t.poisson(20 * time.Second)
			}
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tape := newTape()
			tt.make(tape)
			var got []string
			for _, p := range tape.detect(t) {
				if strings.HasPrefix(p.Metadata["kind"].(string), "retry") {
					got = append(got, p.Description)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDetectFindsBurstsOfErrors(t *testing.T) {
	fault := recording.Fault{Kind: "error", Detail: "500"}
	tape := newTape()
	for i := range 1000 {
		status, faults := 200, []recording.Fault(nil)
		switch {
		case 300 <= i && i < 340 || 600 <= i && i < 640:
			status = 503
		case 800 <= i && i < 900 && i%3 == 0:
			status, faults = 500, []recording.Fault{fault}
		case tape.random.Float64() < 0.01:
			status = 500
		}
		tape.call("c"+itoa(i%5), "GET", "/stock", status, faults...)
		tape.poisson(time.Second)
	}
	got := tape.detect(t)
	if len(got) != 2 {
		t.Fatalf("got %q, want the organic bursts and the injected one", descriptions(got))
	}
	for _, p := range got {
		if p.Metadata["kind"] != "error_burst" || p.Type != ErrorPattern {
			t.Errorf("got %+v", p)
		}
		switch p.Metadata["cause"] {
		case "organic":
			if p.OccurrenceCount != 2 || !strings.HasPrefix(p.Description, "GET /stock fails in 2 bursts: 8") || !strings.HasSuffix(p.Description, "mostly 503, by the upstream") {
				t.Errorf("got %d: %s", p.OccurrenceCount, p.Description)
			}
		case "injected":
			if p.OccurrenceCount != 1 || !strings.HasSuffix(p.Description, "mostly 500, injected") {
				t.Errorf("got %d: %s", p.OccurrenceCount, p.Description)
			}
		}
	}
}

// Clients that leave, and what a limit refuses, make no burst of the upstream's errors; a retry after one is a retry all the same.
func TestDetectTellsClientsFromTheUpstream(t *testing.T) {
	tape := newTape()
	for i := range 400 {
		tape.call("c"+itoa(i%5), "GET", "/stock", 200)
		if r := &tape.recordings[len(tape.recordings)-1]; 100 <= i && i < 140 {
			r.ResponseStatus, r.Failure, r.FailedBy = 0, "client aborted", recording.ByClient
		} else if 200 <= i && i < 240 {
			r.ResponseStatus, r.Failure, r.FailedBy = 502, "upstream's headers larger than the gateway's limit", recording.ByLimit
		} else if 300 <= i && i < 340 {
			r.ResponseStatus, r.Failure = 0, "client aborted" // of an earlier version
		}
		tape.poisson(time.Second)
	}
	if got := tape.detect(t); len(got) > 0 {
		t.Errorf("got %q", descriptions(got))
	}
	tape = newTape()
	for range 30 {
		tape.call("web", "GET", "/slow", 0)
		r := &tape.recordings[len(tape.recordings)-1]
		r.Failure, r.FailedBy = "client aborted", recording.ByClient
		tape.wait(time.Second)
		tape.call("web", "GET", "/slow", 200)
		tape.poisson(5 * time.Minute)
	}
	for _, p := range tape.detect(t) {
		if p.Metadata["cause"] != nil && (p.Metadata["cause"] != "client" || !strings.HasSuffix(p.Description, "no failure of the upstream)")) {
			t.Errorf("got %v: %s", p.Metadata["cause"], p.Description)
		}
	}
}

func TestDetectTellsWhenACallAlwaysFails(t *testing.T) {
	tape := newTape()
	for range 50 {
		tape.call("web", "GET", "/broken", 500)
		tape.poisson(10 * time.Second)
	}
	want := []string{"GET /broken fails all the time: 50 of 50 calls, mostly 500, by the upstream"}
	if diff := cmp.Diff(want, descriptions(tape.detect(t))); diff != "" {
		t.Error(diff)
	}
}

// TestDetectFindsNothingInRandomTraffic has the null models themselves, a hundred of each: at a significance of 1 %
// for each kind of pattern hardly any may have a finding.
func TestDetectFindsNothingInRandomTraffic(t *testing.T) {
	calls := []string{"/auth", "/users", "/orders", "/stock", "/reports"}
	for _, tt := range []struct {
		name string
		make func(*tape)
	}{
		{"calls in a Poisson process", func(t *tape) {
			for range 400 {
				t.call("random", "GET", calls[t.random.IntN(len(calls))], 200)
				t.poisson(5 * time.Second)
			}
		}},
		{"few calls", func(t *tape) {
			for range 12 {
				t.call("random", "GET", calls[t.random.IntN(2)], 200)
				t.poisson(20 * time.Second)
			}
		}},
		{"sessions with their calls shuffled", func(t *tape) {
			for range 50 {
				session := []string{"/auth", "/users", "/users", "/orders", "/stock"}
				t.random.Shuffle(len(session), func(i, j int) { session[i], session[j] = session[j], session[i] })
				for _, path := range session {
					t.call("random", "GET", path, 200)
					t.about(200*time.Millisecond, 0.8)
				}
				t.poisson(3 * time.Minute)
			}
		}},
		{"failures at a constant rate", func(t *tape) {
			rate := t.random.Float64() * 0.7
			for range 400 {
				status := 200
				if t.random.Float64() < rate {
					status = 503
				}
				t.call("random", "GET", calls[t.random.IntN(2)], status)
				t.poisson(5 * time.Second)
			}
		}},
		{"several consumers", func(t *tape) {
			begin := t.now
			for c := range 10 {
				t.rewind(begin)
				for range 60 {
					t.call("random"+itoa(c), "GET", calls[t.random.IntN(len(calls))], 200+300*(t.random.IntN(10)/9))
					t.poisson(time.Duration(c+1) * time.Second)
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := 0
			for seed := range uint64(100) {
				tape := newTape()
				tape.random = rand.New(rand.NewPCG(seed, 1))
				tt.make(tape)
				if patterns := tape.detect(t); len(patterns) > 0 {
					found++
					t.Logf("seed %d: %q", seed, descriptions(patterns))
				}
			}
			if found > 2 {
				t.Errorf("patterns were found in %d of 100", found)
			}
		})
	}
}

func TestDetectGivesTheSameFindingTheSameID(t *testing.T) {
	run := func(n int, begin time.Duration) []Pattern {
		tape := newTape()
		tape.wait(begin)
		for range n {
			tape.call("reporting", "GET", "/reports", 200)
			tape.about(30*time.Second, 0.02)
		}
		return tape.detect(t)
	}
	a, b := run(12, 0), run(50, time.Hour)
	if len(a) != 1 || len(b) != 1 || a[0].ID != b[0].ID || len(a[0].ID) != 32 {
		t.Errorf("got %+v and %+v", a, b)
	}
}

func TestDetectKeepsWithinItsLimits(t *testing.T) {
	tape := newTape()
	for i := range 3000 {
		tape.call("passer-by "+itoa(i), "GET", "/x", 200)
		if i%5 == 0 {
			tape.call("regular", "GET", "/reports", 200)
		}
		tape.wait(time.Second)
	}
	collected, err := collect(tape.all(), Options{MaxConsumers: 10, MaxEvents: 50})
	if err != nil {
		t.Fatal(err)
	}
	if len(collected.consumers) != 10 {
		t.Errorf("%d consumers are kept", len(collected.consumers))
	}
	i := slices.IndexFunc(collected.consumers, func(c *consumer) bool { return c.name == "regular" })
	if i < 0 || len(collected.consumers[i].events) != 50 {
		t.Error("the busiest consumer was not kept with its latest 50 events")
	} else if latest := collected.consumers[i].events[49].at; tape.now.Sub(latest) > time.Minute {
		t.Errorf("the latest event kept is of %s", latest)
	}
}

func TestDetectLeavesReplaysOut(t *testing.T) {
	tape := newTape()
	for range 20 {
		tape.call("reporting", "GET", "/reports", 200)
		tape.recordings[len(tape.recordings)-1].Headers = recording.Values{"X-Mockforge-Replay": {"1"}}
		tape.wait(30 * time.Second)
	}
	if got := tape.detect(t); len(got) != 0 {
		t.Errorf("got %q", descriptions(got))
	}
}

func TestDetectReturnsErrors(t *testing.T) {
	broken := errors.New("connection lost")
	if _, err := Detect(t.Context(), func(yield func(recording.Recording, error) bool) { yield(recording.Recording{}, broken) }, Options{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	for field, options := range map[string]Options{
		"min_confidence":  {MinConfidence: 1.5},
		"min_occurrences": {MinOccurrences: 1},
		"session_gap":     {SessionGap: -1},
		"significance":    {Significance: 2},
		"max_events":      {MaxEvents: 5},
	} {
		_, err := Detect(t.Context(), newTape().all(), options)
		if all := validation.All(err); len(all) != 1 || all[0].Field != field {
			t.Errorf("got %v, want an error about %s", err, field)
		}
	}
}

// A client that has left while recordings were read has nothing analysed.
func TestDetectEndsWithItsContext(t *testing.T) {
	tape := newTape()
	for range 20 {
		tape.call("web", "GET", "/a", 200)
		tape.call("web", "GET", "/b", 200)
		tape.wait(time.Minute)
	}
	ctx, cancel := context.WithCancel(t.Context())
	found, err := Detect(ctx, func(yield func(recording.Recording, error) bool) {
		for r, err := range tape.all() {
			if !yield(r, err) {
				return
			}
		}
		cancel()
	}, Options{})
	if !errors.Is(err, context.Canceled) || found != nil {
		t.Errorf("%v, %v", descriptions(found), err)
	}
	all, err := collect(tape.all(), Options{MaxConsumers: 100, MaxEvents: 5000, SessionGap: time.Second, MinOccurrences: 3})
	if err != nil {
		t.Fatal(err)
	}
	for name, find := range map[string]func(context.Context) []Pattern{"sequences": all.sequences, "frequencies": all.frequencies, "retries": all.retries, "bursts": all.bursts} {
		if got := find(ctx); len(got) != 0 {
			t.Errorf("%s: %v", name, descriptions(got))
		}
	}
}

func TestSpellWritesDurationsForPeople(t *testing.T) {
	for d, want := range map[time.Duration]string{
		15 * time.Millisecond: "15 ms", 250 * time.Millisecond: "0.25 s", 1500 * time.Millisecond: "1.5 s", 30 * time.Second: "30 s",
		5 * time.Minute: "5 min", 150 * time.Second: "2.5 min", 2 * time.Hour: "2 h", 72 * time.Hour: "3 days", 0: "0.01 ms",
	} {
		if got := spell(d); got != want {
			t.Errorf("spell(%s) = %q, want %q", d, got, want)
		}
	}
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("abcabcabcabcabcabcabcabc"))
	f.Add([]byte{0, 255, 0, 255, 1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		tape := newTape()
		for _, b := range data {
			faults := []recording.Fault(nil)
			if b&64 != 0 {
				faults = []recording.Fault{{Kind: "error"}}
			}
			tape.call("c"+itoa(int(b&1)), "GET", "/"+itoa(int(b>>1&3)), 200+300*int(b>>3&1), faults...)
			tape.wait(time.Duration(int(b>>4)-2) * time.Second) // at times back in time
		}
		patterns, err := Detect(t.Context(), func(yield func(recording.Recording, error) bool) {
			for _, r := range tape.recordings {
				if !yield(r, nil) {
					return
				}
			}
		}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range patterns {
			if p.OccurrenceCount < 1 || p.Confidence < 0 || p.Confidence > 1 || p.LastSeen.Before(p.FirstSeen) || len(p.RelatedRequests) == 0 {
				t.Fatalf("nonsense: %+v", p)
			}
			if _, err := json.Marshal(p); err != nil {
				t.Fatal(err)
			}
		}
	})
}
