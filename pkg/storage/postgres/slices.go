package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"
)

// slicesAge is how long the slices that were read are taken for those that are there. An index more or less makes a query
// slower or quicker, never wrong.
const slicesAge = 5 * time.Second

// slice is a part of a day that has an index for searching of its own.
type slice struct {
	// index is its name: that of the partition, _search_ and both bounds as hours and minutes of UTC.
	index    string
	from, to time.Time
}

const minutesOfDay = 24 * 60

func newSlice(partition string, day, from, to time.Time) slice {
	clock := func(t time.Time) string {
		m := int(t.Sub(day) / time.Minute)
		return fmt.Sprintf("%02d%02d", m/60, m%60)
	}
	return slice{index: partition + "_search_" + clock(from) + "_" + clock(to), from: from, to: to}
}

// sliceOf reads the name of an index of a slice; any other is none of ours.
func sliceOf(partition string, day time.Time, index string) (slice, bool) {
	text, ok := strings.CutPrefix(index, partition+"_search_")
	var bounds [4]int
	if !ok || len(text) != len("0000_0000") {
		return slice{}, false
	}
	if n, err := fmt.Sscanf(text, "%2d%2d_%2d%2d", &bounds[0], &bounds[1], &bounds[2], &bounds[3]); err != nil || n != len(bounds) {
		return slice{}, false
	}
	from, to := 60*bounds[0]+bounds[1], 60*bounds[2]+bounds[3]
	if from < 0 || from >= to || to > minutesOfDay {
		return slice{}, false
	}
	at := func(minutes int) time.Time { return day.Add(time.Duration(minutes) * time.Minute) }
	return slice{index: index, from: at(from), to: at(to)}, true
}

// predicate returns the condition of the index, which a query must imply to use it.
func (s slice) predicate() string {
	return fmt.Sprintf("timestamp >= %s AND timestamp < %s", pq.QuoteLiteral(s.from.Format(time.RFC3339)), pq.QuoteLiteral(s.to.Format(time.RFC3339)))
}

// indexedDay is what a partition has of indexes for searching.
type indexedDay struct {
	partition string
	day       time.Time
	// whole reports whether all of it is in one index. slices are in their order and do not overlap.
	whole  bool
	slices []slice
	// leftOver are indexes of attempts that ended early, and of slices that are within others.
	leftOver []string
}

// indexedDays returns all days that have partitions, the newest first; none on a server without pg_trgm.
func indexedDays(ctx context.Context, q rowsQueryer) ([]indexedDay, error) {
	rows, err := q.QueryContext(ctx, `SELECT day.relname, coalesce(index.relname, ''), coalesce(indisvalid, false)
		FROM pg_inherits JOIN pg_class day ON day.oid = inhrelid
			LEFT JOIN (pg_index JOIN pg_class index ON index.oid = indexrelid) ON indrelid = day.oid AND starts_with(index.relname, day.relname || '_search')
		WHERE inhparent = 'recorded_requests'::regclass AND EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
		ORDER BY day.relname DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var days []indexedDay
	for rows.Next() {
		var partition, index string
		var valid bool
		if err := rows.Scan(&partition, &index, &valid); err != nil {
			return nil, err
		}
		day, ok := dayOfPartition(partition, "recorded_requests")
		if !ok {
			continue
		}
		if len(days) == 0 || days[len(days)-1].partition != partition {
			days = append(days, indexedDay{partition: partition, day: day})
		}
		days[len(days)-1].add(index, valid)
	}
	for i := range days {
		days[i].settle()
	}
	return days, rows.Err()
}

func (d *indexedDay) add(index string, valid bool) {
	found, ok := sliceOf(d.partition, d.day, index)
	switch {
	case index == d.partition+"_search":
		d.whole = valid // What is left of it otherwise is dropped before it is made anew.
	case ok && valid:
		d.slices = append(d.slices, found)
	case ok:
		d.leftOver = append(d.leftOver, index)
	}
}

// settle leaves out the slices that a longer one took the place of.
func (d *indexedDay) settle() {
	slices.SortFunc(d.slices, func(a, b slice) int { return cmp.Or(a.from.Compare(b.from), b.to.Compare(a.to)) })
	var end time.Time
	d.slices = slices.DeleteFunc(d.slices, func(s slice) bool {
		if s.from.Before(end) || d.whole {
			d.leftOver = append(d.leftOver, s.index)
			return true
		}
		end = s.to
		return false
	})
}

// end returns when the last slice ends; the beginning of the day where there is none.
func (d *indexedDay) end() time.Time {
	if len(d.slices) == 0 {
		return d.day
	}
	return d.slices[len(d.slices)-1].to
}

// knownSlices remembers the slices of all days, in their order.
type knownSlices struct {
	mu     sync.Mutex
	slices []slice
	read   time.Time
}

// slices returns the slices of all days that have no index of the whole day, in their order, as of a few seconds ago.
func (s *Store) searchSlices(ctx context.Context) ([]slice, error) {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	if !s.known.read.IsZero() && time.Since(s.known.read) < slicesAge {
		return s.known.slices, nil
	}
	days, err := indexedDays(ctx, s.db)
	if err != nil {
		return nil, err
	}
	s.known.slices, s.known.read = nil, time.Now()
	for _, day := range slices.Backward(days) {
		s.known.slices = append(s.known.slices, day.slices...)
	}
	return s.known.slices, nil
}

func (k *knownSlices) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.read = time.Time{}
}
