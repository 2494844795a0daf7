package apitest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ReplayStore is a store by which recordings are sent again, for those who ask and for collectors.
type ReplayStore interface {
	RecordingStore
	api.Replays
	api.ReplayJobs
	api.ReplayServer
	api.Registry
}

// replayCase is a case with a store, and with the same as each collector has it.
type replayCase struct {
	name string
	run  func(t *testing.T, store ReplayStore, another func(t *testing.T) ReplayStore)
}

// TestReplays holds a store to the comments of api.Replays. newStore returns an empty store, and what gives the same as another
// process has it, or once more where there can be one process alone; it is called once per subtest.
func TestReplays(t *testing.T, newStore func(t *testing.T) (store ReplayStore, another func(t *testing.T) ReplayStore)) {
	t.Helper()
	for _, test := range []replayCase{
		{"a replay is sent by a collector and compared", sentAndCompared},
		{"what cannot be replayed is refused before anything is sent", refusedBeforeSending},
		{"a replay ends with its request", endsWithItsRequest},
		{"many collectors send each replay once", manySendOnce},
		{"a failure of the collector tells no secrets", failureTellsNoSecrets},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, another := newStore(t)
			test.run(t, store, another)
		})
	}
}

// serveReplays has a collector serve replays of two gateways; stop ends it.
func serveReplays(t *testing.T, store ReplayStore, name string, run replay.RunOne) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- store.ServeReplays(ctx, name, []string{"shop", "blog"}, run) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ServeReplays: %v", err)
		}
	})
}

func sentAndCompared(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	sent := make(chan *http.Request, 10)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent <- r
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		fmt.Fprint(w, "{\"id\":2,\"price\":\"3\",\"note\":\"a\\u0000b\"}")
	}))
	defer upstream.Close()
	replayer, err := replay.New(replay.TargetsFunc(func(_ context.Context, gateway, _ string) (replay.Target, error) {
		if gateway != "shop" {
			return replay.Target{}, validation.Errorf("gateway", "is not configured")
		}
		return replay.Target{BaseURL: upstream.URL}, nil
	}), replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer serveReplays(t, another(t), "collector", replayer.Run)()

	recorded := ToReplay(t, store, nil)
	got, err := store.Replay(t.Context(), recorded.ID, replay.Request{
		HeaderOverrides: map[string]string{"Authorization": "Bearer hunter2"}, IgnoreFields: []string{"$.id"},
	}, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if got.Recorded.Status != 201 || got.Replayed.Status != 200 || string(got.Replayed.Body.Content) != "{\"id\":2,\"price\":\"3\",\"note\":\"a\\u0000b\"}" {
		t.Errorf("the answer is %+v", got)
	}
	if diff := cmp.Diff(&replay.StatusChange{Before: 201, After: 200}, got.Diff.Status); diff != "" {
		t.Error(diff)
	}
	kinds := map[string]replay.Kind{}
	for _, c := range got.Diff.Body.Changes {
		kinds[c.Path] = c.Kind
	}
	if diff := cmp.Diff(map[string]replay.Kind{"$.price": replay.Type, "$.note": replay.Added}, kinds); diff != "" {
		t.Error(diff)
	}
	select {
	case r := <-sent:
		if r.Header.Get(replay.Header) != recorded.ID.String() || r.Header.Get("Authorization") != "Bearer hunter2" || r.URL.Path != "/orders" {
			t.Errorf("sent %s %v", r.URL, r.Header)
		}
	default:
		t.Fatal("nothing was sent")
	}
	if len(sent) > 0 {
		t.Error("it was sent more than once")
	}
	other := ToReplay(t, store, func(r *recording.Recording) { r.Gateway = "blog" })
	if _, err := store.Replay(t.Context(), other.ID, replay.Request{}, "ada"); len(validation.All(err)) != 1 || validation.All(err)[0].Field != "gateway" {
		t.Errorf("what the collector says of its configuration is lost: %v", err)
	}
}

func refusedBeforeSending(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	defer serveReplays(t, another(t), "collector", func(context.Context, recording.Recording, replay.Request) (replay.Comparison, error) {
		t.Error("something was sent")
		return replay.Comparison{}, nil
	})()
	for name, test := range map[string]struct {
		change  func(*recording.Recording)
		request replay.Request
		field   string
	}{
		"cut call":   {change: func(r *recording.Recording) { r.Protocol = recording.GRPC }, field: "messages"},
		"cut body":   {change: func(r *recording.Recording) { r.Body.Truncated = true }, field: "body"},
		"own header": {request: replay.Request{HeaderOverrides: map[string]string{"Host": "elsewhere"}}, field: `header_overrides["Host"]`},
		"bad field":  {request: replay.Request{IgnoreFields: []string{"$.a", "["}}, field: "ignore_fields[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ToReplay(t, store, test.change)
			_, err := store.Replay(t.Context(), r.ID, test.request, "ada")
			if all := validation.All(err); len(all) != 1 || all[0].Field != test.field {
				t.Errorf("%v, want an error of %s", err, test.field)
			}
		})
	}
	if _, err := store.Replay(t.Context(), uuid.New(), replay.Request{}, "ada"); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("not found: %v", err)
	}
}

func endsWithItsRequest(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	r := ToReplay(t, store, nil)
	ctx, cancel := context.WithCancel(t.Context())
	stop := serveReplays(t, another(t), "collector", func(ctx context.Context, _ recording.Recording, _ replay.Request) (replay.Comparison, error) {
		cancel() // the user leaves
		<-ctx.Done()
		return replay.Comparison{}, ctx.Err()
	})
	if _, err := store.Replay(ctx, r.ID, replay.Request{}, "ada"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	stop() // the collector does not wait for its upstream
}

func manySendOnce(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	var sent sync.Map
	var twice, total atomic.Int32
	for i := range 3 {
		defer serveReplays(t, another(t), fmt.Sprintf("collector-%d", i), func(_ context.Context, r recording.Recording, _ replay.Request) (replay.Comparison, error) {
			total.Add(1)
			if _, before := sent.LoadOrStore(r.ID, true); before {
				twice.Add(1)
			}
			return replay.Comparison{Replayed: replay.Result{RecordingID: r.ID}}, nil
		})()
	}
	var group sync.WaitGroup
	for range 12 {
		r := ToReplay(t, store, nil)
		group.Go(func() {
			got, err := store.Replay(t.Context(), r.ID, replay.Request{}, "ada")
			if err != nil || got.Replayed.RecordingID != r.ID {
				t.Errorf("%+v, %v", got.Replayed, err)
			}
		})
	}
	group.Wait()
	if total.Load() != 12 || twice.Load() != 0 {
		t.Errorf("%d sent, %d of them again", total.Load(), twice.Load())
	}
}

func failureTellsNoSecrets(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	defer serveReplays(t, another(t), "collector", func(context.Context, recording.Recording, replay.Request) (replay.Comparison, error) {
		return replay.Comparison{}, errors.New("https://u:hunter2@upstream is broken")
	})()
	_, err := store.Replay(t.Context(), ToReplay(t, store, nil).ID, replay.Request{}, "ada")
	if !errors.Is(err, api.ErrReplayFailed) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
