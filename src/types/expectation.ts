import { withDefaults } from './behavior';
import type { Fault } from './fault';
import { effectOf, hitShare, type FaultEffect } from './faultEffect';
import { latencyQuantile } from './latencyDraw';
import { BOUNDS } from './traffic';
import type { Behavior, Latency } from './scenario';

/** What becomes of requests under a behavior, in shares that add up to 1. */
export interface Outcomes {
  /** Answered with an error instead of the upstream's answer. */
  errors: number;
  /** Held without an answer. */
  timeouts: number;
  /** Connections that end early, answers that cannot be read. */
  broken: number;
  /** Answered, with something else than what the upstream said. */
  changed: number;
  /** Answered by the upstream, noticeably later than it did. */
  slowed: number;
  /** Answered by the upstream, at most a few milliseconds later. */
  untouched: number;
}

/** What behavior does to requests on average. Added latency slows all that are answered. */
export function expectedOutcomes(given: Behavior, latency?: Latency): Outcomes {
  const behavior = withDefaults(given);
  const ownErrors = behavior.mode === 'chaos' && !behavior.random_errors ? 0 : clamp(behavior.error_rate ?? 0);
  const ownTimeouts = Math.min(1 - ownErrors, clamp(behavior.timeout_rate ?? 0));
  // Of what the mode lets pass, each fault takes its share, one independently of the other.
  let left = 1 - ownErrors - ownTimeouts;
  const take = (effect: FaultEffect) => {
    const missed = (behavior.faults ?? [])
      .filter((fault) => effectOf(fault) === effect)
      .reduce((product, fault) => product * (1 - hitShare(fault)), 1);
    const taken = left * (1 - missed);
    left -= taken;
    return taken;
  };
  const errors = ownErrors + take('error');
  const timeouts = ownTimeouts + take('timeout');
  const broken = take('broken');
  const changed = take('changed');
  const slowedByMode = left * (latency ? 1 : slowedOf(behavior));
  left -= slowedByMode;
  const slowed = slowedByMode + take('slowed');
  return { errors, timeouts, broken, changed, slowed, untouched: left };
}

function slowedOf(behavior: Behavior): number {
  switch (behavior.mode) {
    case 'degraded':
      return (behavior.latency_multiplier ?? 1) > 1 ? 1 : 0;
    case 'chaos':
      return behavior.random_slowdowns ? clamp(behavior.spike_probability ?? 0) : 0;
    default:
      return 0;
  }
}

/** A range of latency in milliseconds: the median, and what 95 % stay below. */
export interface LatencyRange {
  p50: number;
  p95: number;
}

/** Milliseconds of the floor that a multiplier has, and of the jitter that chaos adds to what it does not spike. */
const FLOOR = 50;
const JITTER = 50;

/** Steps in which a uniform distribution is spread out. */
const STEPS = 20;

type Weighted = ReadonlyArray<readonly [ms: number, weight: number]>;

/**
 * The latency of answered requests that behavior would make of the traffic whose histogram is buckets (by BOUNDS).
 * An estimate: within a bucket all are taken for its middle. Null without traffic.
 */
export function expectedLatency(buckets: readonly number[], given: Behavior, latency?: Latency): LatencyRange | null {
  let samples: Weighted = middles(buckets);
  if (samples.length === 0) {
    return null;
  }
  const behavior = withDefaults(given);
  if (behavior.mode === 'degraded') {
    const factor = behavior.latency_multiplier ?? 1;
    samples = samples.map(([ms, weight]) => [factor > 1 ? Math.max(ms, FLOOR) * factor : ms, weight]);
  }
  if (behavior.mode === 'chaos' && behavior.random_slowdowns) {
    const spikes = clamp(behavior.spike_probability ?? 0);
    samples = [
      ...spread(samples, 0, JITTER, 1 - spikes),
      ...spread(samples, behavior.latency_min_ms ?? 0, behavior.latency_max_ms ?? 0, spikes),
    ];
  }
  for (const fault of behavior.faults ?? []) {
    samples = delayed(samples, fault);
  }
  if (latency) {
    samples = spread(samples, latency.min_ms, latency.max_ms, 1);
  }
  return range(samples);
}

function middles(buckets: readonly number[]): Weighted {
  return buckets.flatMap((count, i) => {
    const upper = BOUNDS[i] ?? BOUNDS[BOUNDS.length - 1];
    return count > 0 ? [[((BOUNDS[i - 1] ?? 0) + upper) / 2, count] as const] : [];
  });
}

function spread(samples: Weighted, from: number, to: number, share: number): Weighted {
  if (share <= 0) {
    return [];
  }
  return samples.flatMap(([ms, weight]) =>
    Array.from({ length: STEPS }, (_, i): [number, number] => [
      ms + from + ((to - from) * (i + 0.5)) / STEPS,
      (weight * share) / STEPS,
    ])
  );
}

/** What a fault adds before an answer is whole: latency, and the time of a drip. Bandwidth depends on bodies. */
function delayed(samples: Weighted, fault: Fault): Weighted {
  const share = hitShare(fault);
  const delays =
    fault.kind === 'latency'
      ? Array.from({ length: STEPS }, (_, i) => latencyQuantile(fault, (i + 0.5) / STEPS))
      : fault.kind === 'drip'
        ? [fault.duration_ms ?? 10_000]
        : [];
  if (share === 0 || delays.length === 0 || delays.some((ms) => !Number.isFinite(ms))) {
    return samples;
  }
  const passed = share < 1 ? samples.map(([ms, weight]): [number, number] => [ms, weight * (1 - share)]) : [];
  return thinned([
    ...passed,
    ...samples.flatMap(([ms, weight]) =>
      delays.map((delay): [number, number] => [ms + delay, (weight * share) / delays.length])
    ),
  ]);
}

/** Samples that are kept apart: each fault would multiply them. */
const MAX_SAMPLES = 400;

function thinned(samples: Weighted): Weighted {
  if (samples.length <= MAX_SAMPLES) {
    return samples;
  }
  const sorted = [...samples].sort(([a], [b]) => a - b);
  const size = Math.ceil(sorted.length / MAX_SAMPLES);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, i): [number, number] => {
    const part = sorted.slice(i * size, (i + 1) * size);
    return [part[part.length >> 1][0], part.reduce((sum, [, weight]) => sum + weight, 0)];
  });
}

function range(samples: Weighted): LatencyRange {
  const sorted = [...samples].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, weight]) => sum + weight, 0);
  const at = (q: number) => {
    let below = 0;
    for (const [ms, weight] of sorted) {
      below += weight;
      // The margin forgives the rounding of many small weights.
      if (below >= q * total - 1e-9) {
        return ms;
      }
    }
    return sorted[sorted.length - 1][0];
  };
  return { p50: at(0.5), p95: at(0.95) };
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
}

/** Rounds shares to whole numbers of a hundred, so that they still add up: what is there at all gets at least one. */
export function ofHundred(shares: readonly number[]): number[] {
  const counts = shares.map((share) => (share > 0 ? Math.max(1, Math.floor(share * 100 + 1e-9)) : 0));
  const by = shares.map((share, i) => ({ i, rest: share * 100 - counts[i] })).sort((a, b) => b.rest - a.rest);
  let missing = 100 - counts.reduce((a, b) => a + b, 0);
  for (const { i } of by) {
    if (missing <= 0) {
      break;
    }
    counts[i]++;
    missing--;
  }
  while (missing < 0) {
    const largest = counts.indexOf(Math.max(...counts));
    counts[largest]--;
    missing++;
  }
  return counts;
}
