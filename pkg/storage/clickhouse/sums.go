package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// maxCounts is how many values each count of the statistics has.
	maxCounts = 50
	// maxValues bounds the answer of Values, and maxPoints that of Volume and of traffic.
	maxValues, maxPoints = 1000, 10_000
)

// statusText is the response status as filters have it.
const statusText = "if(response_status = 0, 'none', toString(response_status))"

// selection is what one read is of, for several statements that see the same.
type selection struct {
	from string // table and condition
	*conditions
	view *view
}

func (s *Store) selection(ctx context.Context, f recording.Filter) (selection, error) {
	clause, c, err := s.matching(ctx, f)
	if err != nil {
		return selection{}, err
	}
	seen, err := s.view(ctx)
	if err != nil {
		return selection{}, err
	}
	return selection{s.place.whole(recordingsTable) + " WHERE " + seen.condition() + " AND (" + clause + ")", c, seen}, nil
}

func (s *Store) selectFrom(ctx context.Context, of selection, format string, args []any, row func(*rowReader)) error {
	return s.client.query(ctx, request{statement: fmt.Sprintf(format, args...), parameters: of.parameters}, row)
}

// Stats sums up the recordings of a filter, all figures from one view. See api.Recordings.
func (s *Store) Stats(ctx context.Context, filter recording.Filter) (recording.Stats, error) {
	var stats recording.Stats
	if err := filter.Validate(); err != nil {
		return stats, err
	}
	of, err := s.selection(ctx, filter)
	if err != nil {
		return stats, err
	}
	if err := s.totals(ctx, of, &stats); err != nil {
		return recording.Stats{}, err
	}
	if err := s.counts(ctx, of, &stats); err != nil {
		return recording.Stats{}, err
	}
	if err := s.percentiles(ctx, of, &stats); err != nil {
		return recording.Stats{}, err
	}
	return stats, nil
}

func (s *Store) totals(ctx context.Context, of selection, stats *recording.Stats) error {
	return s.selectFrom(ctx, of, "SELECT count(), countIf(notEmpty(fault_set)), countIf(origin IN (%s, %s)), min(time), max(time), sum(stored_bytes) FROM %s",
		[]any{quoted(string(recording.OriginInjected)), quoted(string(recording.OriginOrganic)), of.from}, func(r *rowReader) {
			stats.Total, stats.Injected, stats.Errors = r.int64(), r.int64(), r.int64()
			oldest, newest := time.UnixMicro(r.int64()).UTC(), time.UnixMicro(r.int64()).UTC()
			if stats.Bytes = r.int64(); stats.Total > 0 {
				stats.Oldest, stats.Newest = &oldest, &newest
			}
		})
}

func (s *Store) counts(ctx context.Context, of selection, stats *recording.Stats) error {
	byList := []struct {
		value string
		into  *[]recording.Count
	}{
		{statusText, &stats.ByStatus},
		{"method", &stats.ByMethod},
		{"route", &stats.ByRoute},
		{"protocol", &stats.ByProtocol},
		{"scenario_mode", &stats.ByMode},
		{"consumer", &stats.ByConsumer},
		{"gateway", &stats.ByGateway},
		{"arrayJoin(fault_set)", &stats.ByFault},
	}
	var statements []string
	for i, each := range byList {
		*each.into = []recording.Count{}
		statements = append(statements, fmt.Sprintf("SELECT toUInt8(%d), value, n FROM (%s)", i, mostFrequent(each.value, of.from, maxCounts)))
	}
	return s.selectFrom(ctx, of, "%s", []any{strings.Join(statements, " UNION ALL ")}, func(r *rowReader) {
		at, count := int(r.uint8()), recording.Count{Value: r.string(), Count: r.int64()}
		if at < len(byList) {
			*byList[at].into = append(*byList[at].into, count)
		}
	})
}

// mostFrequent returns the statement that counts by values.
func mostFrequent(value, from string, limit int) string {
	return fmt.Sprintf("SELECT toString(%s) AS value, count() AS n FROM %s GROUP BY value HAVING value != '' ORDER BY n DESC, value ASC LIMIT %d", value, from, limit)
}

// percentiles interpolates between the two nearest of the sorted durations. The server has functions for one of them only, and rounds
// the place down.
func (s *Store) percentiles(ctx context.Context, of selection, stats *recording.Stats) error {
	if stats.Total == 0 {
		return nil
	}
	n := float64(stats.Total)
	shares := []struct {
		share float64
		into  **float64
	}{{0.5, &stats.P50MS}, {0.95, &stats.P95MS}, {0.99, &stats.P99MS}}
	var levels []string
	for _, each := range shares {
		low := math.Floor(each.share * (n - 1))
		for _, place := range []float64{low, min(low+1, n-1)} {
			levels = append(levels, fmt.Sprintf("%.17g", (place+0.5)/n))
		}
	}
	return s.selectFrom(ctx, of, "SELECT quantilesExact(%s)(response_time_ms) FROM %s", []any{strings.Join(levels, ", "), of.from}, func(r *rowReader) {
		sorted := list(r, r.float)
		for i, each := range shares {
			if 2*i+1 >= len(sorted) {
				return
			}
			place := each.share * (n - 1)
			value := sorted[2*i] + (sorted[2*i+1]-sorted[2*i])*(place-math.Floor(place))
			*each.into = &value
		}
	})
}

