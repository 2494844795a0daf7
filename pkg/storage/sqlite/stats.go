package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
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

// statusText is the response status as filters have it.
const statusText = "CASE response_status WHEN 0 THEN 'none' ELSE CAST(response_status AS TEXT) END"

// Stats sums up the recordings of a filter, all figures from one snapshot. See api.Recordings.
func (s *Store) Stats(ctx context.Context, filter recording.Filter) (recording.Stats, error) {
	var stats recording.Stats
	if err := filter.Validate(); err != nil {
		return stats, err
	}
	var c conditions
	if err := c.filter(filter); err != nil {
		return stats, err
	}
	lists := []struct {
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
	}
	// Each row belongs to the list of its number; totals and durations come behind them. What is no column of a row is null there.
	statement := `WITH matching AS MATERIALIZED (SELECT timestamp, response_time_ms, response_status, grpc_status, websocket_close, faults, failure, failed_by,
			method, route, protocol, scenario_mode, consumer, gateway, coalesce(octet_length(body), 0) + coalesce(octet_length(response_body), 0) AS bytes
			FROM recordings` + c.where() + ")"
	for i, list := range lists {
		*list.into = []recording.Count{}
		statement += fmt.Sprintf(" SELECT %d AS list, %s AS value, count(*) AS n, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM matching GROUP BY value UNION ALL", i, list.value)
	}
	const kinds, durations = -2, -1
	statement += fmt.Sprintf(` SELECT %d, faults, count(*), response_status, grpc_status, websocket_close, failure, failed_by, min(timestamp), max(timestamp), sum(bytes)
			FROM matching GROUP BY faults, response_status, grpc_status, websocket_close, failure, failed_by UNION ALL
		SELECT %d, response_time_ms, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM matching`, kinds, durations)
	var times []float64
	byFault := map[string]int64{}
	err := s.query(ctx, statement, c.args, func(rows *sql.Rows) error {
		for rows.Next() {
			var list int
			var n int64
			var value any
			var status, grpc, closed *int
			var failure, by *string
			var oldest, newest, bytes *int64
			if err := rows.Scan(&list, &value, &n, &status, &grpc, &closed, &failure, &by, &oldest, &newest, &bytes); err != nil {
				return err
			}
			switch list {
			case durations:
				times = append(times, value.(float64))
			case kinds:
				r := recording.Recording{ResponseStatus: *status, GRPCStatus: grpc, WebSocketClose: closed, Failure: *failure}
				if by != nil {
					r.FailedBy = recording.FailedBy(*by)
				}
				if err := (document{&r.Faults}).Scan(value); err != nil {
					return err
				}
				addTotals(&stats, &r, n, byFault)
				stats.Bytes += *bytes
				stats.Oldest, stats.Newest = earlier(stats.Oldest, *oldest), later(stats.Newest, *newest)
			default:
				if text := value.(string); text != "" {
					*lists[list].into = append(*lists[list].into, recording.Count{Value: text, Count: n})
				}
			}
		}
		return nil
	})
	if err != nil {
		return recording.Stats{}, err
	}
	for _, list := range lists {
		*list.into = mostOf(*list.into, maxCounts)
	}
	stats.ByFault = []recording.Count{}
	for kind, n := range byFault {
		if kind != "" {
			stats.ByFault = append(stats.ByFault, recording.Count{Value: kind, Count: n})
		}
	}
	stats.ByFault = mostOf(stats.ByFault, maxCounts)
	slices.Sort(times)
	stats.P50MS, stats.P95MS, stats.P99MS = percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99)
	return stats, nil
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

func earlier(than *time.Time, at int64) *time.Time {
	if t := time.UnixMicro(at).UTC(); than == nil || t.Before(*than) {
		return &t
	}
	return than
}

func later(than *time.Time, at int64) *time.Time {
	if t := time.UnixMicro(at).UTC(); than == nil || t.After(*than) {
		return &t
	}
	return than
}

// mostOf sorts by the most frequent, and leaves so many.
func mostOf(counts []recording.Count, most int) []recording.Count {
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
	var c conditions
	if err := c.filter(filter); err != nil {
		return nil, err
	}
	from := "SELECT " + column.value + " AS value FROM recordings" + c.where()
	if column.list != "" {
		from = "SELECT DISTINCT matching.number, " + column.value + " AS value FROM (SELECT number, " + column.list + " AS list FROM recordings" + c.where() + ") AS matching, json_each(matching.list) AS element"
	}
	counts := []recording.Count{}
	err := s.query(ctx, "SELECT value, count(*) AS n FROM ("+from+") WHERE value <> '' GROUP BY value ORDER BY n DESC, value LIMIT ?", append(c.args, limit), func(rows *sql.Rows) error {
		for rows.Next() {
			var count recording.Count
			if err := rows.Scan(&count.Value, &count.Count); err != nil {
				return err
			}
			counts = append(counts, count)
		}
		return nil
	})
	return counts, err
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
	var c conditions
	if err := c.filter(filter); err != nil {
		return nil, err
	}
	args := append([]any{from.UnixMicro(), step.Microseconds()}, c.args...)
	volume := map[string]map[time.Time]int64{}
	err := s.query(ctx, "SELECT (timestamp - ?) / ? AS at, response_status, grpc_status, websocket_close, count(*) FROM recordings"+c.where()+" GROUP BY 1, 2, 3, 4", args, func(rows *sql.Rows) error {
		for rows.Next() {
			var at, n int64
			var r recording.Recording
			if err := rows.Scan(&at, &r.ResponseStatus, &r.GRPCStatus, &r.WebSocketClose, &n); err != nil {
				return err
			}
			severity := analysis.Severity(&r)
			if volume[severity] == nil {
				volume[severity] = map[time.Time]int64{}
			}
			volume[severity][from.Add(time.Duration(at)*step)] += n
		}
		return nil
	})
	return volume, err
}
