package postgres_test

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
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// serveReplays returns a collector that serves replays of a gateway; stop ends it.
func serveReplays(t *testing.T, dsn, name string, run replay.RunOne) (stop func()) {
	t.Helper()
	store := open(t, dsn, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- store.ServeReplays(ctx, name, []string{"shop", "blog"}, run) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ServeReplays: %v", err)
		}
		_ = store.Close()
	})
}

// toReplay returns a recording that the store has, and that can be sent again.
func toReplay(t *testing.T, store *postgres.Store, change func(*recording.Recording)) recording.Recording {
	t.Helper()
	r := recording.Recording{
		ID: uuid.Must(uuid.NewV7()), Timestamp: time.Now().UTC().Truncate(time.Microsecond), Protocol: recording.HTTP, Gateway: "shop", Instance: "one",
		Method: "POST", Path: "/orders", Headers: recording.Values{"Content-Type": {"application/json"}, "Authorization": {recording.Mask}},
		Body: recording.Body{Content: []byte(`{"item":7}`), Size: 10}, ResponseStatus: 201,
		ResponseHeaders: recording.Values{"Content-Type": {"application/json"}}, ResponseBody: recording.Body{Content: []byte(`{"id":1,"price":3}`), Size: 18},
		ResponseTimeMS: 5, ScenarioMode: "healthy",
	}
	if change != nil {
		change(&r)
	}
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReplayIsSentByACollectorAndCompared(t *testing.T) {
	store, dsn := migrated(t, nil)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer store.Close()
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
	defer serveReplays(t, dsn, "collector", replayer.Run)()

	recorded := toReplay(t, store, nil)
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
	if rows := count(t, dsn, "replay_jobs"); rows != 0 {
		t.Errorf("%d jobs are left", rows)
	}

	other := toReplay(t, store, func(r *recording.Recording) { r.Gateway = "blog" })
	if _, err := store.Replay(t.Context(), other.ID, replay.Request{}, "ada"); len(validation.All(err)) != 1 || validation.All(err)[0].Field != "gateway" {
		t.Errorf("what the collector says of its configuration is lost: %v", err)
	}
}

func TestWhatCannotBeReplayedIsRefusedBeforeAnythingIsSent(t *testing.T) {
	store, dsn := migrated(t, nil)
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
			r := toReplay(t, store, test.change)
			_, err := store.Replay(t.Context(), r.ID, test.request, "ada")
			if all := validation.All(err); len(all) != 1 || all[0].Field != test.field {
				t.Errorf("%v, want an error of %s", err, test.field)
			}
		})
	}
	if _, err := store.Replay(t.Context(), uuid.New(), replay.Request{}, "ada"); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("not found: %v", err)
	}
	if rows := count(t, dsn, "replay_jobs"); rows != 0 {
		t.Errorf("%d jobs were made", rows)
	}
}

func TestAReplayThatNoCollectorTakesIsWithdrawn(t *testing.T) {
	store, dsn := migrated(t, nil)
	store.SetReplayWaits(20*time.Millisecond, time.Minute)
	r := toReplay(t, store, func(r *recording.Recording) { r.Gateway = "elsewhere" })
	defer serveReplays(t, dsn, "collector", func(context.Context, recording.Recording, replay.Request) (replay.Comparison, error) {
		t.Error("a gateway that is not the collector's was served")
		return replay.Comparison{}, nil
	})()
	if _, err := store.Replay(t.Context(), r.ID, replay.Request{}, "ada"); !errors.Is(err, api.ErrReplayNotTaken) {
		t.Errorf("%v", err)
	}
	if rows := count(t, dsn, "replay_jobs"); rows != 0 {
		t.Errorf("%d jobs are left, and might be sent later", rows)
	}
}

func TestAReplayEndsWithItsRequest(t *testing.T) {
	store, dsn := migrated(t, nil)
	r := toReplay(t, store, nil)
	ctx, cancel := context.WithCancel(t.Context())
	stop := serveReplays(t, dsn, "collector", func(ctx context.Context, _ recording.Recording, _ replay.Request) (replay.Comparison, error) {
		cancel() // the user leaves
		<-ctx.Done()
		return replay.Comparison{}, ctx.Err()
	})
	if _, err := store.Replay(ctx, r.ID, replay.Request{}, "ada"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	stop() // the collector does not wait for its upstream
}

func TestManyCollectorsSendEachReplayOnce(t *testing.T) {
	store, dsn := migrated(t, nil)
	var sent sync.Map
	var twice, total atomic.Int32
	for i := range 3 {
		defer serveReplays(t, dsn, fmt.Sprintf("collector-%d", i), func(_ context.Context, r recording.Recording, _ replay.Request) (replay.Comparison, error) {
			total.Add(1)
			if _, before := sent.LoadOrStore(r.ID, true); before {
				twice.Add(1)
			}
			return replay.Comparison{Replayed: replay.Result{RecordingID: r.ID}}, nil
		})()
	}
	var group sync.WaitGroup
	for range 12 {
		r := toReplay(t, store, nil)
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

func TestAReplayWhoseCollectorDiedFailsAndIsNotSentAgain(t *testing.T) {
	store, dsn := migrated(t, nil)
	r := toReplay(t, store, nil)
	failed := make(chan error, 1)
	go func() {
		_, err := store.Replay(t.Context(), r.ID, replay.Request{}, "ada")
		failed <- err
	}()
	// A collector takes it, and is gone.
	for count(t, dsn, "replay_jobs WHERE status = 'running'") == 0 {
		execute(t, dsn, "UPDATE replay_jobs SET status = 'running', request = NULL, taken_by = 'dead', lease_until = now() - interval '1 second'")
	}
	defer serveReplays(t, dsn, "alive", func(context.Context, recording.Recording, replay.Request) (replay.Comparison, error) {
		t.Error("it was sent again")
		return replay.Comparison{}, nil
	})()
	if err := <-failed; !errors.Is(err, api.ErrReplayFailed) {
		t.Errorf("%v", err)
	}
}

func TestAFailureOfTheCollectorTellsNoSecrets(t *testing.T) {
	store, dsn := migrated(t, nil)
	defer serveReplays(t, dsn, "collector", func(context.Context, recording.Recording, replay.Request) (replay.Comparison, error) {
		return replay.Comparison{}, errors.New("https://u:hunter2@upstream is broken")
	})()
	_, err := store.Replay(t.Context(), toReplay(t, store, nil).ID, replay.Request{}, "ada")
	if !errors.Is(err, api.ErrReplayFailed) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func TestReplaysGoOnAfterACrashOfTheServer(t *testing.T) {
	server := postgrestest.Server(t)
	store := open(t, server.DSN(), nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer serveReplays(t, server.DSN(), "collector", func(_ context.Context, r recording.Recording, _ replay.Request) (replay.Comparison, error) {
		return replay.Comparison{Replayed: replay.Result{RecordingID: r.ID}}, nil
	})()
	r := toReplay(t, store, nil)
	send := func() error {
		got, err := store.Replay(t.Context(), r.ID, replay.Request{}, "ada")
		if err == nil && got.Replayed.RecordingID != r.ID {
			t.Errorf("%+v", got.Replayed)
		}
		return err
	}
	if err := send(); err != nil {
		t.Fatal(err)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := send(); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("while the server is away: %v", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Recordings that were written just before may be lost with the crash, as the tests' server does not sync.
	if _, err := store.Get(t.Context(), r.ID); err != nil {
		r = toReplay(t, store, nil)
	}
	if err := send(); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}
