import { atMessages, type Fault, type FaultEffect, type When } from './fault';
import { kindLook } from './faultKinds';

export type { FaultEffect };

/** What becomes of an exchange that a fault hits; undefined where that depends on more than the fault. */
export function effectOf(fault: Fault): FaultEffect | undefined {
  if (fault.kind === 'error' && fault.after_messages !== undefined) {
    return 'broken';
  }
  if (fault.kind === 'replace' && (fault.status ?? 200) >= 400) {
    return 'error';
  }
  return kindLook(fault.kind).effect;
}

/** The share of exchanges that a fault hits in the long run, 0 to 1. */
export function hitShare(fault: Fault): number {
  // Streams alone have messages: of all exchanges they are too few to count.
  if (atMessages(fault) || fault.after_messages !== undefined) {
    return 0;
  }
  const share = fault.share ?? 1;
  return Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * onAverage(fault.when);
}

function onAverage(when: When = {}): number {
  const parts = [
    when.every ? 1 / when.every : 1,
    when.burst_of ? (when.burst_length ?? 0) / when.burst_of : 1,
    when.window_of_ms ? (when.window_on_ms ?? 0) / when.window_of_ms : 1,
    // The first few of all traffic are soon over; most traces are not longer than their first requests.
    when.first !== undefined && when.per !== 'trace' ? 0 : 1,
  ];
  return parts.reduce((product, part) => product * Math.min(1, Math.max(0, part)), 1);
}

/** What hitShare leaves out or takes as certain, in sentences. */
export function effectNotes(faults: readonly Fault[] = []): string[] {
  const any = (holds: (fault: Fault) => unknown) => faults.some(holds);
  return [
    any(({ when }) => when?.first !== undefined && when.per === 'trace') && 'First tries of traces; later ones pass.',
    any(({ when }) => when?.first !== undefined && when.per !== 'trace') && 'After the first few requests.',
    any(({ when }) => when?.window_of_ms) && 'On average over time.',
    any(({ when }) => when?.ramp_ms) && 'Once the ramp is over.',
    any(({ kind }) => kind === 'rate_limit') && 'Without what is above the rate limit.',
    any((fault) => atMessages(fault) || fault.after_messages !== undefined) && 'Without messages of streams.',
  ].filter((note): note is string => Boolean(note));
}
