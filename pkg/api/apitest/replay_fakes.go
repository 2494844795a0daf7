package apitest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// Sends is what collectors of a test have sent.
type Sends struct {
	mu  sync.Mutex
	all map[uuid.UUID]int
	by  map[string]int
	// Hold, where it is not nil, is waited for by every send. It is set before anything is sent.
	Hold chan struct{}
	// Request is that of the last job, and Began gets a value for each send.
	Request replay.Request
	Began   chan struct{}
}

// NewSends returns what has sent nothing yet.
func NewSends() *Sends {
	return &Sends{all: map[uuid.UUID]int{}, by: map[string]int{}, Began: make(chan struct{}, 10_000)}
}

// Begin returns a collector's way to send.
func (s *Sends) Begin(collector string) replay.Begin {
	return func(_ context.Context, _ string, request replay.Request) (replay.Sender, func(), error) {
		s.mu.Lock()
		s.Request = request
		s.mu.Unlock()
		return func(ctx context.Context, r recording.Recording) (replay.Comparison, error) {
			s.mu.Lock()
			s.all[r.ID]++
			s.by[collector]++
			hold := s.Hold
			s.mu.Unlock()
			s.Began <- struct{}{}
			if hold != nil {
				select {
				case <-hold:
				case <-ctx.Done():
					return replay.Comparison{}, ctx.Err()
				}
			}
			result := replay.Result{RecordingID: r.ID, Status: 201, Headers: r.ResponseHeaders, Body: r.ResponseBody, DurationMS: 2}
			if r.Path == "/changed" {
				result.Status = 500
			}
			return replay.Comparison{
				Recorded: replay.Answer{Status: r.ResponseStatus, DurationMS: r.ResponseTimeMS}, Replayed: result,
				Diff: replay.Compare(r, result, replay.CompareOptions{}),
			}, nil
		}, func() {}, nil
	}
}

// Total returns how many recordings were sent, and how many of them more than once.
func (s *Sends) Total() (n, twice int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, times := range s.all {
		n++
		if times > 1 {
			twice++
		}
	}
	return n, twice
}

// RecordedLately stores n recordings a second apart, the last one now.
func RecordedLately(t *testing.T, store api.RecordingWriter, n int, change func(i int, r *recording.Recording)) []recording.Recording {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	var all []recording.Recording
	for i := range n {
		r := recording.Recording{
			ID: uuid.Must(uuid.NewV7()), Timestamp: now.Add(time.Duration(i-n+1) * time.Second), Protocol: recording.HTTP, Gateway: "shop", Instance: "one",
			Method: "GET", Path: fmt.Sprintf("/items/%d", i), ResponseStatus: 201, ResponseBody: recording.Body{Content: []byte("ok"), Size: 2}, ResponseTimeMS: 5, ScenarioMode: "healthy",
		}
		if change != nil {
			change(i, &r)
		}
		all = append(all, r)
	}
	mustWrite(t, store, all...)
	return all
}

// ToReplay returns a recording that the store has, and that can be sent again.
func ToReplay(t *testing.T, store api.RecordingWriter, change func(*recording.Recording)) recording.Recording {
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
	mustWrite(t, store, r)
	return r
}
