package apitest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var writingCases = []recordingCase{
	alone("a recording comes back whole", comesBackWhole),
	alone("headers come back byte for byte", headersComeBack),
	alone("writing twice stores once", writesOnce),
	alone("one impossible recording does not take its batch along", rejectsByName),
	alone("a recording whose clock was wrong is found", foundWithAWrongClock),
	alone("times that cannot be right are taken from the id", timesThatCannotBe),
	alone("times are kept to the microsecond", timesToTheMicrosecond),
	alone("messages keep their order", messagesInOrder),
	alone("a write whose context ends leaves all or nothing", writesAllOrNothing),
	alone("an empty batch is nothing", func(t *testing.T, store RecordingStore) { mustWrite(t, store) }),
}

func comesBackWhole(t *testing.T, store RecordingStore) {
	want := Whole()
	mustWrite(t, store, want)
	if diff := cmp.Diff(want, mustGet(t, store, want.ID)); diff != "" {
		t.Errorf("Get() (-want +got):\n%s", diff)
	}
	want.Messages, want.Body.Content, want.ResponseBody.Content = nil, nil, nil
	if diff := cmp.Diff([]recording.Recording{want}, mustQuery(t, store, recording.Query{}).Recordings); diff != "" {
		t.Errorf("Query() (-want +got):\n%s", diff)
	}
	if _, err := store.Get(t.Context(), uuid.New()); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("an id that is not there: %v", err)
	}
}