// valueColumns are the lists of recording.Filter whose values can be asked for; what is of lists is counted once a recording.
var valueColumns = map[string]string{
	"protocols": "protocol", "gateways": "gateway", "methods": "method", "routes": "route", "modes": "scenario_mode", "consumers": "consumer",
	"statuses": statusText, "rules": "rule", "faults": "arrayJoin(fault_set)", "tags": "arrayJoin(arrayDistinct(tags))",
	"failed_by": "failed_by", "failure_kind": "failure_kind",
}

// Values gives the values that recordings of a filter have for one of the filter's own lists. See api.RecordingSums.
func (s *Store) Values(ctx context.Context, filter recording.Filter, field string, limit int) ([]recording.Count, error) {
	column, known := valueColumns[field]
	if !known {
		return nil, validation.Errorf("field", "must be protocols, gateways, methods, routes, modes, consumers, statuses, rules, faults, tags, failed_by or failure_kind, is %q", field)
	}
	if limit < 1 || limit > maxValues {
		return nil, validation.Errorf("limit", "must be between 1 and %d, is %d", maxValues, limit)
	}
	if err := filter.Validate(); err != nil {
		return nil, err
	}
	of, err := s.selection(ctx, filter)
	if err != nil {
		return nil, err
	}
	if field == "tags" {
		return s.tagValues(ctx, of, column, limit)
	}
	counts := []recording.Count{}
	err = s.selectFrom(ctx, of, "%s", []any{mostFrequent(column, of.from, limit)}, func(r *rowReader) {
		counts = append(counts, recording.Count{Value: r.string(), Count: r.int64()})
	})
	return counts, err
}

// tagValues counts tags, of which those that people gave are elsewhere.
func (s *Store) tagValues(ctx context.Context, of selection, column string, limit int) ([]recording.Count, error) {
	tagged, err := s.tags.Tagged(ctx)
	if err != nil {
		return nil, err
	}
	from, most := of.from, limit
	byTag := map[string]int64{}
	if len(tagged) > 0 {
		var ids []key
		for id := range tagged {
			ids = append(ids, keyOf(id))
		}
		listed := tuples(ids, key.numbers)
		from, most = of.from+" AND (id_high, id_low) NOT IN "+listed, math.MaxInt32 // Any may become the most frequent.
		err := s.selectFrom(ctx, of, "SELECT id_high, id_low FROM %s AND (id_high, id_low) IN %s", []any{of.from, listed}, func(r *rowReader) {
			id := key{r.uint64(), r.uint64()}.id()
			for i, tag := range tagged[id] {
				if !slices.Contains(tagged[id][:i], tag) {
					byTag[tag]++
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	err = s.selectFrom(ctx, of, "%s", []any{mostFrequent(column, from, most)}, func(r *rowReader) {
		tag := r.string()
		byTag[tag] += r.int64()
	})
	counts := []recording.Count{}
	for tag, n := range byTag {
		counts = append(counts, recording.Count{Value: tag, Count: n})
	}
	slices.SortFunc(counts, func(a, b recording.Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return counts[:min(len(counts), limit)], err
}

// Volume counts the recordings of a filter, which must have a time range, by severity and step. See api.RecordingSums.
func (s *Store) Volume(ctx context.Context, filter recording.Filter, step time.Duration) (map[string]map[time.Time]int64, error) {
	if err := filter.Validate(); err != nil {
		return nil, err
	}
	switch {
	case filter.From == nil || filter.To == nil:
		return nil, validation.Errorf("from", "must be given, and to as well")
	case step < time.Second:
		return nil, validation.Errorf("step", "must be at least 1s, is %s", step)
	case filter.To.Sub(*filter.From)/step >= maxPoints:
		return nil, validation.Errorf("step", "must be larger: from and to are more than %d steps apart", maxPoints)
	}
	from := filter.From.UTC().Truncate(step)
	of, err := s.selection(ctx, filter)
	if err != nil {
		return nil, err
	}
	volume := map[string]map[time.Time]int64{}
	err = s.selectFrom(ctx, of, "SELECT toInt64(intDiv(time - %d, %d)) AS at, toString(severity) AS level, count() FROM %s GROUP BY at, level", []any{from.UnixMicro(), step.Microseconds(), of.from}, func(r *rowReader) {
		at, severity, n := r.int64(), r.string(), r.int64()
		if volume[severity] == nil {
			volume[severity] = map[time.Time]int64{}
		}
		volume[severity][from.Add(time.Duration(at)*step)] = n
	})
	return volume, err
}
