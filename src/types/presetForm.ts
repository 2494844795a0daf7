import { summarize } from './behavior';
import type { FieldError } from './problem';
import type { Definition, Preset, Scenario } from './scenario';

/** What is wrong with the name of a preset, by the rules of pkg/scenario; the backend checks again. */
export function validatePresetName(name: string, taken: readonly string[]): FieldError[] {
  const problem =
    name === ''
      ? 'is required'
      : name === 'export' || name === 'import'
        ? 'is reserved'
        : !/^[a-z0-9_-]{1,64}$/.test(name)
          ? 'must be 1 to 64 lower-case letters, digits, - and _'
          : taken.includes(name)
            ? 'is taken by another preset'
            : undefined;
  return problem ? [{ field: 'name', problem }] : [];
}

/** The part of a scenario or preset that a preset keeps. */
export function definitionOf(from: Scenario | Preset): Definition {
  const {
    mode,
    latency_multiplier,
    error_rate,
    status_codes,
    timeout_rate,
    timeout_ms,
    latency_min_ms,
    latency_max_ms,
    spike_probability,
    random_errors,
    random_slowdowns,
    latency,
    rules,
    seed,
  } = from;
  const definition = {
    mode,
    latency_multiplier,
    error_rate,
    status_codes,
    timeout_rate,
    timeout_ms,
    latency_min_ms,
    latency_max_ms,
    spike_probability,
    random_errors,
    random_slowdowns,
    latency,
    rules: rules?.length ? rules : undefined,
    seed,
  };
  return Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== undefined)) as Definition &
    typeof definition;
}

/** All that a preset does, in one line. */
export function describePreset(preset: Definition & { description?: string }): string {
  const parts = [preset.description?.replace(/\.$/, ''), summarize(preset)];
  if (preset.latency) {
    parts.push(`added latency ${preset.latency.min_ms} to ${preset.latency.max_ms} ms`);
  }
  if (preset.rules?.length) {
    parts.push(preset.rules.length === 1 ? '1 rule' : `${preset.rules.length} rules`);
  }
  return parts.filter(Boolean).join('. ');
}