func headersComeBack(t *testing.T, store RecordingStore) {
	sent := []recording.HeaderLine{{Name: "x-b", Value: "1"}, {Name: "X-A", Value: "Jos\xe9 \\x\t"}, {Name: "host", Value: "shop"}, {Name: "X-b", Value: "José"}}
	r := Simple(Noon, 1)
	r.Host, r.Headers = "shop", recording.Values{"X-B": {"1", "José"}, "X-A": {"Jos\xe9 \\x\t"}}
	r.ResponseHeaders = recording.Values{"X-B": {"1", "José"}, "X-A": {"Jos\xe9 \\x\t"}}
	var names []string
	for _, line := range sent {
		names = append(names, line.Name)
	}
	r.KeepHeaderForm(names)
	r.KeepResponseHeaderForm(names)
	plain := Simple(Noon, 2)
	mustWrite(t, store, r, plain)
	got := mustGet(t, store, r.ID)
	if diff := cmp.Diff(sent, got.HeaderLines()); diff != "" {
		t.Errorf("of the request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Delete(slices.Clone(sent), 2, 3), got.ResponseHeaderLines()); diff != "" {
		t.Errorf("of the answer (-want +got):\n%s", diff)
	}
	if got := mustGet(t, store, plain.ID); got.HeaderForm != "" || got.ResponseHeaderForm != "" {
		t.Errorf("of one without: %q, %q", got.HeaderForm, got.ResponseHeaderForm)
	}
}

func writesOnce(t *testing.T, store RecordingStore) {
	first := []recording.Recording{Whole(), Simple(Noon, 2)}
	again := append(slices.Clone(first), Simple(Noon.AddDate(0, 0, -9), 3))
	// What is there stays as it is, even where the other says something else.
	other := again[1]
	other.Method = "PUT"
	for _, batch := range [][]recording.Recording{first, again, again, {other, again[2]}} {
		mustWrite(t, store, batch...)
	}
	if n := total(t, store, recording.Filter{}); n != 3 {
		t.Errorf("%d recordings, want 3", n)
	}
	for _, want := range again {
		if diff := cmp.Diff(want, mustGet(t, store, want.ID)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// A store that can hold what another cannot stores it.
func rejectsByName(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	for i := range 9 {
		batch = append(batch, Simple(Noon, i))
	}
	batch[5].ResponseStatus = 1 << 40
	err := store.WriteRecordings(t.Context(), batch)
	if err != nil {
		rejected, ok := errors.AsType[*api.RejectedError](err)
		if !ok || !slices.Equal(rejected.IDs, []uuid.UUID{batch[5].ID}) || rejected.Reason() == "" {
			t.Fatalf("WriteRecordings: %v", err)
		}
	}
	for i, want := range batch {
		got, getErr := store.Get(t.Context(), want.ID)
		if i == 5 && err != nil {
			if !errors.Is(getErr, api.ErrNotFound) {
				t.Errorf("what was rejected is there: %v", getErr)
			}
			continue
		}
		if diff := cmp.Diff(want, got); getErr != nil || diff != "" {
			t.Errorf("recording %d: %v (-want +got)\n%s", i, getErr, diff)
		}
	}
}

func foundWithAWrongClock(t *testing.T, store RecordingStore) {
	ahead, random := Simple(Noon, 1), Simple(Noon, 2)
	ahead.ID, random.ID = IDAt(Noon.AddDate(1, 0, 0), 1), uuid.New()
	mustWrite(t, store, ahead, random)
	for _, want := range []recording.Recording{ahead, random} {
		if diff := cmp.Diff(want, mustGet(t, store, want.ID)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func timesThatCannotBe(t *testing.T, store RecordingStore) {
	first, last := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Microsecond)
	for i, test := range []struct{ is, want time.Time }{
		{time.Time{}, Noon},
		{time.Unix(0, 0), Noon},
		{first.Add(-time.Microsecond), Noon},
		{first, first},
		{time.Date(2100, 2, 28, 23, 59, 59, 0, time.UTC), time.Date(2100, 2, 28, 23, 59, 59, 0, time.UTC)},
		{last, last},
		{last.Add(time.Microsecond), Noon},
		{time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), Noon},
		{time.Date(20000, 12, 31, 0, 0, 0, 0, time.UTC), Noon},
	} {
		r := Simple(test.is, i)
		r.ID = IDAt(Noon, i)
		mustWrite(t, store, r)
		if got := mustGet(t, store, r.ID); !got.Timestamp.Equal(test.want) {
			t.Errorf("%s is stored as %s, want %s", test.is, got.Timestamp, test.want)
		}
		page := mustQuery(t, store, recording.Query{Filter: recording.Filter{From: &test.want, To: &test.want}})
		if !slices.ContainsFunc(page.Recordings, func(found recording.Recording) bool { return found.ID == r.ID }) {
			t.Errorf("%s is not found by its time", test.is)
		}
	}
}

func timesToTheMicrosecond(t *testing.T, store RecordingStore) {
	zone := time.FixedZone("far", 5*3600+1800)
	at := Noon.Add(1234567 * time.Nanosecond)
	r := Simple(at.In(zone), 1)
	mustWrite(t, store, r)
	want := Noon.Add(1234 * time.Microsecond)
	if got := mustGet(t, store, r.ID).Timestamp; got != want {
		t.Errorf("%s is stored as %s, want %s", at, got, want)
	}
}

func messagesInOrder(t *testing.T, store RecordingStore) {
	r, other := Simple(Noon, 1), Simple(Noon, 2)
	for i := range 300 {
		// All at the same moment, of any content.
		r.Messages = append(r.Messages, recording.Message{Direction: []string{"in", "out"}[i%2], OffsetMS: float64(300 - i/100), Kind: "text", Body: recording.Body{Content: []byte(fmt.Sprint(i, []string{"", "\x00", "\xff"}[i%3])), Size: 5}})
	}
	other.Messages = []recording.Message{{Direction: "in", Kind: "text", Body: recording.Body{Content: []byte("other"), Size: 5}}}
	mustWrite(t, store, r, other)
	for _, want := range []recording.Recording{r, other} {
		if diff := cmp.Diff(want, mustGet(t, store, want.ID)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// The moments at which the contexts end are any; nothing depends on which.
func writesAllOrNothing(t *testing.T, store RecordingStore) {
	const size = 600
	for attempt, after := 0, time.Duration(0); attempt < 40; attempt++ {
		gateway := fmt.Sprint("attempt ", attempt)
		var batch []recording.Recording
		for i := range size {
			r := Simple(Noon.Add(time.Duration(i)*6*time.Minute), attempt*size+i)
			r.Gateway = gateway
			r.Messages = []recording.Message{{Direction: "in", Kind: "text", Body: recording.Body{Content: []byte("hello"), Size: 5}}}
			batch = append(batch, r)
		}
		ctx, cancel := context.WithTimeout(t.Context(), after)
		err := store.WriteRecordings(ctx, batch)
		cancel()
		filter := recording.Filter{Gateways: []string{gateway}}
		n := total(t, store, filter)
		if n != 0 && n != size || err == nil && n != size {
			t.Fatalf("cut off after %s: %d of %d recordings are stored (%v)", after, n, size, err)
		}
		if err != nil {
			mustWrite(t, store, batch...)
		}
		if n := total(t, store, filter); n != size {
			t.Fatalf("written again after %s: %d of %d recordings are stored", after, n, size)
		}
		if got := mustGet(t, store, batch[size-1].ID); len(got.Messages) != 1 {
			t.Fatalf("cut off after %s: %d messages, want 1", after, len(got.Messages))
		}
		if err == nil {
			return
		}
		after += after/2 + time.Millisecond
	}
}
