import { BOUNDS, type Point } from './traffic';

/** What a stretch of traffic looked like. Rates are shares of its requests, latencies milliseconds. */
export interface Figures {
  requestsPerSecond: number;
  errorRate: number;
  organicErrorRate: number;
  injectedErrorRate: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** Sums points up: rates weighted by requests, quantiles from the added histograms. Undefined where there are none. */
export function figuresOf(points: readonly Point[]): Figures | undefined {
  if (points.length === 0) {
    return undefined;
  }
  const requests = sum(points, (point) => point.requests_per_second);
  const rate = (of: (point: Point) => number) =>
    requests > 0 ? sum(points, (point) => of(point) * point.requests_per_second) / requests : 0;
  const buckets = BOUNDS.map(() => 0).concat(0);
  for (const point of points) {
    (point.buckets ?? []).forEach((count, i) => (buckets[i] += count));
  }
  return {
    requestsPerSecond: requests / points.length,
    errorRate: rate((point) => point.error_rate),
    organicErrorRate: rate((point) => point.organic_error_rate),
    injectedErrorRate: rate((point) => point.injected_error_rate),
    p50: quantile(buckets, 0.5),
    p95: quantile(buckets, 0.95),
    p99: quantile(buckets, 0.99),
  };
}

/** The added histograms of the points in which nothing was injected: what traffic is like by itself. */
export function unharmedBuckets(points: readonly Point[]): number[] {
  const buckets = BOUNDS.map(() => 0).concat(0);
  for (const point of points) {
    if (point.injected_rate === 0) {
      (point.buckets ?? []).forEach((count, i) => (buckets[i] += count));
    }
  }
  return buckets;
}

/** The q-quantile in milliseconds, linear within a bucket; null without counts. What is above the last bound is that bound. */
export function quantile(buckets: readonly number[], q: number): number | null {
  const total = buckets.reduce((a, b) => a + b, 0);
  if (total === 0) {
    return null;
  }
  const rank = q * total;
  let below = 0;
  for (let i = 0; i < BOUNDS.length; i++) {
    const count = buckets[i] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = i === 0 ? 0 : BOUNDS[i - 1];
      return lower + (BOUNDS[i] - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return BOUNDS[BOUNDS.length - 1];
}

/** The seconds of traffic that a comparison looks at on each side. */
const BEFORE_SECONDS = 60;
const NOW_SECONDS = 10;

/** Milliseconds around a switch that hold traffic of both sides, since the seconds of collectors are not aligned to it. */
const MARGIN = 2000;

/** Seconds of healthy traffic that make a baseline. */
const BASELINE_SECONDS = 5;

/** The traffic now beside that of before. */
export interface Comparison {
  before?: Figures;
  /** Whether before is healthy traffic, rather than just the minute before the switch. */
  healthy: boolean;
  now?: Figures;
}

/**
 * Compares the latest seconds after the switch at switchedAt with the last minute of healthy traffic before it, as
 * isHealthy tells it; where there is none, with the minute before the switch.
 */
export function compare(
  points: readonly Point[],
  switchedAt?: Date,
  isHealthy: (time: number) => boolean = () => false
): Comparison {
  const last = points.at(-1);
  if (!last) {
    return { healthy: false };
  }
  const end = Date.parse(last.time);
  const since = switchedAt?.getTime() ?? -Infinity;
  const within = (from: number, to: number) =>
    points.filter((point) => {
      const time = Date.parse(point.time);
      return time > from && time <= to;
    });
  const now = figuresOf(within(Math.max(end - NOW_SECONDS * 1000, since), end));
  if (!Number.isFinite(since)) {
    return { now, healthy: false };
  }
  const baseline = within(-Infinity, since - MARGIN)
    .filter((point) => [-MARGIN, 0, MARGIN].every((offset) => isHealthy(Date.parse(point.time) + offset)))
    .slice(-BEFORE_SECONDS);
  const healthy = baseline.length >= BASELINE_SECONDS;
  const before = healthy ? baseline : within(since - BEFORE_SECONDS * 1000 - MARGIN, since - MARGIN);
  return { now, before: figuresOf(before), healthy };
}

function sum(points: readonly Point[], of: (point: Point) => number): number {
  return points.reduce((total, point) => total + of(point), 0);
}
