package replay

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// book is a ledger in memory.
type book struct {
	mu      sync.Mutex
	status  JobStatus
	failing error
	over    bool // taken over
	results []ItemResult
	granted map[int]int
	// unheard is how many answers get lost after their step took effect.
	unheard int
}

func newBook() *book { return &book{status: JobRunning, granted: map[int]int{}} }

func (b *book) set(change func(*book)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

func (b *book) Advance(_ context.Context, step Step) (Standing, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return Standing{}, ErrTakenOver
	}
	if b.failing != nil {
		return Standing{}, b.failing
	}
	for _, r := range step.Results {
		if !slices.ContainsFunc(b.results, func(known ItemResult) bool { return known.Sequence == r.Sequence }) {
			b.results = append(b.results, r)
		}
	}
	standing := Standing{Status: b.status}
	if b.status == JobRunning {
		standing.Granted = step.Claim
		for _, sequence := range step.Claim {
			b.granted[sequence]++
		}
	}
	if b.unheard > 0 {
		b.unheard--
		return Standing{}, errors.New("the connection broke")
	}
	return standing, nil
}

func (b *book) Recording(_ context.Context, id uuid.UUID) (recording.Recording, bool, error) {
	return recording.Recording{ID: id, Protocol: recording.HTTP, Method: "GET", Path: "/"}, true, nil
}

// recordedAt is when the first item of a share was recorded.
var recordedAt = time.Date(2026, 3, 14, 15, 0, 0, 0, time.UTC)

// share has items that were recorded at these seconds.
func share(request JobRequest, at ...float64) Share {
	s := Share{Gateway: "shop", Request: request, Total: len(at), JobTotal: len(at), Origin: recordedAt}
	for i, offset := range at {
		s.Items = append(s.Items, Item{Sequence: i + 1, Recording: uuid.New(), RecordedAt: recordedAt.Add(time.Duration(offset * float64(time.Second)))})
	}
	return s
}

// log notes when each recording was sent, in seconds from the start, and takes its time for it.
type log struct {
	mu           sync.Mutex
	start        time.Time
	at           []float64
	flying, most int
	takes        time.Duration
}

func newLog(takes time.Duration) *log { return &log{start: time.Now(), takes: takes} }

func (l *log) send(ctx context.Context, _ recording.Recording) (Comparison, error) {
	l.mu.Lock()
	l.at = append(l.at, time.Since(l.start).Seconds())
	l.flying++
	l.most = max(l.most, l.flying)
	l.mu.Unlock()
	timer := time.NewTimer(l.takes)
	defer timer.Stop()
	defer func() { l.mu.Lock(); l.flying--; l.mu.Unlock() }()
	select {
	case <-timer.C:
		return Comparison{Diff: Diff{Equal: true}}, nil
	case <-ctx.Done():
		return Comparison{}, ctx.Err()
	}
}

func TestWorkKeepsThePace(t *testing.T) {
	for name, test := range map[string]struct {
		request  JobRequest
		takes    time.Duration
		recorded []float64
		want     []float64
	}{
		"recorded":                {JobRequest{Pace: Pace{Mode: PaceRecorded}}, 10 * time.Second, []float64{0, 0.5, 3, 3, 60}, []float64{0, 0.5, 3, 3, 60}},
		"twice as fast":           {JobRequest{Pace: Pace{Mode: PaceMultiple, Multiple: 2}}, time.Second, []float64{0, 0.5, 3, 60}, []float64{0, 0.25, 1.5, 30}},
		"at a tenth":              {JobRequest{Pace: Pace{Mode: PaceMultiple, Multiple: 0.1}}, time.Second, []float64{0, 1, 2}, []float64{0, 10, 20}},
		"rate":                    {JobRequest{Pace: Pace{Mode: PaceRate, Rate: 4}}, time.Second, []float64{0, 90, 90, 200, 300}, []float64{0, 0.25, 0.5, 0.75, 1}},
		"one by one":              {JobRequest{Pace: Pace{Mode: PaceSequential}}, 2 * time.Second, []float64{0, 0, 0, 0}, []float64{0, 2, 4, 6}},
		"sequential by default":   {JobRequest{}, 2 * time.Second, []float64{0, 0}, []float64{0, 2}},
		"two at once":             {JobRequest{Pace: Pace{Mode: PaceRecorded}, Concurrency: 2}, 2 * time.Second, []float64{0, 0, 0, 0, 0}, []float64{0, 0, 2, 2, 4}},
		"late, and not in a gush": {JobRequest{Pace: Pace{Mode: PaceRate, Rate: 10}, Concurrency: 1}, time.Second, []float64{0, 0, 0}, []float64{0, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, l := newBook(), newLog(test.takes)
				if err := Work(t.Context(), share(test.request, test.recorded...), b, l.send, nil); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, l.at); diff != "" {
					t.Errorf("sent at, in seconds (-want +got):\n%s", diff)
				}
				if len(b.results) != len(test.want) {
					t.Errorf("%d results", len(b.results))
				}
			})
		})
	}
}

func TestWorkSharesRateAndConcurrencyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := share(JobRequest{Pace: Pace{Mode: PaceRate, Rate: 40}, Concurrency: 8}, make([]float64, 10)...)
		s.JobTotal = 40 // a quarter is this gateway's
		b, l := newBook(), newLog(time.Minute)
		if err := Work(t.Context(), s, b, l.send, nil); err != nil {
			t.Fatal(err)
		}
		if l.at[1] != 0.1 || l.most != 2 {
			t.Errorf("the second was sent after %v s, %d at once; want 0.1 s, 2", l.at[1], l.most)
		}
	})
}

func TestWorkIsPausedAndStoppedWhileItWaitsForItsPace(t *testing.T) {
	for _, notified := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			b, l := newBook(), newLog(time.Millisecond)
			nudged := make(chan struct{}, 1)
			ended := make(chan error, 1)
			go func() {
				ended <- Work(t.Context(), share(JobRequest{Pace: Pace{Mode: PaceRecorded}}, 0, 3600, 7200), b, l.send, nudged)
			}()
			time.Sleep(10*time.Minute + 300*time.Millisecond)
			b.set(func(b *book) { b.status = JobPaused })
			began := time.Now()
			if notified {
				nudged <- struct{}{}
			}
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			if notified && took != 0 || took > time.Second || len(l.at) != 1 || len(b.results) != 1 {
				t.Errorf("notified %v: took %s, %d sent, %d results", notified, took, len(l.at), len(b.results))
			}
		})
	}
}

func TestWorkEndsWithItsContextAndSaysWhatBecameOfWhatWasUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b, l := newBook(), newLog(time.Hour)
		ended := make(chan error, 1)
		go func() {
			ended <- Work(ctx, share(JobRequest{Pace: Pace{Mode: PaceRecorded}, Concurrency: 2}, 0, 0, 0), b, l.send, nil)
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if len(b.results) != 2 || b.results[0].Outcome != Failed || b.results[0].Problem != NotSentAgain {
			t.Errorf("%+v", b.results)
		}
	})
}

func TestWorkSendsNothingWhileItsLedgerIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := newBook(), newLog(time.Millisecond)
		ended := make(chan error, 1)
		go func() {
			ended <- Work(t.Context(), share(JobRequest{Pace: Pace{Mode: PaceRecorded}}, 0, 10, 20, 30), b, l.send, nil)
		}()
		time.Sleep(5 * time.Second)
		b.set(func(b *book) { b.failing = errors.New("connection refused") })
		time.Sleep(time.Minute)
		if len(l.at) != 1 {
			t.Errorf("%d were sent without it being written down", len(l.at))
		}
		b.set(func(b *book) { b.failing = nil })
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		// What was due meanwhile does not come in a gush: the gaps stay.
		if len(l.at) != 4 || l.at[2]-l.at[1] != 10 || l.at[3]-l.at[2] != 10 {
			t.Errorf("sent at %v", l.at)
		}
	})
}

func TestWorkSendsOnceWhereTheLedgersAnswerIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := newBook(), newLog(time.Millisecond)
		b.unheard = 3
		if err := Work(t.Context(), share(JobRequest{Pace: Pace{Mode: PaceRecorded}}, 0, 0, 0, 1), b, l.send, nil); err != nil {
			t.Fatal(err)
		}
		if len(l.at) != 4 || len(b.results) != 4 {
			t.Errorf("%d sent, %d results", len(l.at), len(b.results))
		}
	})
}

func TestWorkEndsWhereItIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l := newBook(), newLog(time.Hour)
		ended := make(chan error, 1)
		go func() {
			ended <- Work(t.Context(), share(JobRequest{Pace: Pace{Mode: PaceRecorded}}, 0, 3600), b, l.send, nil)
		}()
		time.Sleep(time.Minute)
		b.set(func(b *book) { b.over = true })
		if err := <-ended; !errors.Is(err, ErrTakenOver) || len(l.at) != 1 {
			t.Errorf("%v, %d sent", err, len(l.at))
		}
	})
}

func TestResultsOfJobsAreSmall(t *testing.T) {
	before, after := "", ""
	for i := range 100 {
		before += string(rune('a'+i%26)) + "\n"
		after += string(rune('b'+i%20)) + "!\n"
	}
	long := make([]byte, 10_000)
	for i := range long {
		long[i] = 'x'
	}
	c := Comparison{Replayed: Result{Status: 200}, Diff: Compare(
		recording.Recording{ResponseStatus: 201, ResponseHeaders: recording.Values{"X-A": {string(long)}}, ResponseBody: body(before)},
		Result{Status: 200, Headers: recording.Values{"X-A": {"y"}}, Body: body(after)}, CompareOptions{})}
	r := ResultOf(c)
	if len(r.Differences) != maxDifferences || !r.More || r.Outcome != Different {
		t.Errorf("%d differences, more %v, %s", len(r.Differences), r.More, r.Outcome)
	}
	for _, d := range r.Differences {
		if len(d.Before)+len(d.After) > 2*maxDifferenceBytes+20 {
			t.Errorf("%s %s has %d bytes", d.Part, d.Path, len(d.Before)+len(d.After))
		}
	}
	if r.Differences[0].Part != "status" || r.Differences[1].Part != "header" || r.Differences[2].Part != "body" {
		t.Errorf("%+v", r.Differences[:3])
	}
}
