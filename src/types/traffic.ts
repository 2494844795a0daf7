/** The words of pkg/traffic, field by field as its JSON. */

/** Upper bounds of the latency buckets in milliseconds; one more bucket counts what is above. */
export const BOUNDS: readonly number[] = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 7500, 10000, 30000];

/** One route's share of a point. */
export interface RouteFigures {
  route: string;
  gateway: string;
  requests_per_second: number;
  error_rate: number;
  p95_ms: number | null;
}

/** One plugin's share of a point: a middleware that is chained on gateways. */
export interface PluginFigures {
  name: string;
  executions_per_second: number;
  errors_per_second: number;
  mean_ms: number | null;
}

/** The traffic of the whole fleet in one second (or one step). Rates are shares from 0 to 1. */
export interface Point {
  time: string;
  requests_per_second: number;
  error_rate: number;
  organic_error_rate: number;
  injected_error_rate: number;
  injected_rate: number;
  mean_ms: number | null;
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
  active_connections: number;
  buckets: number[];
  mode: string;
  by_protocol: Record<string, number> | null;
  by_gateway: Record<string, number> | null;
  by_route: RouteFigures[] | null;
  /** Absent where no plugin ran. */
  by_plugin?: PluginFigures[] | null;
}

/** One message of the live stream. */
export interface Update {
  type: 'metrics_update' | 'scenario_update';
  point?: Point;
  mode: string;
  scenario_version: number;
  instances: number;
  applied: number;
  error?: string;
}
