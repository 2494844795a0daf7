package telemetry

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// exemplarInterval is how often a counter, and each bucket of a histogram, takes another exemplar. Prometheus scrapes
// the last one only; making one for each exchange costs more than counting it.
const exemplarInterval = time.Second

// seriesKey has the labels of an exchange, from closed sets and from the templates of routes only, so that there are few. What is of
// a closed set is a number: each exchange is looked up by all of it.
type seriesKey struct {
	gateway, route, mode string
	protocol             recording.Protocol
	// status is 0 where there was none, and 1 for all that HTTP does not have.
	status int16
	// method and operationType are places in methods and operationTypes, or -1.
	method, operationType, grpcStatus int8
	injected                          bool
}

// keyOf returns the labels that exchanges of the protocol are counted under.
func keyOf(r *recording.Recording) seriesKey {
	key := seriesKey{gateway: r.Gateway, route: r.Route, mode: r.ScenarioMode, protocol: r.Protocol, injected: r.Injected()}
	if r.Protocol == recording.GRPC {
		key.grpcStatus = noGRPCStatus
		if r.GRPCStatus != nil {
			key.grpcStatus = otherGRPCStatus
			if code := *r.GRPCStatus; code >= 0 && code < otherGRPCStatus {
				key.grpcStatus = int8(code)
			}
		}
		return key
	}
	switch code := r.ResponseStatus; {
	case code >= 100 && code <= 599:
		key.status = int16(code)
	case code != 0:
		key.status = 1
	}
	switch r.Protocol {
	case recording.GraphQL:
		key.operationType = operationPlace(r.Operation)
	case recording.WebSocket:
	default:
		key.method = placeOf(r.Method)
	}
	return key
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

// seriesByKey finds the series of an exchange without making its labels anew, and mostly without a lock: made is not changed, but
// replaced when enough is new.
type seriesByKey struct {
	made atomic.Pointer[map[seriesKey]*series]

	mu sync.Mutex
	// recent are not in made yet. They were looked for so often.
	recent map[seriesKey]*series
	sought int
}

// get returns the series of a key, which make makes where there are none yet.
func (s *seriesByKey) get(key *seriesKey, make func(seriesKey) *series) *series {
	if made := s.made.Load(); made != nil {
		if found := (*made)[*key]; found != nil {
			return found
		}
	}
	return s.getRecent(*key, make)
}

func (s *seriesByKey) getRecent(key seriesKey, make func(seriesKey) *series) *series {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := map[seriesKey]*series{}
	if all := s.made.Load(); all != nil {
		made = *all
	}
	found := made[key]
	if found != nil {
		return found
	}
	if found = s.recent[key]; found == nil {
		if s.recent == nil {
			s.recent = map[seriesKey]*series{}
		}
		found = make(key)
		s.recent[key] = found
	}
	// To replace made costs as much as all that it has.
	if s.sought++; s.sought > len(made)/4 {
		all := maps.Clone(made)
		maps.Copy(all, s.recent)
		s.made.Store(&all)
		s.recent, s.sought = nil, 0
	}
	return found
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
