import { point } from '../testing/samples';
import { compare, figuresOf, quantile } from './figures';
import { BOUNDS } from './traffic';

function buckets(counts: Record<number, number>): number[] {
  return [...BOUNDS, Infinity].map((bound) => counts[bound] ?? 0);
}

describe('quantile', () => {
  it('is linear within its bucket', () => {
    expect(quantile(buckets({ 100: 10 }), 0.5)).toBe(75);
  });
  it('is the last bound for what is above', () => {
    expect(quantile(buckets({ Infinity: 5 }), 0.5)).toBe(30000);
  });
  it('is absent without traffic', () => {
    expect(quantile(buckets({}), 0.5)).toBeNull();
  });
});

describe('figuresOf', () => {
  it('weighs rates by the requests of each second', () => {
    const figures = figuresOf([
      point(0, { requests_per_second: 90, error_rate: 0 }),
      point(1, { requests_per_second: 10, error_rate: 1, injected_error_rate: 1 }),
    ]);
    expect(figures).toMatchObject({
      requestsPerSecond: 50,
      errorRate: 0.1,
      injectedErrorRate: 0.1,
      organicErrorRate: 0,
    });
  });
  it('has no error rate without requests', () => {
    expect(figuresOf([point(0, { requests_per_second: 0 })])?.errorRate).toBe(0);
  });
});

describe('compare', () => {
  const switched = new Date(Date.UTC(2026, 10, 23, 14, 0, 30));
  const points = Array.from({ length: 41 }, (_, i) => point(i, { error_rate: i > 30 ? 1 : 0 }));

  it('sets the minute before a switch beside the seconds after it', () => {
    const { before, now } = compare(points, switched);
    expect([before?.errorRate, now?.errorRate]).toEqual([0, 1]);
  });
  it('prefers healthy traffic to what was just before', () => {
    const toggled = points.map((one, i) => ({ ...one, error_rate: i > 20 && i <= 30 ? 0.5 : one.error_rate }));
    const { before, healthy } = compare(toggled, switched, (time) => time < Date.parse(points[20].time));
    expect([before?.errorRate, healthy]).toEqual([0, true]);
  });
  it('has only now where nothing was switched', () => {
    const { before, now } = compare(points);
    expect([before, now?.errorRate]).toEqual([undefined, 1]);
  });
  it('says nothing without traffic', () => {
    expect(compare([], switched)).toEqual({ healthy: false });
  });
  it('waits for the first whole second after a switch', () => {
    expect(compare(points.slice(0, 31), switched).now).toBeUndefined();
  });
});
