package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// maxCounts is how many values each count of the statistics has.
	maxCounts = 50
	// maxValues bounds the answer of Values, and maxPoints that of Volume.
	maxValues, maxPoints = 1000, 10_000
)

// statusText is the response status as filters have it, and statusOf the same in Go.
const statusText = "CASE response_status WHEN 0 THEN 'none' ELSE CAST(response_status AS TEXT) END"

func statusOf(status int) string {
	if status == 0 {
		return "none"
	}
	return strconv.Itoa(status)
}

// matching returns what follows FROM recordings to read all that match a valid filter, in no order.
func (s *Store) matching(ctx context.Context, filter recording.Filter) (clauses string, args []any, err error) {
	index, _ := indexFor(&filter)
	if index == indexOf("gateway") || index == indexOf("method") {
		index = byTime // Each row of theirs, which are many, would be read from the table for the rest.
	}
	var c conditions
	if index == byNumber {
		during, err := numbersDuring(ctx, s.reads, &filter)
		if err != nil {
			return "", nil, s.wrap(err)
		}
		c.numbers = &during
	}
	err = c.filter(filter)
	return index + c.where(), c.args, err
}

// statsOf reads what the index by time has, in one pass: grouping so many rows in SQL would sort them for every list. By another index
// the sizes are read of the table, without the bodies.
func statsOf(from string) string {
	bytes := "octet_length(%s)"
	if strings.HasPrefix(from, byTime) {
		bytes = "length(CAST(%s AS BLOB))" // in the words of the index
	}
	return `SELECT timestamp, response_time_ms, response_status, grpc_status, websocket_close, faults, failure, failed_by,
		method, route, protocol, scenario_mode, consumer, gateway,
		coalesce(` + fmt.Sprintf(bytes, "body") + `, 0) + coalesce(` + fmt.Sprintf(bytes, "response_body") + `, 0) FROM recordings ` + from
}

// Stats sums up the recordings of a filter, all figures from one snapshot. See api.Recordings.
func (s *Store) Stats(ctx context.Context, filter recording.Filter) (recording.Stats, error) {
	var stats recording.Stats
	if err := filter.Validate(); err != nil {
		return stats, err
	}
	lists := []struct {
		of   func(r *recording.Recording) string
		into *[]recording.Count
	}{
		{func(r *recording.Recording) string { return statusOf(r.ResponseStatus) }, &stats.ByStatus},
		{func(r *recording.Recording) string { return r.Method }, &stats.ByMethod},
		{func(r *recording.Recording) string { return r.Route }, &stats.ByRoute},
		{func(r *recording.Recording) string { return string(r.Protocol) }, &stats.ByProtocol},
		{func(r *recording.Recording) string { return r.ScenarioMode }, &stats.ByMode},
		{func(r *recording.Recording) string { return r.Consumer }, &stats.ByConsumer},
		{func(r *recording.Recording) string { return r.Gateway }, &stats.ByGateway},
	}
	var times []float64
	byFault := map[string]int64{}
	counts := make([]map[string]int64, len(lists))
	for i := range counts {
		counts[i] = map[string]int64{}
	}
	faults := map[string][]recording.Fault{} // few are different
	oldest, newest := int64(math.MaxInt64), int64(math.MinInt64)
	from, args, err := s.matching(ctx, filter)
	if err != nil {
		return stats, err
	}
	row := newRow()
	err = s.query(ctx, statsOf(from), args, func(rows *sql.Rows) error {
		for rows.Next() {
			if err := rows.Scan(row.into[:]...); err != nil {
				return err
			}
			at, bytes := row.number(0), row.number(14)
			r := recording.Recording{
				ResponseStatus: int(row.number(2)), GRPCStatus: row.optional(3), WebSocketClose: row.optional(4), Failure: row.text(6), FailedBy: recording.FailedBy(row.text(7)),
				Method: row.text(8), Route: row.text(9), Protocol: recording.Protocol(row.text(10)), ScenarioMode: row.text(11), Consumer: row.text(12), Gateway: row.text(13),
			}
			r.ResponseTimeMS, _ = row.values[1].(float64)
			written := row.text(5)
			if written != "" {
				known, ok := faults[written]
				if !ok {
					if err := (document{&known}).Scan(written); err != nil {
						return err
					}
					faults[written] = known
				}
				r.Faults = known
			}
			addTotals(&stats, &r, 1, byFault)
			stats.Bytes += bytes
			oldest, newest = min(oldest, at), max(newest, at)
			times = append(times, r.ResponseTimeMS)
			for i := range lists {
				counts[i][lists[i].of(&r)]++
			}
		}
		return nil
	})
	if err != nil {
		return recording.Stats{}, err
	}
	if len(times) > 0 {
		stats.Oldest, stats.Newest = timeOf(oldest), timeOf(newest)
	}
	for i, list := range lists {
		*list.into = countsOf(counts[i], maxCounts)
	}
	stats.ByFault = countsOf(byFault, maxCounts)
	slices.Sort(times)
	stats.P50MS, stats.P95MS, stats.P99MS = percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99)
	return stats, nil
}

// row is what a statement of many rows is read into. As any, numbers come as they are, where database/sql would write each of them out
// as a text, and read that.
type row struct {
	values [15]any
	into   [15]any
}

