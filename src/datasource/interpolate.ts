import type { ScopedVars, TypedVariableModel } from '@grafana/data';
import type { TemplateSrv } from '@grafana/runtime';

import { withCondition, type QueryFilter, type RecordingsQuery } from './query';

/** Between the values of a variable with several: no value has it. */
const SEPARATOR = '\u0000';

/** The values that stand for one item of a list: several where it is a variable with several; none where that is "All". */
export function expand(item: string, templates: TemplateSrv, scopedVars?: ScopedVars): string[] {
  if (isAll(item, templates.getVariables())) {
    return [];
  }
  return templates
    .replace(item, scopedVars, (value: unknown) => (Array.isArray(value) ? value.join(SEPARATOR) : String(value)))
    .split(SEPARATOR)
    .filter((value) => value !== '' && value !== '$__all');
}

/** Whether an item is a variable that stands for all values, without a value of its own for that: no condition. */
function isAll(item: string, variables: TypedVariableModel[]): boolean {
  const name = /^\$(?:\{(\w+)(?::\w+)?\}|(\w+))$/.exec(item.trim());
  const variable = variables.find((one) => one.name === (name?.[1] ?? name?.[2])) as
    { allValue?: string | null; current?: { value?: unknown } } | undefined;
  const value = variable?.current?.value;
  return !variable?.allValue && [value].flat().includes('$__all');
}

/** The filter with every variable replaced. */
export function interpolateFilter(
  filter: QueryFilter | undefined,
  templates: TemplateSrv,
  scopedVars?: ScopedVars
): QueryFilter {
  let next: QueryFilter = {};
  for (const [name, value] of Object.entries(filter ?? {}) as Array<[keyof QueryFilter, unknown]>) {
    if (Array.isArray(value)) {
      const values = value.flatMap((item) => expand(String(item), templates, scopedVars));
      next = withCondition(next, name, [...new Set(values)]);
    } else if (typeof value === 'string') {
      next = withCondition(next, name, expand(value, templates, scopedVars).join(' '));
    } else if (name === 'not') {
      next = withCondition(next, name, interpolateFilter(value as QueryFilter, templates, scopedVars));
    } else if (name === 'headers') {
      const headers = Object.entries(value as Record<string, string>)
        .map(([header, wanted]) => [header, expand(wanted, templates, scopedVars).join(' ')])
        .filter(([, wanted]) => wanted !== '');
      next = withCondition(next, name, Object.fromEntries(headers));
    } else {
      next = withCondition(next, name, value as never);
    }
  }
  return next;
}

/** The query with every variable replaced. */
export function interpolate(query: RecordingsQuery, templates: TemplateSrv, scopedVars?: ScopedVars): RecordingsQuery {
  return { ...query, filter: interpolateFilter(query.filter, templates, scopedVars) };
}
