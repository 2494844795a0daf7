import { canonical } from './canonical';
import { validateFaults } from './faultForm';
import { faultSentence } from './faultWords';
import { milliseconds, percent } from './figureWords';
import type { FieldError } from './problem';
import type { Behavior, Mode } from './scenario';
import { count } from './sentence';

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

/** What makes each mode do nothing of its own: its parameters where faults are listed, unless they are given. */
const off: Record<Mode, Partial<Behavior>> = {
  healthy: {},
  degraded: { latency_multiplier: 1, error_rate: 0 },
  error: { error_rate: 0 },
  chaos: { error_rate: 0, timeout_rate: 0, spike_probability: 0, random_slowdowns: false },
};

/** The parameters of from that its mode uses, with defaults where it has none, and its faults. */
export function withDefaults(from: Behavior): Behavior {
  const faults = from.mode !== 'healthy' && from.faults?.length ? from.faults : undefined;
  const base = { ...defaults[from.mode], ...(faults && off[from.mode]) };
  const known = Object.entries(from).filter(([name, value]) => name in base && value !== undefined && value !== null);
  const full: Behavior = { ...base, ...Object.fromEntries(known), ...(faults && { faults }) };
  if (from.mode === 'chaos' && faults && from.random_slowdowns === undefined) {
    full.random_slowdowns = from.spike_probability !== undefined;
  }
  if (from.mode === 'chaos' && !faults) {
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

/** Whether the parameters are those that the mode has by default, whatever faults there are. */
export function isDefault({ faults: _, ...parameters }: Behavior): boolean {
  return sameBehavior(parameters, { mode: parameters.mode });
}

/** Whether the parameters, of which none may be absent, do nothing, so that only faults do. */
export function isOff(behavior: Behavior): boolean {
  const { mode, latency_multiplier, error_rate, timeout_rate, random_errors, random_slowdowns } = behavior;
  switch (mode) {
    case 'healthy':
      return true;
    case 'degraded':
      return latency_multiplier === 1 && error_rate === 0;
    case 'error':
      return error_rate === 0;
    case 'chaos':
      return (error_rate === 0 || random_errors === false) && timeout_rate === 0 && random_slowdowns === false;
  }
}

/** The behavior with other faults. Parameters that nobody chose give way to the first fault, and return after the last. */
export function withFaults(behavior: Behavior, faults: NonNullable<Behavior['faults']>): Behavior {
  const { faults: before = [], ...parameters } = behavior;
  if (faults.length === 0) {
    return withDefaults(before.length > 0 && isOff(behavior) ? { mode: behavior.mode } : parameters);
  }
  return withDefaults(
    before.length === 0 && isDefault(behavior) ? { mode: behavior.mode, faults } : { ...parameters, faults }
  );
}

/** Whether both treat traffic the same way. */
export function sameBehavior(a: Behavior, b: Behavior): boolean {
  const [one, other] = [withDefaults(a), withDefaults(b)];
  return one.mode === other.mode && canonical(one) === canonical(other);
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
    ...validateFaults(behavior.faults),
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

/** What matters in a few words, such as "100 % answered with 500, 502, 503" or "Latency × 2, 3 faults". */
export function summarize(given: Behavior): string {
  const behavior = withDefaults(given);
  const faults = behavior.faults ?? [];
  if (faults.length === 0) {
    return summarizeParameters(behavior) || 'Nothing is injected';
  }
  const own = isOff(behavior) ? '' : summarizeParameters(behavior);
  if (!own && faults.length === 1) {
    return faultSentence(faults[0]);
  }
  return [own, count(faults.length, 'fault')].filter(Boolean).join(', ');
}

function summarizeParameters(behavior: Behavior): string {
  switch (behavior.mode) {
    case 'healthy':
      return '';
    case 'degraded': {
      const slow = `Latency × ${behavior.latency_multiplier}`;
      return behavior.error_rate ? `${slow}, ${percent(behavior.error_rate)} errors` : slow;
    }
    case 'error':
      return `${percent(behavior.error_rate)} answered with ${behavior.status_codes?.join(', ')}`;
    case 'chaos': {
      const parts = [];
      if (behavior.random_errors && !(behavior.faults && !behavior.error_rate)) {
        parts.push(`${percent(behavior.error_rate)} errors`);
      }
      if (behavior.timeout_rate) {
        parts.push(`${percent(behavior.timeout_rate)} timeouts`);
      }
      if (behavior.random_slowdowns) {
        parts.push(`${percent(behavior.spike_probability)} spikes up to ${milliseconds(behavior.latency_max_ms)}`);
      }
      return parts.join(', ');
    }
  }
}
