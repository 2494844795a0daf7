import type { When } from './fault';

/** Exchanges in a row, and which of them a fault hits. */
export function hitsInARow(when: When, length: number): boolean[] {
  return Array.from({ length }, (_, i) => {
    const { every, first, burst_of, burst_length = 0 } = when;
    return (
      (every === undefined || every < 1 || (i + 1) % every === 0) &&
      (first === undefined || i < first) &&
      (burst_of === undefined || burst_of < 1 || i % burst_of < burst_length)
    );
  });
}

/** Whether a schedule counts exchanges. */
export function counts({ every, first, burst_of }: When): boolean {
  return every !== undefined || first !== undefined || burst_of !== undefined;
}

/** Whether a schedule follows the clock. */
export function timed({ window_of_ms, ramp_ms }: When): boolean {
  return Boolean(window_of_ms) || Boolean(ramp_ms);
}

/** A stretch of time in which a fault is on: ends in milliseconds since the scenario was set, its share at both of them. */
export interface Stretch {
  from: number;
  to: number;
  /** Of the fault's own share, 0 to 1. */
  shareFrom: number;
  shareTo: number;
}

/** The time that a drawing of a schedule covers, in milliseconds: three windows, or the ramp and a third more. */
export function scheduleSpan({ window_of_ms = 0, ramp_ms = 0 }: When): number {
  return Math.max(window_of_ms * 3, Math.round((ramp_ms * 4) / 3));
}

/** Windows that are drawn at most: more are too narrow to be seen. */
const MAX_WINDOWS = 60;

/** The stretches of the first span milliseconds in which a fault is on. */
export function stretches(when: When, span: number): Stretch[] {
  const { window_on_ms = 0, window_of_ms, ramp_ms } = when;
  const windows = window_of_ms ? Math.ceil(span / window_of_ms) : 1;
  const shown = window_of_ms && windows <= MAX_WINDOWS ? windows : 1;
  return Array.from({ length: shown }, (_, i): [number, number] =>
    window_of_ms && windows <= MAX_WINDOWS
      ? [i * window_of_ms, Math.min(span, i * window_of_ms + window_on_ms)]
      : [0, span]
  ).flatMap(([from, to]) => {
    const at = (ms: number) => (ramp_ms ? Math.min(1, ms / ramp_ms) : 1);
    // A ramp that ends within a stretch bends there.
    const cuts = ramp_ms && from < ramp_ms && ramp_ms < to ? [from, ramp_ms, to] : [from, to];
    return cuts.slice(1).map((end, i) => ({ from: cuts[i], to: end, shareFrom: at(cuts[i]), shareTo: at(end) }));
  });
}
