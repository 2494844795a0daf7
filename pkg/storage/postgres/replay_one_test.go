package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
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

func TestAReplayLeavesNothingBehind(t *testing.T) {
	store, dsn := migrated(t, nil)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer store.Close()
	defer serveReplays(t, dsn, "collector", func(_ context.Context, r recording.Recording, _ replay.Request) (replay.Comparison, error) {
		return replay.Comparison{Replayed: replay.Result{RecordingID: r.ID}}, nil
	})()
	if _, err := store.Replay(t.Context(), apitest.ToReplay(t, store, nil).ID, replay.Request{}, "ada"); err != nil {
		t.Fatal(err)
	}
	cut := apitest.ToReplay(t, store, func(r *recording.Recording) { r.Body.Truncated = true })
	if _, err := store.Replay(t.Context(), cut.ID, replay.Request{}, "ada"); len(validation.All(err)) != 1 {
		t.Errorf("a body that was cut off: %v", err)
	}
	if rows := count(t, dsn, "replay_jobs"); rows != 0 {
		t.Errorf("%d jobs are left", rows)
	}
}

func TestAReplayThatNoCollectorTakesIsWithdrawn(t *testing.T) {
	store, dsn := migrated(t, nil)
	store.SetReplayWaits(20*time.Millisecond, time.Minute)
	r := apitest.ToReplay(t, store, func(r *recording.Recording) { r.Gateway = "elsewhere" })
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

func TestAReplayWhoseCollectorDiedFailsAndIsNotSentAgain(t *testing.T) {
	store, dsn := migrated(t, nil)
	r := apitest.ToReplay(t, store, nil)
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

func TestReplaysGoOnAfterACrashOfTheServer(t *testing.T) {
	server := postgrestest.Server(t)
	store := open(t, server.DSN(), nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer serveReplays(t, server.DSN(), "collector", func(_ context.Context, r recording.Recording, _ replay.Request) (replay.Comparison, error) {
		return replay.Comparison{Replayed: replay.Result{RecordingID: r.ID}}, nil
	})()
	r := apitest.ToReplay(t, store, nil)
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
		r = apitest.ToReplay(t, store, nil)
	}
	if err := send(); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}
