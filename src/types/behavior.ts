import type { FieldError } from './problem';
import type { Behavior, Mode } from './scenario';

/** The defaults of pkg/scenario, spelled out so that a form can show them. */
const defaults: Record<Mode, Behavior> = {
  healthy: { mode: 'healthy' },
  degraded: { mode: 'degraded', latency_multiplier: 2, error_rate: 0, status_codes: [500, 502, 503] },
  error: { mode: 'error', error_rate: 1, status_codes: [500, 502, 503] },
  chaos: {
    mode: 'chaos',
    error_rate: 0.1,
    status_codes: [500, 502, 503, 504, 429],
    timeout_rate: 0.05,
    timeout_ms: 30000,
    latency_min_ms: 0,
    latency_max_ms: 5000,
    spike_probability: 0.2,
    random_errors: true,
    random_slowdowns: true,
  },
};

/** The parameters of from that its mode uses, with defaults where it has none. */
export function withDefaults(from: Behavior): Behavior {
  const base = defaults[from.mode];
  const known = Object.entries(from).filter(([name, value]) => name in base && value !== undefined && value !== null);
  const full: Behavior = { ...base, ...Object.fromEntries(known) };
  if (from.mode === 'chaos') {
    // An absent rate gives way to one that is given, and no errors at random are no timeouts either.
    if (from.error_rate === undefined && from.timeout_rate !== undefined) {
      full.error_rate = Math.max(0, Math.min(full.error_rate ?? 0, 1 - from.timeout_rate));
    }
    if (from.timeout_rate === undefined) {
      full.timeout_rate = full.random_errors ? Math.max(0, Math.min(0.05, 1 - (full.error_rate ?? 0))) : 0;
    }
  }
  return full;
}

/** Whether both treat traffic the same way. */
export function sameBehavior(a: Behavior, b: Behavior): boolean {
  const [one, other] = [withDefaults(a), withDefaults(b)];
  return one.mode === other.mode && JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(behavior: Behavior) {
  return Object.entries(behavior).sort(([a], [b]) => a.localeCompare(b));
}

/** What is wrong with behavior, by the rules of pkg/scenario; the backend checks again. */
export function validateBehavior(behavior: Behavior): FieldError[] {
  const errors: FieldError[] = [];
  const share = (field: keyof Behavior) => {
    const value = behavior[field];
    if (typeof value === 'number' && !(value >= 0 && value <= 1)) {
      errors.push({ field, problem: 'must be between 0 and 100 %' });
    }
  };
  share('error_rate');
  share('timeout_rate');
  share('spike_probability');
  if (behavior.latency_multiplier !== undefined && !(behavior.latency_multiplier >= 1)) {
    errors.push({ field: 'latency_multiplier', problem: 'must be at least 1' });
  }
  if (behavior.status_codes?.some((code) => !Number.isInteger(code) || code < 100 || code > 599)) {
    errors.push({ field: 'status_codes', problem: 'must be between 100 and 599' });
  }
  if (behavior.status_codes?.length === 0) {
    errors.push({ field: 'status_codes', problem: 'needs at least one code' });
  }
  if (behavior.timeout_ms !== undefined && !(behavior.timeout_ms > 0)) {
    errors.push({ field: 'timeout_ms', problem: 'must be more than 0' });
  }
  if (behavior.mode === 'chaos' && (behavior.error_rate ?? 0) + (behavior.timeout_rate ?? 0) > 1 + 1e-9) {
    errors.push({ field: 'timeout_rate', problem: 'must be at most 100 % together with the error rate' });
  }
  return [
    ...errors,
    ...validateRange(behavior.latency_min_ms, behavior.latency_max_ms, 'latency_min_ms', 'latency_max_ms'),
  ];
}

/** What is wrong with a range of milliseconds. */
export function validateRange(
  min: number | undefined,
  max: number | undefined,
  minField: string,
  maxField: string
): FieldError[] {
  if (min !== undefined && !(min >= 0)) {
    return [{ field: minField, problem: 'must not be negative' }];
  }
  if (max !== undefined && !(max >= (min ?? 0))) {
    return [{ field: maxField, problem: `must be at least ${min ?? 0}, the lower bound` }];
  }
  return [];
}

/** The parameters that matter in a few words, such as "100 % answered with 500, 502, 503". */
export function summarize(given: Behavior): string {
  const behavior = withDefaults(given);
  switch (behavior.mode) {
    case 'healthy':
      return 'Nothing is injected';
    case 'degraded': {
      const slow = `Latency × ${behavior.latency_multiplier}`;
      return behavior.error_rate ? `${slow}, ${percent(behavior.error_rate)} errors` : slow;
    }
    case 'error':
      return `${percent(behavior.error_rate)} answered with ${behavior.status_codes?.join(', ')}`;
    case 'chaos': {
      const parts = [];
      if (behavior.random_errors) {
        parts.push(`${percent(behavior.error_rate)} errors`);
      }
      if (behavior.timeout_rate) {
        parts.push(`${percent(behavior.timeout_rate)} timeouts`);
      }
      if (behavior.random_slowdowns) {
        parts.push(`${percent(behavior.spike_probability)} spikes up to ${milliseconds(behavior.latency_max_ms)}`);
      }
      return parts.join(', ') || 'Nothing is injected';
    }
  }
}

/** A share as percent, with as many digits as it needs: 0.125 is "12.5 %". */
export function percent(share = 0): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

/** A duration in the unit that reads best: "340 ms", "1.5 s". */
export function milliseconds(ms = 0): string {
  if (ms >= 60000) {
    return `${Number((ms / 60000).toFixed(1))} min`;
  }
  if (ms >= 1000) {
    return `${Number((ms / 1000).toFixed(2))} s`;
  }
  return `${ms < 1 ? Number(ms.toPrecision(1)) : Number(ms.toFixed(ms < 10 ? 1 : 0))} ms`;
}
