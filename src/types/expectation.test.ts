import { expectedLatency, expectedOutcomes, ofHundred } from './expectation';
import { BOUNDS } from './traffic';

const buckets = (counts: Record<number, number>) => [...BOUNDS, Infinity].map((bound) => counts[bound] ?? 0);

it('tells what becomes of requests in each mode', () => {
  expect(expectedOutcomes({ mode: 'healthy' })).toMatchObject({ errors: 0, timeouts: 0, slowed: 0, untouched: 1 });
  expect(expectedOutcomes({ mode: 'error', error_rate: 0.25 })).toMatchObject({ errors: 0.25, untouched: 0.75 });
  expect(expectedOutcomes({ mode: 'degraded', error_rate: 0.5 })).toMatchObject({ errors: 0.5, slowed: 0.5 });
  const chaos = expectedOutcomes({ mode: 'chaos', error_rate: 0.3, timeout_rate: 0.2, spike_probability: 0.4 });
  expect(chaos).toMatchObject({ errors: 0.3, timeouts: 0.2 });
  expect(chaos.slowed).toBeCloseTo(0.2);
});

it('counts what added latency slows, and no errors where chaos has them turned off', () => {
  expect(expectedOutcomes({ mode: 'healthy' }, { min_ms: 1, max_ms: 2 })).toMatchObject({ slowed: 1, untouched: 0 });
  expect(expectedOutcomes({ mode: 'chaos', random_errors: false, timeout_rate: 0 }).errors).toBe(0);
});

it('counts what faults take, each its share of what is left', () => {
  const outcomes = expectedOutcomes({
    mode: 'error',
    faults: [
      { kind: 'error', share: 0.5 },
      { kind: 'reset', share: 0.2 },
      { kind: 'latency', delay_ms: 100, when: { every: 4 } },
    ],
  });
  expect(outcomes).toMatchObject({ errors: 0.5, timeouts: 0, changed: 0 });
  expect(outcomes.broken).toBeCloseTo(0.1);
  expect(outcomes.slowed).toBeCloseTo(0.1);
  expect(outcomes.untouched).toBeCloseTo(0.3);
  const blackout = { kind: 'timeout' as const, when: { window_on_ms: 10, window_of_ms: 60 } };
  expect(expectedOutcomes({ mode: 'chaos', faults: [blackout] }).timeouts).toBeCloseTo(1 / 6);
});

it('adds the latency of faults, as it is drawn', () => {
  const traffic = buckets({ 10: 100 });
  const latency = { kind: 'latency' as const, distribution: 'lognormal' as const, delay_ms: 200 };
  const expected = expectedLatency(traffic, {
    mode: 'degraded',
    faults: [latency, { kind: 'drip', duration_ms: 1000 }],
  });
  expect(expected?.p50).toBeGreaterThan(1150);
  expect(expected?.p50).toBeLessThan(1250);
  expect(expected?.p95).toBeGreaterThan(1350);
});

it('multiplies latency, with the floor that the gateway has', () => {
  const traffic = buckets({ 10: 90, 250: 10 });
  expect(expectedLatency(traffic, { mode: 'healthy' })).toEqual({ p50: 7.5, p95: 175 });
  expect(expectedLatency(traffic, { mode: 'degraded', latency_multiplier: 3 })).toEqual({ p50: 150, p95: 525 });
  expect(expectedLatency(buckets({}), { mode: 'healthy' })).toBeNull();
});

it('adds the override on top, and spikes only to their share', () => {
  const traffic = buckets({ 10: 100 });
  expect(expectedLatency(traffic, { mode: 'healthy' }, { min_ms: 100, max_ms: 100 })).toEqual({
    p50: 107.5,
    p95: 107.5,
  });
  const chaos = expectedLatency(traffic, { mode: 'chaos', latency_min_ms: 1000, latency_max_ms: 1000 });
  expect(chaos?.p50).toBeLessThan(60);
  expect(chaos?.p95).toBeCloseTo(1007.5);
});

it('rounds shares to a hundred in which nothing gets lost', () => {
  expect(ofHundred([0.333, 0.333, 0.334])).toEqual([33, 33, 34]);
  expect(ofHundred([0.001, 0, 0.999])).toEqual([1, 0, 99]);
  expect(ofHundred([1, 0])).toEqual([100, 0]);
});
