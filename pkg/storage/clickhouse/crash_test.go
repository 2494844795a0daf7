package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/clickhouse/clickhousetest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/clickhouse"
)

// Two write while a shard is killed again and again, each batch until it is stored, as recorders do. The shard is the one that is asked
// as well as the one that is not.
func TestAShardThatIsKilledLosesAndDoublesNothing(t *testing.T) {
	const writers, batches, size = 2, 12, 200
	database, kept := clickhousetest.Private(t, 2), newTags()
	store := migrated(t, database, kept)
	var refused, stored atomic.Int64
	var running sync.WaitGroup
	for writer := range writers {
		each := open(t, database, kept)
		running.Go(func() {
			for b := range batches {
				var batch []recording.Recording
				for i := range size {
					r := apitest.Simple(apitest.Noon.Add(time.Duration(b)*time.Second), (writer*batches+b)*size+i)
					r.Gateway = fmt.Sprint("batch ", writer, " ", b)
					batch = append(batch, r)
				}
				writeUntilStored(t, each, batch, &refused)
				stored.Add(1)
			}
		})
	}
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	kills := 0
	for over := false; !over; kills++ {
		victim := database.Servers[kills%2]
		before := stored.Load()
		victim.Kill()
		// What is written meanwhile is refused: one writer has met that before the shard is back.
		met := refused.Load()
		waitFor(t, func() bool { return refused.Load() > met || isClosed(done) })
		if err := victim.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return stored.Load() >= before+3 || isClosed(done) })
		over = isClosed(done)
	}
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Total != writers*batches*size || len(stats.ByGateway) != writers*batches {
		t.Errorf("%d recordings of %d batches after %d kills, want %d of %d", stats.Total, len(stats.ByGateway), kills, writers*batches*size, writers*batches)
	}
	for _, count := range stats.ByGateway {
		if count.Count != size {
			t.Errorf("%s has %d recordings, want %d", count.Value, count.Count, size)
		}
	}
	seen := map[string]bool{}
	for r, err := range store.Scan(t.Context(), recording.Filter{}, 2*writers*batches*size) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[r.ID.String()] {
			t.Errorf("%s is there twice", r.ID)
		}
		seen[r.ID.String()] = true
	}
	if len(seen) != writers*batches*size {
		t.Errorf("%d are scanned", len(seen))
	}
	if refused.Load() == 0 {
		t.Error("no write was refused: nothing was killed under load")
	}
	t.Logf("%d kills, %d refusals", kills, refused.Load())
}

func writeUntilStored(t *testing.T, store *clickhouse.Store, batch []recording.Recording, refused *atomic.Int64) {
	pace := retry.NewPace(10*time.Millisecond, 200*time.Millisecond)
	for {
		err := store.WriteRecordings(t.Context(), batch)
		if err == nil {
			return
		}
		refused.Add(1)
		if !errors.Is(err, api.ErrUnavailable) {
			t.Errorf("WriteRecordings: %v", err)
			return
		}
		if err := pace.Wait(t.Context()); err != nil {
			t.Error(err)
			return
		}
	}
}

func isClosed(done chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func waitFor(t *testing.T, happened func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !happened() {
		select {
		case <-ctx.Done():
			t.Fatal("it does not happen")
		case <-tick.C:
		}
	}
}

// While a shard is away reads are refused too, rather than answered by half.
func TestHalfAnAnswerIsNone(t *testing.T) {
	database := clickhousetest.Private(t, 2)
	store := migrated(t, database, newTags())
	var batch []recording.Recording
	for i := range 20 {
		batch = append(batch, apitest.Simple(apitest.Noon, i))
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for i, victim := range database.Servers {
		victim.Kill()
		for what, call := range map[string]func() error{
			"Query": func() error { _, err := store.Query(t.Context(), recording.Query{}); return err },
			"Stats": func() error { _, err := store.Stats(t.Context(), recording.Filter{}); return err },
			"Get":   func() error { _, err := store.Get(t.Context(), batch[i].ID); return err },
			"Write": func() error { return store.WriteRecordings(t.Context(), batch) },
		} {
			if err := call(); !errors.Is(err, api.ErrUnavailable) {
				t.Errorf("%s without shard %d: %v", what, i+1, err)
			}
		}
		if err := victim.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		waitFor(t, func() bool { return store.Ping(t.Context()) == nil })
		waitFor(t, func() bool {
			stats, err := store.Stats(t.Context(), recording.Filter{})
			return err == nil && stats.Total == int64(len(batch))
		})
	}
}
