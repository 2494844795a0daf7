package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lib/pq"
)

const (
	// loadedDays is how many days the recordings are spread over, the last of which ends now.
	loadedDays = 7
	// lastDayShare is the part of them that the last 24 hours have.
	lastDayShare = 0.4
)

// loadRecordings makes count recordings up in the database itself, which is quicker than to send them. Each day is loaded
// into a table without indexes, which becomes a partition then.
func loadRecordings(ctx context.Context, db *sql.DB, count int, now time.Time) error {
	if _, err := db.ExecContext(ctx, shapes); err != nil {
		return err
	}
	lastDay := now.Add(-24 * time.Hour)
	first := now.AddDate(0, 0, -loadedDays).Truncate(24 * time.Hour)
	for day := first; !day.After(now); day = day.AddDate(0, 0, 1) {
		name := "recorded_requests_" + day.Format("20060102")
		if _, err := db.ExecContext(ctx, fmt.Sprintf("CREATE TABLE %s (LIKE recorded_requests INCLUDING DEFAULTS INCLUDING CONSTRAINTS)", name)); err != nil {
			return err
		}
		for _, part := range []struct {
			from, to time.Time
			perDay   float64
		}{
			{later(day, now.AddDate(0, 0, -loadedDays)), earlier(day.AddDate(0, 0, 1), lastDay), float64(count) * (1 - lastDayShare) / (loadedDays - 1)},
			{later(day, lastDay), earlier(day.AddDate(0, 0, 1), now), float64(count) * lastDayShare},
		} {
			span := part.to.Sub(part.from)
			if span <= 0 {
				continue
			}
			rows := int(part.perDay * span.Hours() / 24)
			start := time.Now()
			if _, err := db.ExecContext(ctx, fmt.Sprintf(generate, name), part.from, rows, span.Seconds()); err != nil {
				return err
			}
			fmt.Printf("  %s: %d recordings in %s\n", name, rows, time.Since(start).Round(time.Second))
		}
		start := time.Now()
		if _, err := db.ExecContext(ctx, fmt.Sprintf("ALTER TABLE recorded_requests ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)", name,
			pq.QuoteLiteral(day.Format(time.RFC3339)), pq.QuoteLiteral(day.AddDate(0, 0, 1).Format(time.RFC3339)))); err != nil {
			return err
		}
		fmt.Printf("  %s: indexed in %s\n", name, time.Since(start).Round(time.Second))
	}
	_, err := db.ExecContext(ctx, "VACUUM ANALYZE recorded_requests")
	return err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// shapes are functions that give the n-th value of a thing, skewed as traffic is: a few values are most of it.
const shapes = `
CREATE OR REPLACE FUNCTION bench_skew(values_count int, skew float) RETURNS int LANGUAGE sql VOLATILE AS
	$$ SELECT floor(values_count * power(random(), skew))::int $$;
`

// generate makes rows from $1 on, $2 of them within $3 seconds.
const generate = `
INSERT INTO %s (id, timestamp, trace_id, span_id, protocol, gateway, instance, consumer, client_ip, method, scheme, host, path, route, operation,
	http_version, query_params, headers, body, body_size, response_status, response_headers, response_body, response_body_size, grpc_status,
	response_time_ms, upstream_time_ms, first_byte_ms, injected_delay_ms, scenario_mode, scenario_version, rule, faults, fault_kinds, failure, tags)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid,
	at, md5((n / 4)::text || $1), substr(h, 1, 16), protocol, gateway, 'collector-' || n %% 5, 'app-' || consumer, '10.0.' || consumer %% 256 || '.' || n %% 250,
	method, 'https', gateway || '.example', '/things-' || route || '/' || thing, '/things-' || route || '/{id}',
	CASE protocol WHEN 'graphql' THEN 'query Thing' || route WHEN 'grpc' THEN 'shop.Things/Get' || route ELSE '' END, '1.1',
	CASE WHEN n %% 3 = 0 THEN jsonb_build_object('page', jsonb_build_array((n %% 20)::text)) END,
	jsonb_build_object('Accept', jsonb_build_array('application/json'), 'User-Agent', jsonb_build_array('app/' || consumer %% 12),
		'X-Tenant', jsonb_build_array('tenant-' || consumer), 'X-Request-Id', jsonb_build_array(h), 'Content-Type', jsonb_build_array('application/json')),
	CASE WHEN method IN ('POST', 'PUT', 'PATCH') THEN '{"order":"' || substr(h, 1, 12) || '","customer":' || thing || ',"note":"' || repeat(substr(h, 13, 8) || ' ', 10) || '"}' END,
	120, status, jsonb_build_object('Content-Type', jsonb_build_array('application/json'), 'Date', jsonb_build_array(to_char(at, 'Dy, DD Mon YYYY HH24:MI:SS "GMT"')),
		'Etag', jsonb_build_array('"' || substr(h, 20, 10) || '"')),
	CASE WHEN status <> 0 THEN '{"thing":' || thing || ',"reference":"' || substr(h, 5, 16) || '","state":"' || (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + n %% 4] || '","lines":[' ||
		repeat('{"sku":"' || substr(h, 1, 6) || '","quantity":1},', 6) || '{}]}' END, 260,
	CASE WHEN protocol = 'grpc' THEN CASE WHEN status >= 500 THEN 14 ELSE 0 END END,
	duration, duration * 0.9, duration * 0.95, CASE WHEN mode = 'degraded' THEN 120 ELSE 0 END, mode, 17, CASE WHEN mode = 'healthy' THEN '' ELSE 'rule-' || rule END,
	CASE mode WHEN 'degraded' THEN '[{"kind":"latency","detail":"120ms"}]'::jsonb WHEN 'error' THEN '[{"kind":"error","detail":"503"}]'::jsonb WHEN 'chaos' THEN '[{"kind":"reset"}]'::jsonb END,
	CASE mode WHEN 'degraded' THEN ARRAY['latency'] WHEN 'error' THEN ARRAY['error'] WHEN 'chaos' THEN ARRAY[(ARRAY['reset', 'truncate', 'timeout'])[1 + rule %% 3]] ELSE '{}' END,
	CASE WHEN status = 0 THEN 'client aborted' ELSE '' END, CASE WHEN n %% 5000 = 0 THEN ARRAY['seen-' || rule] WHEN n %% 100 = 0 THEN ARRAY['replay'] ELSE '{}' END
FROM (
	SELECT *, md5(n || ' ' || at) AS h, CASE
			WHEN mode = 'error' THEN 503
			WHEN mode = 'chaos' THEN 0
			WHEN lot < 0.0003 THEN 0
			WHEN lot < 0.0023 THEN 500 + floor(lot * 1e7)::int %% 5
			WHEN lot < 0.06 THEN (ARRAY[404, 404, 404, 400, 401, 403, 409, 422, 429])[1 + n %% 9]
			WHEN lot < 0.0601 THEN 418
			WHEN lot < 0.08 THEN 304
			WHEN lot < 0.2 THEN 201
			ELSE 200 END AS status,
		CASE WHEN lot2 < 0.0002 THEN 2000 + 8000 * random() WHEN lot2 < 0.002 THEN 500 + 1500 * random() ELSE 1 + 60 * power(random(), 3) END AS duration
	FROM (
		SELECT n, $1::timestamptz + make_interval(secs => $3::float * (n - 1) / $2::int) AS at, random() AS lot, random() AS lot2,
			bench_skew(200, 3) AS route, bench_skew(500, 2) AS consumer, bench_skew(100000, 1.5) AS thing, bench_skew(10, 2) AS rule,
			(ARRAY['shop', 'shop', 'shop', 'shop', 'pay', 'pay', 'blog', 'search', 'search', 'legacy'])[1 + bench_skew(10, 1.2)] AS gateway,
			CASE WHEN random() < 0.001 THEN 'HEAD' WHEN random() < 0.01 THEN 'PATCH' ELSE (ARRAY['GET', 'GET', 'GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE'])[1 + bench_skew(9, 1.3)] END AS method,
			CASE WHEN random() < 0.01 THEN 'websocket' WHEN random() < 0.08 THEN 'grpc' WHEN random() < 0.06 THEN 'graphql' ELSE 'http' END AS protocol,
			-- Scenarios are in force for a while, and reach a part of the traffic.
			CASE WHEN extract(hour FROM $1::timestamptz + make_interval(secs => $3::float * (n - 1) / $2::int)) NOT IN (3, 9) OR random() < 0.7 THEN 'healthy'
				WHEN extract(hour FROM $1::timestamptz + make_interval(secs => $3::float * (n - 1) / $2::int)) = 3 THEN 'chaos'
				WHEN random() < 0.3 THEN 'error' ELSE 'degraded' END AS mode
		FROM generate_series(1, $2::int) AS n
	) AS drawn
) AS made
`
