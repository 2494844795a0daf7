package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// severityOf says of a recording what pkg/datasource says in Go; a test holds both together.
const severityOf = `CASE
	WHEN grpc_status IS NOT NULL THEN CASE WHEN grpc_status <> 0 THEN 'error' WHEN response_status >= 400 THEN 'warning' ELSE 'info' END
	WHEN websocket_close IS NOT NULL THEN CASE WHEN websocket_close NOT IN (1000, 1001, 1005) THEN 'error' WHEN response_status >= 400 THEN 'warning' ELSE 'info' END
	WHEN response_status = 0 OR response_status >= 500 OR response_status IN (408, 429) THEN 'error'
	WHEN response_status >= 400 THEN 'warning'
	ELSE 'info' END`

// Volume counts the recordings of a filter, which must have a time range, by severity (error, warning, info) and step.
// Keys are the beginnings of steps, multiples of step; steps without recordings are left out.
func (s *Store) Volume(ctx context.Context, filter recording.Filter, step time.Duration) (map[string]map[time.Time]int64, error) {
	if err := filter.Validate(); err != nil {
		return nil, err
	}
	switch {
	case filter.From == nil || filter.To == nil:
		return nil, validation.Errorf("from", "must be given, and to as well")
	case step < time.Second:
		return nil, validation.Errorf("step", "must be at least 1s, is %s", step)
	case filter.To.Sub(*filter.From)/step >= traffic.MaxSteps:
		return nil, validation.Errorf("step", "must be larger: from and to are more than %d steps apart", traffic.MaxSteps)
	}
	from := filter.From.UTC().Truncate(step)
	var c conditions
	matching, err := s.matching(ctx, &c, "timestamp, response_status, grpc_status, websocket_close", filter)
	if err != nil {
		return nil, wrap(err)
	}
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf("SELECT floor(extract(epoch FROM timestamp - %s) / %s)::bigint AS at, %s AS severity, count(*) FROM %s GROUP BY at, severity",
		c.bind(from), c.bind(step.Seconds()), severityOf, matching), c.args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	volume := map[string]map[time.Time]int64{}
	for rows.Next() {
		var at, n int64
		var severity string
		if err := rows.Scan(&at, &severity, &n); err != nil {
			return nil, wrap(err)
		}
		if volume[severity] == nil {
			volume[severity] = map[time.Time]int64{}
		}
		volume[severity][from.Add(time.Duration(at)*step)] = n
	}
	return volume, wrap(rows.Err())
}
