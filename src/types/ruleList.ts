import type { FieldError } from './problem';
import type { Rule } from './scenario';

/** A list with the one at from moved to another place. */
export function moved<T>(rules: readonly T[], from: number, to: number): T[] {
  if (from === to || from < 0 || from >= rules.length || to < 0 || to >= rules.length) {
    return [...rules];
  }
  const others = rules.filter((_, i) => i !== from);
  return [...others.slice(0, to), rules[from], ...others.slice(to)];
}

/** The rules with rule in the place of the one named name, or at the end where there is none. */
export function saved(rules: readonly Rule[], rule: Rule, name?: string): Rule[] {
  const at = name === undefined ? -1 : rules.findIndex((one) => one.name === name);
  return at < 0 ? [...rules, rule] : rules.map((one, i) => (i === at ? rule : one));
}

/** A name that no rule has yet: "rule", "rule 2", "rule 3". */
export function freeName(taken: readonly string[], wanted: string, separator = ' '): string {
  let name = wanted;
  for (let n = 2; taken.includes(name); n++) {
    name = `${wanted}${separator}${n}`;
  }
  return name;
}

/** A rule without what is empty, as the API takes it: empty conditions would be refused, or mean nothing. */
export function tidy(rule: Rule): Rule {
  const target = Object.fromEntries(
    Object.entries(rule.target).filter(
      ([name, value]) =>
        value !== undefined &&
        value !== '' &&
        !(name === 'share_by' && rule.target.share === undefined) &&
        !(typeof value === 'object' && Object.keys(value).length === 0)
    )
  );
  if (rule.exclude) {
    return {
      name: rule.name.trim(),
      target,
      mode: 'healthy',
      exclude: true,
      ...(rule.disabled && { disabled: true }),
    };
  }
  const { exclude: _, disabled, ...rest } = rule;
  return { ...rest, name: rule.name.trim(), target, ...(disabled && { disabled: true }) };
}

/** Those of the errors that are about the rule at index, by the names that its own fields have. */
export function errorsOfRule(errors: readonly FieldError[], index: number): FieldError[] {
  const place = `rules[${index}].`;
  return errors
    .filter(({ field }) => field.startsWith(place))
    .map(({ field, problem }) => ({ field: field.slice(place.length), problem }));
}
