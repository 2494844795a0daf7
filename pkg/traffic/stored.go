package traffic

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// Stored is traffic in a store as it is at one moment, or within a transaction. ReadPoints and ReadSeries answer with it, and AddPages
// rolls it up, in the same way for every store.
type Stored interface {
	// Requests returns the traffic by the second of a gateway, or of all where its name is empty: an interval for each step and key
	// with requests, in order of time. Where ranked, those that are not of the MaxRoutes busiest routes of their step may be among
	// others, without their routes.
	Requests(ctx context.Context, span Span, gateway string, ranked bool) (shown, others []Interval, err error)
	// Busiest returns it broken down, in order of time within each key: of the limit busiest keys, or of all where limit is 0. of is
	// how many keys there are.
	Busiest(ctx context.Context, span Span, by Dimension, selection Selection, limit int) (intervals []Interval, of int, err error)
	// Connections returns an interval for each step and gateway, in order of time: the sum over the instances of what each had last.
	Connections(ctx context.Context, span Span, gateway string) ([]Interval, error)
	// Plugins returns intervals for each step and gateway with nothing but what plugins did, in order of time.
	Plugins(ctx context.Context, span Span, gateway string) ([]Interval, error)
	// Pages calls f with the pages of a level, at least 1, in [from, to), in order of time: those of some gateways, or of all where
	// there are none. f does not keep the page.
	Pages(ctx context.Context, level int, detail Detail, from, to time.Time, gateways []string, f func(Page) error) error
}

// Span is which intervals by the second are added up: those with their middle in [From, To), in steps from Base on, by whose beginning
// they are known then.
type Span struct {
	From, To time.Time
	Base     time.Time
	Step     time.Duration
}

// RolledPages returns what roll adds to the pages of its level, by detail: the intervals of the finer level as RollUp adds them up.
func RolledPages(ctx context.Context, store Stored, roll Roll) (pages [Details][]Page, err error) {
	if !roll.From.Before(roll.To) {
		return pages, nil
	}
	length := Resolutions[roll.Level]
	rolled := newRolling(length)
	if roll.Level == 1 {
		span := Span{roll.From, roll.To, roll.From, length}
		var intervals []Interval
		for _, read := range []func() ([]Interval, error){
			func() ([]Interval, error) { shown, _, err := store.Requests(ctx, span, "", false); return shown, err },
			func() ([]Interval, error) { return store.Plugins(ctx, span, "") },
			func() ([]Interval, error) { return store.Connections(ctx, span, "") },
		} {
			if intervals, err = read(); err != nil {
				return pages, err
			}
			for i := range intervals {
				rolled.add(&intervals[i])
			}
		}
		return Pages(rolled.intervals()), nil
	}
	finer := Resolutions[roll.Level-1].Seconds()
	for detail := range Details {
		var reader FigureReader
		err := store.Pages(ctx, roll.Level-1, detail, roll.From, roll.To, nil, func(page Page) error {
			return reader.EachFigure(page.Figures, func(in *Interval) {
				in.Start, in.Seconds = page.Start, finer
				if detail == Totals {
					// Requests are told with their routes by the other pages.
					if in.Key != (Key{Gateway: in.Gateway}) {
						return
					}
					*in = Interval{Key: in.Key, Start: in.Start, Seconds: finer, Active: in.Active, Plugins: in.Plugins}
				}
				rolled.add(in)
			})
		})
		if err != nil {
			return pages, err
		}
	}
	return Pages(rolled.intervals()), nil
}

// ReadPoints sums traffic up, one point per step in [from, to): that of a gateway, or all where its name is empty.
func ReadPoints(ctx context.Context, store Stored, kept Kept, gateway string, from, to time.Time, step time.Duration) ([]Point, error) {
	r := newReading(kept, from, to, step)
	totals := newStepped(r, func(k Key) Key { return Key{Gateway: k.Gateway, Protocol: k.Protocol, Mode: k.Mode} })
	ranked := rankedSteps{reading: r}
	var gateways []string
	if gateway != "" {
		gateways = []string{gateway}
	}
	var reader FigureReader
	for _, part := range r.parts {
		if part.Level > 0 {
			err := store.Pages(ctx, part.Level, Totals, part.From, part.To, nil, func(page Page) error {
				return reader.EachFigure(page.Figures, func(in *Interval) {
					if gateway != "" && in.Gateway != gateway {
						return
					}
					totals.add(page.Start, in)
					if in.Key == (Key{Gateway: in.Gateway}) {
						totals.connected(page.Start, in.Gateway, in.Active)
					}
				})
			})
			if err != nil {
				return nil, err
			}
			err = store.Pages(ctx, part.Level, Routes, part.From, part.To, gateways, func(page Page) error {
				return reader.EachFigure(page.Figures, func(in *Interval) { ranked.add(page.Start, in) })
			})
			if err != nil {
				return nil, err
			}
			continue
		}
		// All of a step must be known to tell which are the busiest.
		shown, others, err := store.Requests(ctx, r.span(part), gateway, len(r.parts) == 1)
		if err != nil {
			return nil, err
		}
		plugins, err := store.Plugins(ctx, r.span(part), gateway)
		if err != nil {
			return nil, err
		}
		connections, err := store.Connections(ctx, r.span(part), gateway)
		if err != nil {
			return nil, err
		}
		for i := range shown {
			ranked.add(shown[i].Start, &shown[i])
		}
		inOrder := slices.Concat(shown, others, plugins)
		slices.SortStableFunc(inOrder, func(a, b Interval) int { return a.Start.Compare(b.Start) })
		for i := range inOrder {
			totals.add(inOrder[i].Start, &inOrder[i])
		}
		for _, in := range connections {
			totals.connected(in.Start, in.Gateway, in.Active)
		}
	}
	ranked.end()
	// The last step may be cut short by to, and its middle lie beyond: it is counted in whole.
	end := r.from.Add(roundUp(r.to.Sub(r.from), r.step))
	return sumApart(slices.Concat(totals.all(), totals.connections()), ranked.shown, r.from, end, r.step), nil
}

