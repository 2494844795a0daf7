package mockforgereceiver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an extension with recordings, the host of the receiver, and the pipeline behind it.
type world struct {
	component.StartFunc
	component.ShutdownFunc
	recorder *recorder.Recorder

	mu sync.Mutex
	// answers are what the pipeline says to each try in turn; the last one stays. Without any it takes all.
	answers []func(plog.Logs) error
	tries   int
	paths   []string
	counts  map[string]int
	status  []componentstatus.Status
}

func (w *world) Tap(o recorder.TapOptions) (*recorder.Tap, error) { return w.recorder.Tap(o) }

func (w *world) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.NewID(componentType): w, component.MustNewIDWithName("mockforge", "other"): nothing{}}
}

// nothing is a component without recordings.
type nothing struct {
	component.StartFunc
	component.ShutdownFunc
}

func (w *world) Report(e *componentstatus.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status = append(w.status, e.Status())
}

func (w *world) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

// ConsumeLogs changes what it gets, as pipelines may, also where it refuses it.
func (w *world) ConsumeLogs(ctx context.Context, logs plog.Logs) error {
	w.mu.Lock()
	w.tries++
	var answer func(plog.Logs) error
	if len(w.answers) > 0 {
		if answer = w.answers[0]; len(w.answers) > 1 {
			w.answers = w.answers[1:]
		}
	}
	w.mu.Unlock()
	if answer != nil {
		if err := answer(logs); err != nil {
			logs.ResourceLogs().RemoveIf(func(plog.ResourceLogs) bool { return true })
			return err
		}
	}
	w.take(logs)
	return ctx.Err()
}

func (w *world) take(logs plog.Logs) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, resource := range logs.ResourceLogs().All() {
		for _, record := range resource.ScopeLogs().At(0).LogRecords().All() {
			path, _ := record.Attributes().Get("url.path")
			w.paths = append(w.paths, path.Str())
		}
	}
}

func (w *world) add(key string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[key] += n
}

func (w *world) TapOpened(string)                {}
func (w *world) TapDelivered(_ string, n int)    { w.add("delivered", n) }
func (w *world) TapLost(_, reason string, n int) { w.add(reason, n) }
func (w *world) Recorded(int)                    {}
func (w *world) Dropped(string, int)             {}
func (w *world) SampledOut()                     {}
func (w *world) Spooled(int)                     {}
func (w *world) Flushed(time.Duration)           {}
func (w *world) Redact(*recording.Recording)     {}
func (w *world) record(paths ...string) {
	for _, path := range paths {
		w.recorder.Record(exchange(func(r *recording.Recording) { r.Path = path }))
	}
}

func newWorld() *world {
	w := &world{counts: map[string]int{}}
	w.recorder = recorder.New(recorder.Options{Redactor: w, Metrics: w, Logger: slog.New(slog.DiscardHandler), BufferSize: 1000, Taps: w})
	w.recorder.Start()
	return w
}

