import type { Pattern, PatternType } from './pattern';

/** How a type is called. */
export const typeWords: Record<PatternType, { label: string; plural: string; explanation: string }> = {
  sequence: { label: 'Sequence', plural: 'Sequences', explanation: 'One call that comes before another' },
  frequency: { label: 'Frequency', plural: 'Frequencies', explanation: 'Calls that come at regular intervals' },
  error_pattern: {
    label: 'Errors',
    plural: 'Error patterns',
    explanation: 'Retries after failures, and bursts of failures',
  },
};

/** What an occurrence of a pattern is. */
export function occurrences(pattern: Pattern): string {
  const count = pattern.occurrence_count;
  const words: Record<string, [string, string]> = {
    precedes: ['session', 'sessions'],
    periodic: ['period', 'periods'],
    retry_exhausted: ['retry chain', 'retry chains'],
    retry_recovered: ['retry chain', 'retry chains'],
    error_burst: ['burst', 'bursts'],
  };
  const [one, many] = words[pattern.metadata?.kind ?? ''] ?? ['time', 'times'];
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** Seconds in the unit that reads best: "0.25 s", "30 s", "5 min", "2 h". */
export function seconds(value: number): string {
  if (value < 1) {
    return `${Number((value * 1000).toPrecision(2))} ms`;
  }
  if (value < 100) {
    return `${Number(value.toFixed(value < 10 ? 1 : 0))} s`;
  }
  return value < 6000 ? `${Number((value / 60).toFixed(1))} min` : `${Number((value / 3600).toFixed(1))} h`;
}

/** The figures behind a pattern that are worth reading, in words. */
export function factsOf({ metadata }: Pattern): string[] {
  const m = metadata ?? {};
  const facts: string[] = [];
  if (m.lift !== undefined) {
    facts.push(`${Number(m.lift.toFixed(1))} times as often as by chance`);
  }
  if (m.jitter_seconds !== undefined && m.period_seconds) {
    facts.push(`give or take ${seconds(m.jitter_seconds)}`);
  }
  if (m.window_seconds !== undefined) {
    facts.push(`within ${seconds(m.window_seconds)}`);
  }
  if (m.kind === 'error_burst' && m.support !== undefined && m.calls !== undefined) {
    facts.push(`${m.support.toLocaleString()} of ${m.calls.toLocaleString()} calls failed`);
  }
  const statuses = Object.entries(m.statuses ?? {}).sort(([, a], [, b]) => b - a);
  if (statuses.length > 0) {
    facts.push(
      `answered with ${statuses
        .slice(0, 3)
        .map(([status]) => (status === '0' ? 'nothing' : status))
        .join(', ')}`
    );
  }
  return facts;
}

/** Who caused the failures of an error pattern, in words. */
export function causeOf({ metadata }: Pattern): { text: string; injected: boolean } | undefined {
  switch (metadata?.cause) {
    case 'injected':
      return { text: 'caused by injected faults', injected: true };
    case 'organic':
      return { text: 'organic', injected: false };
    case 'client':
      return { text: 'caused by the client', injected: false };
    case 'mixed':
      return { text: 'partly injected', injected: true };
    default:
      return undefined;
  }
}
