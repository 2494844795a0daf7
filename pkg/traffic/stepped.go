package traffic

import (
	"cmp"
	"slices"
	"time"
)

// stepped adds intervals up by key and step. They come in order of time within each key.
type stepped struct {
	reading
	reduce func(Key) Key
	// chosen is whether only the keys that are there are counted.
	chosen bool
	byKey  map[Key]*[]Interval
	active map[gatewayStep]int64
}

type gatewayStep struct {
	at      time.Time
	gateway string
}

func newStepped(r reading, reduce func(Key) Key) *stepped {
	return &stepped{reading: r, reduce: reduce, byKey: map[Key]*[]Interval{}, active: map[gatewayStep]int64{}}
}

// only leaves all other keys out.
func (s *stepped) only(keys []Key) {
	s.chosen = true
	for _, key := range keys {
		s.byKey[key] = new([]Interval)
	}
}

// add adds the counts of an interval to the step of a moment.
func (s *stepped) add(moment time.Time, in *Interval) {
	key := s.reduce(in.Key)
	intervals := s.byKey[key]
	if intervals == nil {
		if s.chosen {
			return
		}
		intervals = new([]Interval)
		s.byKey[key] = intervals
	}
	at := s.at(moment)
	if n := len(*intervals); n == 0 || !(*intervals)[n-1].Start.Equal(at) {
		*intervals = append(*intervals, Interval{Key: key, Start: at, Seconds: s.step.Seconds()})
	}
	(*intervals)[len(*intervals)-1].merge(in)
}

// connected says how many connections a gateway had at a moment. The last of a step counts.
func (s *stepped) connected(moment time.Time, gateway string, active int64) {
	s.active[gatewayStep{s.at(moment), gateway}] = active
}

// of returns the intervals of a key.
func (s *stepped) of(key Key) []Interval { return *s.byKey[key] }

func (s *stepped) all() (all []Interval) {
	for _, intervals := range s.byKey {
		all = append(all, *intervals...)
	}
	return all
}

// connections returns an interval for each number of connections.
func (s *stepped) connections() (all []Interval) {
	for at, active := range s.active {
		all = append(all, Interval{Key: Key{Gateway: at.gateway}, Start: at.at, Seconds: s.step.Seconds(), Active: active})
	}
	return all
}

// rankedSteps keeps the busiest routes of each step, one step at a time: there are many more routes than are shown.
type rankedSteps struct {
	reading
	current time.Time
	routes  map[Key]*Interval
	shown   []Interval
}

func (s *rankedSteps) add(moment time.Time, in *Interval) {
	if in.Requests == 0 {
		return
	}
	if at := s.at(moment); s.routes == nil || !at.Equal(s.current) {
		s.end()
		s.current = at
	}
	key := Key{Gateway: in.Gateway, Route: in.Route}
	sum := s.routes[key]
	if sum == nil {
		sum = &Interval{Key: key, Start: s.current, Seconds: s.step.Seconds()}
		s.routes[key] = sum
	}
	sum.merge(in)
}

// end ends a step.
func (s *rankedSteps) end() {
	routes := make([]*Interval, 0, len(s.routes))
	for _, in := range s.routes {
		routes = append(routes, in)
	}
	slices.SortFunc(routes, func(a, b *Interval) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Gateway, b.Gateway), cmp.Compare(a.Route, b.Route))
	})
	for _, in := range routes[:min(MaxRoutes, len(routes))] {
		s.shown = append(s.shown, *in)
	}
	s.routes = map[Key]*Interval{}
}
