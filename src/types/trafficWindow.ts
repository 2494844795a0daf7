import type { Point } from './traffic';

/**
 * Adds points to a window of the given seconds: one per moment, in order of time, the newer one where both have it, and
 * none that is older than the window when seen from its newest point.
 */
export function appendPoints(window: readonly Point[], added: readonly Point[], seconds: number): Point[] {
  if (added.length === 0) {
    return [...window];
  }
  const byTime = new Map<number, Point>();
  for (const point of [...window, ...added]) {
    const time = Date.parse(point.time);
    if (Number.isFinite(time)) {
      byTime.set(time, point);
    }
  }
  const newest = Math.max(...byTime.keys());
  return [...byTime.entries()]
    .filter(([time]) => time > newest - seconds * 1000)
    .sort(([a], [b]) => a - b)
    .map(([, point]) => point);
}
