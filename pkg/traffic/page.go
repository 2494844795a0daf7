package traffic

import (
	"cmp"
	"slices"
	"time"
)

// Detail is how much a page tells.
type Detail int

const (
	// Totals are one page for an interval: of each gateway, protocol and mode, and of the connections and plugins of each gateway.
	Totals Detail = iota
	// Routes are one page for an interval and gateway: of each protocol, route and mode.
	Routes
	// Details is how many there are.
	Details
)

// Page is what is stored of one interval of traffic that was rolled up. A dashboard over months reads some thousand pages, which have
// what would be some hundred thousand rows:
//
//	          ┌────────── Totals ──────────┐   ┌──── Routes, shop ────┐  ┌──── Routes, bank ────┐
//	10:00 1h  │ shop http healthy, bank …  │   │ http /users healthy …│  │ grpc /accounts … …   │
//	11:00 1h  │ shop http healthy, bank …  │   │ http /users healthy …│  │ …                    │
type Page struct {
	Start time.Time
	// Gateway is whose routes these are; empty for totals.
	Gateway string
	// Figures are as EachFigure reads them.
	Figures []byte
}

// Pages returns the pages of intervals as RollUp returns them, by detail, in order of time and gateway.
func Pages(rolled []Interval) (pages [Details][]Page) {
	type id struct {
		detail  Detail
		start   time.Time
		gateway string
	}
	sums := map[id]*sums{}
	add := func(at id, in Interval) {
		if sums[at] == nil {
			sums[at] = newSums()
		}
		sums[at].add(&in)
	}
	for _, in := range rolled {
		carries := in.Key == Key{Gateway: in.Gateway}
		if !carries || in.Requests > 0 {
			routed := in
			routed.Active, routed.Plugins = 0, nil
			add(id{Routes, in.Start, in.Gateway}, routed)
		}
		in.Route = ""
		add(id{Totals, in.Start, ""}, in)
	}
	for at, sum := range sums {
		pages[at.detail] = append(pages[at.detail], Page{at.start, at.gateway, sum.figures()})
	}
	for _, of := range pages {
		slices.SortFunc(of, func(a, b Page) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Gateway, b.Gateway)) })
	}
	return pages
}

// MergeFigures returns the figures of both. The number of connections of a gateway stays as it was, where it was.
func MergeFigures(old, added []byte) ([]byte, error) {
	merged := newSums()
	var reader FigureReader
	for _, figures := range [][]byte{old, added} {
		if err := reader.EachFigure(figures, func(in *Interval) { merged.add(in) }); err != nil {
			return nil, err
		}
	}
	return merged.figures(), nil
}

// sums are intervals by key. Of the numbers of connections the first counts.
type sums struct {
	byKey map[Key]*Interval
}

func newSums() *sums { return &sums{byKey: map[Key]*Interval{}} }

func (s *sums) add(in *Interval) {
	sum := s.byKey[in.Key]
	if sum == nil {
		sum = &Interval{Key: in.Key, Active: in.Active}
		s.byKey[in.Key] = sum
	}
	sum.merge(in)
}

func (s *sums) figures() []byte {
	all := make([]*Interval, 0, len(s.byKey))
	for _, in := range s.byKey {
		all = append(all, in)
	}
	slices.SortFunc(all, func(a, b *Interval) int { return compareKeys(a.Key, b.Key) })
	var writer figureWriter
	for _, in := range all {
		writer.add(in)
	}
	return writer.figures
}