func newTestReceiver(t *testing.T, w *world, change func(*Config)) component.Component {
	t.Helper()
	c := createDefaultConfig().(*Config)
	c.RetryOnFailure.RandomizationFactor = 0
	if change != nil {
		change(c)
	}
	set := receivertest.NewNopSettings(componentType)
	r, err := NewFactory().CreateLogs(t.Context(), set, c, w)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func temporarily(plog.Logs) error { return errors.New("not now") }

func forGood(plog.Logs) error { return consumererror.NewPermanent(errors.New("never")) }

func taken(plog.Logs) error { return nil }

func hanging(ctx context.Context) func(plog.Logs) error {
	return func(plog.Logs) error { <-ctx.Done(); return ctx.Err() }
}

func TestWhatPipelinesRefuseIsTriedAgainOrCounted(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers func(*world) []func(plog.Logs) error
		change  func(*Config)
		// paths are what the pipeline has in the end, of /a, /b, /c.
		paths  []string
		counts map[string]int
		tries  int
		status []componentstatus.Status
	}{
		{
			name: "it takes all", answers: func(*world) []func(plog.Logs) error { return nil },
			paths: []string{"/a", "/b", "/c"}, counts: map[string]int{"delivered": 3}, tries: 1,
		},
		{
			name: "it refuses twice", answers: func(*world) []func(plog.Logs) error { return []func(plog.Logs) error{temporarily, temporarily, taken} },
			paths: []string{"/a", "/b", "/c"}, counts: map[string]int{"delivered": 3}, tries: 3,
			status: []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK},
		},
		{
			name: "it refuses for good", answers: func(*world) []func(plog.Logs) error { return []func(plog.Logs) error{forGood} },
			counts: map[string]int{"refused": 3}, tries: 1, status: []componentstatus.Status{componentstatus.StatusRecoverableError},
		},
		{
			name: "it refuses longer than is tried", answers: func(*world) []func(plog.Logs) error { return []func(plog.Logs) error{temporarily} },
			change: func(c *Config) {
				c.RetryOnFailure.MaxElapsedTime, c.RetryOnFailure.MaxInterval = 3*time.Second, time.Second
			},
			counts: map[string]int{"retries_exhausted": 3}, tries: 4, status: []componentstatus.Status{componentstatus.StatusRecoverableError},
		},
		{
			name: "it refuses, and nothing is tried again", answers: func(*world) []func(plog.Logs) error { return []func(plog.Logs) error{temporarily} },
			change: func(c *Config) { c.RetryOnFailure.Enabled = false },
			counts: map[string]int{"retries_exhausted": 3}, tries: 1, status: []componentstatus.Status{componentstatus.StatusRecoverableError},
		},
		{
			name: "it takes a part, and the rest later",
			answers: func(w *world) []func(plog.Logs) error {
				return []func(plog.Logs) error{but(w, "/b"), taken}
			},
			paths: []string{"/a", "/c", "/b"}, counts: map[string]int{"delivered": 3}, tries: 2,
			status: []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK},
		},
		{
			name: "it takes a part, and the rest never",
			answers: func(w *world) []func(plog.Logs) error {
				return []func(plog.Logs) error{but(w, "/b"), temporarily, forGood}
			},
			paths: []string{"/a", "/c"}, counts: map[string]int{"delivered": 2, "refused": 1}, tries: 3,
			status: []componentstatus.Status{componentstatus.StatusRecoverableError},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.answers = test.answers(w)
				r := newTestReceiver(t, w, test.change)
				if err := r.Start(t.Context(), w); err != nil {
					t.Fatal(err)
				}
				w.record("/a", "/b", "/c")
				time.Sleep(time.Minute)
				if err := r.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				w.recorder.Shutdown(t.Context())
				if diff := cmp.Diff(test.paths, w.paths); diff != "" {
					t.Errorf("the pipeline has (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.counts, w.counts); diff != "" {
					t.Errorf("counted (-want +got):\n%s", diff)
				}
				if w.tries != test.tries {
					t.Errorf("%d tries, want %d", w.tries, test.tries)
				}
				if diff := cmp.Diff(test.status, w.status); diff != "" {
					t.Errorf("status (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// but takes all but a path, and says so.
func but(w *world, path string) func(plog.Logs) error {
	return func(logs plog.Logs) error {
		rest := copied(logs)
		is := func(r plog.LogRecord) bool { got, _ := r.Attributes().Get("url.path"); return got.Str() == path }
		logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().RemoveIf(is)
		rest.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().RemoveIf(func(r plog.LogRecord) bool { return !is(r) })
		w.take(logs)
		return consumererror.NewLogs(errors.New("not all"), rest)
	}
}

// However the pipeline is when the receiver stops, it stops, and each recording is taken or counted.
func TestShutdownGivesThePipelineWhatWaits(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer func(ctx context.Context) func(plog.Logs) error
		counts map[string]int
		limit  time.Duration
	}{
		{"it takes all", func(context.Context) func(plog.Logs) error { return taken }, map[string]int{"delivered": 5, "stopped": 1}, 2 * time.Second},
		{"it refuses", func(context.Context) func(plog.Logs) error { return temporarily }, map[string]int{"shutdown": 5, "stopped": 1}, 2 * time.Second},
		{"it hangs", hanging, map[string]int{"shutdown": 5, "stopped": 1}, flushLimit + time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				r := newTestReceiver(t, w, nil)
				w.answers = []func(plog.Logs) error{test.answer(r.(*recordings).flushing)}
				if err := r.Start(t.Context(), w); err != nil {
					t.Fatal(err)
				}
				w.record("/a", "/b")
				time.Sleep(400 * time.Millisecond)
				w.record("/c", "/d", "/e")
				start := time.Now()
				for range 2 {
					if err := r.Shutdown(t.Context()); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(start); took > test.limit {
					t.Errorf("it took %v to stop", took)
				}
				w.record("/late")
				w.recorder.Shutdown(t.Context())
				if diff := cmp.Diff(test.counts, w.counts); diff != "" {
					t.Errorf("counted (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestReceiversNeedAnExtensionWithRecordings(t *testing.T) {
	w := newWorld()
	defer w.recorder.Shutdown(t.Context())
	for name, problem := range map[string]string{
		"mockforge/absent": "extension: there is no extension mockforge/absent", "mockforge/other": "extension: mockforge/other has no recordings",
	} {
		r := newTestReceiver(t, w, func(c *Config) {
			if err := c.Extension.UnmarshalText([]byte(name)); err != nil {
				t.Fatal(err)
			}
		})
		if err := r.Start(t.Context(), w); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: got %v, want %s", name, err, problem)
		}
		if err := r.Shutdown(t.Context()); err != nil {
			t.Errorf("%s: shutdown: %v", name, err)
		}
	}
}

// What the Collector's own telemetry counts as accepted and refused is what was taken and what was not.
func TestTheCollectorsOwnTelemetryCountsRecords(t *testing.T) {
	tel := componenttest.NewTelemetry()
	defer func() {
		if err := tel.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	w := newWorld()
	w.answers = []func(plog.Logs) error{but(w, "/b"), forGood, taken}
	set := receivertest.NewNopSettings(componentType)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	c := createDefaultConfig().(*Config)
	c.RetryOnFailure.InitialInterval = time.Millisecond
	r, err := NewFactory().CreateLogs(t.Context(), set, c, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	w.record("/a", "/b", "/c")
	if err := r.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.recorder.Shutdown(t.Context())
	for name, want := range map[string]int64{"otelcol_receiver_accepted_log_records": 2, "otelcol_receiver_refused_log_records": 1} {
		if got, err := tel.GetMetric(name); err != nil || sum(t, got) != want {
			t.Errorf("%s: want %d (%v)", name, want, err)
		}
	}
	if got := fmt.Sprint(w.paths); got != "[/a /c]" {
		t.Errorf("the pipeline has %s", got)
	}
}

func sum(t *testing.T, m metricdata.Metrics) (total int64) {
	t.Helper()
	counted, ok := m.Data.(metricdata.Sum[int64])
	if !ok {
		t.Fatalf("%s is a %T", m.Name, m.Data)
	}
	for _, point := range counted.DataPoints {
		total += point.Value
	}
	return total
}
