import { summarize, validateBehavior } from './behavior';
import type { FieldError } from './problem';
import type { Definition, Rule } from './scenario';
import { count } from './sentence';

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

/** What is wrong with the rules of a preset, in the place that each has: "rules[2].error_rate". */
export function validateRules(rules: readonly Rule[] = []): FieldError[] {
  return rules.flatMap((rule, i) =>
    (rule.exclude ? [] : validateBehavior(rule)).map(({ field, problem }) => ({
      field: `rules[${i}].${field}`,
      problem,
    }))
  );
}

const fields = [
  'latency_multiplier',
  'error_rate',
  'status_codes',
  'timeout_rate',
  'timeout_ms',
  'latency_min_ms',
  'latency_max_ms',
  'spike_probability',
  'random_errors',
  'random_slowdowns',
  'faults',
  'latency',
  'rules',
  'seed',
] as const satisfies ReadonlyArray<keyof Definition>;

/** The part of a scenario or preset that a preset keeps. */
export function definitionOf(from: Definition): Definition {
  const given = fields.filter(
    (field) => from[field] !== undefined && !((field === 'rules' || field === 'faults') && !from[field]?.length)
  );
  return { mode: from.mode, ...Object.fromEntries(given.map((field) => [field, from[field]])) };
}

/** All that a preset does, in one line. */
export function describePreset(preset: Definition & { description?: string }): string {
  const parts = [preset.description?.replace(/\.$/, ''), summarize(preset)];
  if (preset.latency) {
    parts.push(`Added latency ${preset.latency.min_ms} to ${preset.latency.max_ms} ms`);
  }
  if (preset.rules?.length) {
    parts.push(count(preset.rules.length, 'rule'));
  }
  return parts.filter(Boolean).join('. ');
}
