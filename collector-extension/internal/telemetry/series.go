package telemetry

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// exemplarInterval is how often a counter, and each bucket of a histogram, takes another exemplar. Prometheus scrapes
// the last one only; making one for each exchange costs more than counting it.
const exemplarInterval = time.Second

// seriesKey has the labels of an exchange, from closed sets and from the templates of routes only, so that there are few.
type seriesKey struct {
	gateway                                                        string
	protocol                                                       recording.Protocol
	method, operationType, route, status, grpcStatus, mode, origin string
}

// series are the metrics in which exchanges of the same labels are counted.
type series struct {
	requests prometheus.Counter
	duration prometheus.Observer
	// buckets are the upper bounds of duration, and exemplified when each bucket, and requests behind them, took an
	// exemplar last, in nanoseconds of Unix time.
	buckets     []float64
	exemplified []atomic.Int64
}

// seriesByKey finds the series of an exchange without making its labels anew.
type seriesByKey struct {
	mu   sync.RWMutex
	made map[seriesKey]*series
}

func (s *seriesByKey) get(key seriesKey, make func() *series) *series {
	s.mu.RLock()
	found := s.made[key]
	s.mu.RUnlock()
	if found != nil {
		return found
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made[key] == nil {
		s.made[key] = make()
	}
	return s.made[key]
}

// observe counts one exchange that took so many seconds and ended at now. exemplar is called where one is due.
func (s *series) observe(seconds float64, now time.Time, exemplar func() prometheus.Labels) {
	at := 0
	for at < len(s.buckets) && seconds > s.buckets[at] {
		at++
	}
	if due(&s.exemplified[at], now) {
		s.duration.(prometheus.ExemplarObserver).ObserveWithExemplar(seconds, exemplar())
	} else {
		s.duration.Observe(seconds)
	}
	if due(&s.exemplified[len(s.buckets)+1], now) {
		s.requests.(prometheus.ExemplarAdder).AddWithExemplar(1, exemplar())
	} else {
		s.requests.Inc()
	}
}

func due(last *atomic.Int64, now time.Time) bool {
	before, at := last.Load(), now.UnixNano()
	return (before == 0 || at-before >= int64(exemplarInterval)) && last.CompareAndSwap(before, at)
}
