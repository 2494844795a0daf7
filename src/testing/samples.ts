import { BOUNDS, type Point, type Update } from '../types/traffic';
import type { Recording } from '../types/recording';
import type { Change, Instance, Scenario } from '../types/scenario';

/** One second of traffic, 14:00:00 plus seconds, with some of its figures. */
export function point(seconds: number, figures: Partial<Point> = {}): Point {
  return {
    time: new Date(Date.UTC(2026, 10, 23, 14, 0, seconds)).toISOString(),
    requests_per_second: 10,
    error_rate: 0,
    organic_error_rate: 0,
    injected_error_rate: 0,
    injected_rate: 0,
    mean_ms: 20,
    p50_ms: 18,
    p95_ms: 40,
    p99_ms: 60,
    active_connections: 3,
    buckets: [...BOUNDS.map(() => 0), 0],
    mode: 'healthy',
    by_protocol: {},
    by_gateway: {},
    by_route: [],
    ...figures,
  };
}

export function update(values: Partial<Update> = {}): Update {
  return { type: 'metrics_update', mode: 'healthy', scenario_version: 3, instances: 2, applied: 2, ...values };
}

export function scenario(values: Partial<Scenario> = {}): Scenario {
  return { mode: 'healthy', version: 3, set_at: '2026-11-23T14:02:00Z', set_by: 'admin', ...values };
}

export function change(values: Partial<Change> = {}): Change {
  return {
    version: 3,
    at: '2026-11-23T14:02:00Z',
    by: 'admin',
    action: 'mode',
    scenario: scenario(),
    ...values,
  };
}

export function instance(values: Partial<Instance> = {}): Instance {
  return {
    id: 'i1',
    name: 'collector-1',
    started_at: '2026-11-23T13:00:00Z',
    last_seen_at: '2026-11-23T14:00:00Z',
    applied_version: 3,
    gateways: [{ name: 'shop', endpoint: '127.0.0.1:8080', upstream: 'http://shop' }],
    live: true,
    ...values,
  };
}

export function recording(values: Partial<Recording> = {}): Recording {
  return {
    id: '0193-1',
    timestamp: '2026-11-23T14:00:00.123Z',
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    protocol: 'http',
    gateway: 'shop',
    instance: 'collector-1',
    consumer: 'web',
    method: 'GET',
    path: '/users/1',
    body: { encoding: 'utf8', content: '', size: 0 },
    response_status: 200,
    response_body: { encoding: 'utf8', content: '{"id":1}', size: 8 },
    response_time_ms: 12.5,
    upstream_time_ms: 10,
    scenario_mode: 'healthy',
    scenario_version: 3,
    ...values,
  };
}
