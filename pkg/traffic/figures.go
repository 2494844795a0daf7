package traffic

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
)

// Figures are the intervals of a page, one after the other, in few bytes: most counts of most intervals are 0, and names are the same
// again and again.
//
//	version  │ gateway protocol route mode │ which are not 0 │ these, as varints; the latency as a float64 │ …
//
// A name is the number of one that was there before, or 0, its length and its bytes.

// figureVersion is the first byte.
const figureVersion = 1

// The counts that may be there are numbered: these, then the buckets.
const (
	bitRequests = iota
	bitOrganicErrors
	bitInjectedErrors
	bitInjected
	bitActive
	bitLatency
	bitPlugins
	bitBuckets
	bitEnd = bitBuckets + len(Bounds) + 1
)

// counted returns the count of a number, which is none of bitLatency and bitPlugins.
func (a *Interval) counted(bit int) *int64 {
	switch bit {
	case bitRequests:
		return &a.Requests
	case bitOrganicErrors:
		return &a.OrganicErrors
	case bitInjectedErrors:
		return &a.InjectedErrors
	case bitInjected:
		return &a.Injected
	case bitActive:
		return &a.Active
	default:
		return &a.Buckets[bit-bitBuckets]
	}
}

// figureWriter writes the figures of one page.
type figureWriter struct {
	figures []byte
	names   map[string]uint64
}

func (w *figureWriter) name(name string) {
	if number, known := w.names[name]; known {
		w.figures = binary.AppendUvarint(w.figures, number)
		return
	}
	if w.names == nil {
		w.names = map[string]uint64{}
	}
	w.names[name] = uint64(len(w.names)) + 1
	w.figures = binary.AppendUvarint(append(w.figures, 0), uint64(len(name)))
	w.figures = append(w.figures, name...)
}

func (w *figureWriter) add(in *Interval) {
	if w.figures == nil {
		w.figures = []byte{figureVersion}
	}
	for _, name := range []string{in.Gateway, in.Protocol, in.Route, in.Mode} {
		w.name(name)
	}
	var mask uint64
	for bit := range bitEnd {
		var there bool
		switch bit {
		case bitLatency:
			there = in.LatencySumMS != 0
		case bitPlugins:
			there = len(in.Plugins) > 0
		default:
			there = *in.counted(bit) != 0
		}
		if there {
			mask |= 1 << bit
		}
	}
	w.figures = binary.AppendUvarint(w.figures, mask)
	for ; mask != 0; mask &= mask - 1 {
		switch bit := bits.TrailingZeros64(mask); bit {
		case bitLatency:
			w.float(in.LatencySumMS)
		case bitPlugins:
			w.plugins(in.Plugins)
		default:
			w.figures = binary.AppendVarint(w.figures, *in.counted(bit))
		}
	}
}

func (w *figureWriter) float(f float64) {
	w.figures = binary.LittleEndian.AppendUint64(w.figures, math.Float64bits(f))
}

func (w *figureWriter) plugins(plugins map[string]PluginCounts) {
	w.figures = binary.AppendUvarint(w.figures, uint64(len(plugins)))
	for _, name := range slices.Sorted(maps.Keys(plugins)) {
		w.name(name)
		counts := plugins[name]
		w.figures = binary.AppendVarint(w.figures, counts.Executions)
		w.figures = binary.AppendVarint(w.figures, counts.Errors)
		w.float(counts.DurationSumMS)
	}
}

// FigureReader reads figures of any number of pages, which have much the same names. It is ready for use when zero.
type FigureReader struct {
	known map[string]string // the same string for all pages
	names []string          // of this page
	rest  []byte
	in    Interval
}

var errFigures = errors.New("figures of traffic end in the middle of one, or are none")

// EachFigure calls f with the intervals of a page: their keys and counts. f keeps none of them.
func (r *FigureReader) EachFigure(figures []byte, f func(*Interval)) error {
	if len(figures) == 0 {
		return nil
	}
	if figures[0] != figureVersion {
		return fmt.Errorf("figures of traffic are of version %d, which this program does not know: it knows %d", figures[0], figureVersion)
	}
	r.rest, r.names = figures[1:], r.names[:0]
	for len(r.rest) > 0 {
		if !r.next() {
			return errFigures
		}
		f(&r.in)
	}
	return nil
}

func (r *FigureReader) next() bool {
	r.in = Interval{}
	if !r.name(&r.in.Gateway) || !r.name(&r.in.Protocol) || !r.name(&r.in.Route) || !r.name(&r.in.Mode) {
		return false
	}
	mask, ok := r.unsigned()
	if !ok || mask>>bitEnd != 0 {
		return false
	}
	for ; mask != 0 && ok; mask &= mask - 1 {
		switch bit := bits.TrailingZeros64(mask); {
		case bit >= bitBuckets:
			ok = r.signed(&r.in.Buckets[bit-bitBuckets])
		case bit == bitLatency:
			ok = r.float(&r.in.LatencySumMS)
		case bit == bitPlugins:
			ok = r.plugins()
		default:
			ok = r.signed(r.in.counted(bit))
		}
	}
	return ok
}

func (r *FigureReader) unsigned() (uint64, bool) {
	n, length := binary.Uvarint(r.rest)
	if length <= 0 {
		return 0, false
	}
	r.rest = r.rest[length:]
	return n, true
}

func (r *FigureReader) signed(into *int64) bool {
	n, length := binary.Varint(r.rest)
	if length <= 0 {
		return false
	}
	*into, r.rest = n, r.rest[length:]
	return true
}

func (r *FigureReader) float(into *float64) bool {
	if len(r.rest) < 8 {
		return false
	}
	*into, r.rest = math.Float64frombits(binary.LittleEndian.Uint64(r.rest)), r.rest[8:]
	return true
}

func (r *FigureReader) name(into *string) bool {
	number, ok := r.unsigned()
	if !ok || number > uint64(len(r.names)) {
		return false
	}
	if number > 0 {
		*into = r.names[number-1]
		return true
	}
	length, ok := r.unsigned()
	if !ok || length > uint64(len(r.rest)) {
		return false
	}
	name, known := r.known[string(r.rest[:length])]
	if !known {
		name = string(r.rest[:length])
		if r.known == nil {
			r.known = map[string]string{}
		}
		r.known[name] = name
	}
	*into, r.rest = name, r.rest[length:]
	r.names = append(r.names, name)
	return true
}

func (r *FigureReader) plugins() bool {
	n, ok := r.unsigned()
	r.in.Plugins = map[string]PluginCounts{}
	for ; ok && n > 0; n-- {
		var name string
		var counts PluginCounts
		ok = r.name(&name) && r.signed(&counts.Executions) && r.signed(&counts.Errors) && r.float(&counts.DurationSumMS)
		r.in.Plugins[name] = counts
	}
	return ok
}
