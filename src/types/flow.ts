import type { Point } from './traffic';

/** What became of requests. */
export type OutcomeName = 'passed' | 'slowed' | 'organic' | 'injected';

/** The traffic of some seconds as it splits up, in requests per second. */
export interface Flow {
  requestsPerSecond: number;
  gateways: Array<{ name: string; value: number }>;
  outcomes: Array<{ name: OutcomeName; value: number }>;
}

/** Gateways that are drawn on their own; the others are drawn together. */
const MAX_GATEWAYS = 4;

/** Averages the points into a flow: which gateways requests came through, and what became of them. */
export function flowOf(points: readonly Point[]): Flow {
  const mean = (of: (point: Point) => number) =>
    points.length ? points.reduce((sum, point) => sum + of(point), 0) / points.length : 0;
  const rate = (share: (point: Point) => number) => mean((point) => share(point) * point.requests_per_second);
  const requests = mean((point) => point.requests_per_second);
  const injected = rate((point) => point.injected_error_rate);
  const organic = rate((point) => point.organic_error_rate);
  const slowed = Math.max(0, rate((point) => point.injected_rate) - injected);
  return {
    requestsPerSecond: requests,
    gateways: gatewaysOf(points, mean),
    outcomes: [
      // An upstream's error that was slowed counts as both: as its error, which is what the client notices.
      { name: 'passed', value: atLeastZero(requests - injected - organic - slowed) },
      { name: 'slowed', value: Math.min(slowed, atLeastZero(requests - injected - organic)) },
      { name: 'organic', value: organic },
      { name: 'injected', value: injected },
    ],
  };
}

function gatewaysOf(points: readonly Point[], mean: (of: (point: Point) => number) => number) {
  const names = [...new Set(points.flatMap((point) => Object.keys(point.by_gateway ?? {})))];
  const all = names
    .map((name) => ({ name, value: mean((point) => point.by_gateway?.[name] ?? 0) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value || a.name.localeCompare(b.name));
  const [shown, others] = [all.slice(0, MAX_GATEWAYS), all.slice(MAX_GATEWAYS)];
  return others.length
    ? [...shown, { name: `${others.length} more`, value: others.reduce((sum, { value }) => sum + value, 0) }]
    : shown;
}

// Sums of shares are off by rounding: what is nothing stays nothing.
function atLeastZero(value: number): number {
  return value < 1e-6 ? 0 : value;
}