func newRow() *row {
	r := &row{}
	for i := range r.values {
		r.into[i] = &r.values[i]
	}
	return r
}

// number is 0 for null, and text empty.
func (r *row) number(i int) int64 {
	n, _ := r.values[i].(int64)
	return n
}

func (r *row) text(i int) string {
	text, _ := r.values[i].(string)
	return text
}

func (r *row) optional(i int) *int {
	if n, ok := r.values[i].(int64); ok {
		return new(int(n))
	}
	return nil
}

// addTotals counts n recordings that are like r.
func addTotals(stats *recording.Stats, r *recording.Recording, n int64, byFault map[string]int64) {
	stats.Total += n
	if r.Injected() {
		stats.Injected += n
	}
	if origin := r.Origin(); origin == recording.OriginInjected || origin == recording.OriginOrganic {
		stats.Errors += n
	}
	for i, f := range r.Faults {
		if !slices.ContainsFunc(r.Faults[:i], func(before recording.Fault) bool { return before.Kind == f.Kind }) {
			byFault[f.Kind] += n
		}
	}
}

// timeOf returns a time of microseconds.
func timeOf(at int64) *time.Time {
	t := time.UnixMicro(at).UTC()
	return &t
}

// countsOf returns the most frequent first, at most so many; what is empty is none.
func countsOf(counted map[string]int64, most int) []recording.Count {
	counts := []recording.Count{}
	for value, n := range counted {
		if value != "" {
			counts = append(counts, recording.Count{Value: value, Count: n})
		}
	}
	slices.SortFunc(counts, func(a, b recording.Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return counts[:min(len(counts), most)]
}

// percentile interpolates between the two nearest of sorted values; nil where there are none.
func percentile(sorted []float64, share float64) *float64 {
	if len(sorted) == 0 {
		return nil
	}
	place := share * float64(len(sorted)-1)
	low := int(math.Floor(place))
	value := sorted[low]
	if low+1 < len(sorted) {
		value += (sorted[low+1] - value) * (place - float64(low))
	}
	return &value
}

// valueColumns are the lists of recording.Filter whose values can be asked for; what is of lists is counted once a recording.
var valueColumns = map[string]struct{ value, list string }{
	"protocols": {value: "protocol"}, "gateways": {value: "gateway"}, "methods": {value: "method"}, "routes": {value: "route"},
	"modes": {value: "scenario_mode"}, "consumers": {value: "consumer"}, "statuses": {value: statusText}, "rules": {value: "rule"},
	"faults": {value: "element.value ->> 'kind'", list: "faults"}, "tags": {value: "element.value", list: "tags"},
	"failed_by": {value: "failed_by"}, "failure_kind": {value: "failure_kind"},
}

// Values gives the values that recordings of a filter have for one of the filter's own lists (field: protocols, gateways, methods,
// routes, modes, consumers, statuses, rules, faults, tags, failed_by or failure_kind), the most frequent first and at most limit (1
// to 1000) of them.
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
	from, args, err := s.matching(ctx, filter)
	if err != nil {
		return nil, err
	}
	statement := "SELECT " + column.value + " FROM recordings " + from
	if column.list != "" {
		statement = "SELECT DISTINCT matching.number, " + column.value + " AS value FROM (SELECT number, " + column.list + " AS list FROM recordings " + from + ") AS matching, json_each(matching.list) AS element"
		statement = "SELECT value FROM (" + statement + ")"
	}
	counted := map[string]int64{}
	err = s.query(ctx, statement, args, func(rows *sql.Rows) error {
		for rows.Next() {
			var value string
			if err := rows.Scan(&sqlText[string]{&value}); err != nil {
				return err
			}
			counted[value]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return countsOf(counted, limit), nil
}

// Volume counts the recordings of a filter, which must have a time range, by severity (error, warning, info) and step. Keys are the
// beginnings of steps, multiples of step; steps without recordings are left out.
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
	matching, args, err := s.matching(ctx, filter)
	if err != nil {
		return nil, err
	}
	args = append([]any{from.UnixMicro(), step.Microseconds()}, args...)
	volume := map[string]map[time.Time]int64{}
	// Counted here, since SQL would sort all rows for it.
	type key struct{ at, status, grpc, closed any }
	counted := map[key]int64{}
	row := newRow()
	err = s.query(ctx, "SELECT (timestamp - ?) / ?, response_status, grpc_status, websocket_close FROM recordings "+matching, args, func(rows *sql.Rows) error {
		for rows.Next() {
			if err := rows.Scan(row.into[:4]...); err != nil {
				return err
			}
			counted[key{row.values[0], row.values[1], row.values[2], row.values[3]}]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for k, n := range counted {
		row.values[0], row.values[1], row.values[2], row.values[3] = k.at, k.status, k.grpc, k.closed
		severity := analysis.Severity(&recording.Recording{ResponseStatus: int(row.number(1)), GRPCStatus: row.optional(2), WebSocketClose: row.optional(3)})
		if volume[severity] == nil {
			volume[severity] = map[time.Time]int64{}
		}
		volume[severity][from.Add(time.Duration(row.number(0))*step)] += n
	}
	return volume, nil
}