// ReadSeries breaks traffic in [from, to) down by a dimension, into the limit busiest series. It leaves Breakdown.Oldest to the store.
func ReadSeries(ctx context.Context, store Stored, kept Kept, from, to time.Time, step time.Duration, by Dimension, selection Selection, limit int) (Breakdown, error) {
	r := newReading(kept, from, to, step)
	breakdown := Breakdown{Step: r.step}
	detail, gateways := by.Detail(selection), []string(nil)
	if detail == Routes {
		gateways = selection.Gateways
	}
	type page struct {
		start   time.Time
		figures []byte
	}
	var pages []page
	var seconds []Interval
	for _, part := range r.parts {
		if part.Level > 0 {
			err := store.Pages(ctx, part.Level, detail, part.From, part.To, gateways, func(each Page) error {
				pages = append(pages, page{each.Start, slices.Clone(each.Figures)})
				return nil
			})
			if err != nil {
				return breakdown, err
			}
			continue
		}
		if len(r.parts) == 1 {
			var err error
			if seconds, breakdown.Of, err = store.Busiest(ctx, r.span(part), by, selection, limit); err != nil {
				return breakdown, err
			}
		} else {
			more, _, err := store.Busiest(ctx, r.span(part), by, selection, 0)
			if err != nil {
				return breakdown, err
			}
			seconds = append(seconds, more...)
		}
	}
	var reader FigureReader
	each := func(f func(at time.Time, in *Interval)) error {
		for _, page := range pages {
			err := reader.EachFigure(page.figures, func(in *Interval) {
				if in.Requests > 0 && selection.has(in.Key) {
					f(page.start, in)
				}
			})
			if err != nil {
				return err
			}
		}
		for i := range seconds {
			f(seconds[i].Start, &seconds[i])
		}
		return nil
	}
	// Of routes there may be many more than are shown: first which are the busiest, then these by step.
	requests := map[Key]*int64{}
	err := each(func(_ time.Time, in *Interval) {
		key := by.of(in.Key)
		sum := requests[key]
		if sum == nil {
			sum = new(int64)
			requests[key] = sum
		}
		*sum += in.Requests
	})
	if err != nil {
		return breakdown, err
	}
	breakdown.Of = max(breakdown.Of, len(requests))
	busiest := slices.SortedFunc(maps.Keys(requests), func(a, b Key) int {
		return cmp.Or(cmp.Compare(*requests[b], *requests[a]), compareKeys(a, b))
	})
	busiest = busiest[:min(limit, len(busiest))]
	sums := newStepped(r, by.of)
	sums.only(busiest)
	if err := each(sums.add); err != nil {
		return breakdown, err
	}
	for _, key := range busiest {
		breakdown.Series = append(breakdown.Series, Series{Key: key, Intervals: sums.of(key)})
	}
	return breakdown, nil
}

// reading is what is read of a range.
type reading struct {
	from, to time.Time
	step     time.Duration
	parts    []Part
}

func newReading(kept Kept, from, to time.Time, step time.Duration) reading {
	r := reading{step: kept.Step(from.UTC(), step), to: to.UTC()}
	r.from = from.UTC().Truncate(r.step)
	r.parts = kept.Parts(r.from, r.to, r.step)
	return r
}

func (r reading) span(part Part) Span { return Span{part.From, part.To, r.from, r.step} }

// at is the beginning of the step of a moment.
func (r reading) at(moment time.Time) time.Time { return moment.UTC().Truncate(r.step) }

// of returns what a key is in a breakdown.
func (d Dimension) of(k Key) Key {
	switch d {
	case ByGateway:
		return Key{Gateway: k.Gateway}
	case ByProtocol:
		return Key{Protocol: k.Protocol}
	case ByRoute:
		return Key{Gateway: k.Gateway, Route: k.Route}
	case ByMode:
		return Key{Mode: k.Mode}
	default:
		return Key{}
	}
}

// has reports whether a key is selected.
func (s *Selection) has(k Key) bool {
	return in(s.Gateways, k.Gateway) && in(s.Protocols, k.Protocol) && in(s.Routes, k.Route) && in(s.Modes, k.Mode)
}

func in(values []string, value string) bool {
	return len(values) == 0 || slices.Contains(values, value)
}
