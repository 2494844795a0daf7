import type { Fault } from './fault';
import { densityCurve, latencyQuantile } from './latencyDraw';

it.each<[Fault, number, number]>([
  [{ kind: 'latency', delay_ms: 200 }, 200, 200],
  [{ kind: 'latency', min_ms: 100, max_ms: 300 }, 200, 290],
  [{ kind: 'latency', distribution: 'normal', delay_ms: 200, deviation_ms: 50 }, 200, 282.2],
  [{ kind: 'latency', distribution: 'normal', delay_ms: 200, deviation_ms: 50, max_ms: 250 }, 200, 250],
  [{ kind: 'latency', distribution: 'lognormal', delay_ms: 200, sigma: 0.5 }, 200, 455.2],
  [{ kind: 'latency', distribution: 'pareto', delay_ms: 100, alpha: 1.5 }, 158.7, 736.8],
])('knows median and p95 of %j', (fault, p50, p95) => {
  expect(latencyQuantile(fault, 0.5)).toBeCloseTo(p50, 1);
  expect(latencyQuantile(fault, 0.95)).toBeCloseTo(p95, 1);
});

it.each(['uniform', 'normal', 'lognormal', 'pareto'] as const)(
  'draws a curve of %s within its frame',
  (distribution) => {
    const { points, end } = densityCurve({
      kind: 'latency',
      distribution,
      delay_ms: 200,
      deviation_ms: 50,
      ...(distribution === 'uniform' && { min_ms: 100, max_ms: 300 }),
    });
    expect(end).toBeGreaterThan(200);
    expect(points.every(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1)).toBe(true);
    expect(Math.max(...points.map(({ y }) => y))).toBe(1);
  }
);
