package telemetry_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// BenchmarkObserve counts exchanges of a few routes, one after another and at once.
func BenchmarkObserve(b *testing.B) {
	var exchanges []*recording.Recording
	for i := range 16 {
		exchanges = append(exchanges, exchange(func(r *recording.Recording) {
			r.Route, r.ResponseTimeMS, r.Timestamp = fmt.Sprintf("/users/{id}/orders/%d", i), float64(1+i), time.Now()
			r.ID = uuid.Must(uuid.NewV7())
		}))
	}
	b.Run("alone", func(b *testing.B) {
		m := newMetrics()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.Observe(exchanges[i%len(exchanges)])
		}
	})
	b.Run("at once", func(b *testing.B) {
		m := newMetrics()
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				m.Observe(exchanges[i%len(exchanges)])
			}
		})
	})
}
