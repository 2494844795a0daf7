import { FIELDS, conditions, withCondition, type Field, type QueryFilter, type RecordingsQuery } from './query';

type Conditions = NonNullable<QueryFilter['not']>;

/** The lists of the filter by the labels of log lines and the columns of tables, as pkg/datasource names them. */
const lists: Record<string, Field> = {
  gateway: 'gateways',
  protocol: 'protocols',
  method: 'methods',
  route: 'routes',
  mode: 'modes',
  consumer: 'consumers',
  status: 'statuses',
  faults: 'faults',
};

const texts: Record<string, 'path' | 'trace_id'> = { path: 'path', traceID: 'trace_id' };

/** What a label and its value are in the filter; nothing where the filter has no such condition. */
export function conditionOf(label: string, value: string): Conditions {
  const text = texts[label];
  const list = lists[label] ?? FIELDS.find((field) => field === label);
  if (value === '' || !(text || list)) {
    return {};
  }
  if (text) {
    return { [text]: value };
  }
  // "latency 120ms, error 503": what was done, with its detail.
  return { [list]: list === 'faults' ? value.split(', ').map((fault) => fault.split(' ')[0]) : [value] };
}

/** Whether a filter has all of the conditions that are wanted. */
export function has(filter: Conditions | undefined, wanted: Conditions): boolean {
  const names = Object.keys(wanted) as Array<keyof Conditions>;
  return (
    names.length > 0 &&
    names.every((name) => {
      const value = wanted[name];
      const list = filter?.[name];
      return Array.isArray(value) && Array.isArray(list) ? value.every((one) => list.includes(one)) : list === value;
    })
  );
}

function plus(filter: Conditions | undefined, more: Conditions): Conditions {
  return Object.entries(more).reduce<Conditions>((before, [name, value]) => {
    const key = name as keyof Conditions;
    const list = before[key];
    const joined = Array.isArray(value) && Array.isArray(list) ? [...new Set([...list, ...value])] : value;
    return withCondition(before, key, joined as never);
  }, filter ?? {});
}

function minus(filter: Conditions | undefined, less: Conditions): Conditions {
  return Object.entries(less).reduce<Conditions>((before, [name, value]) => {
    const key = name as keyof Conditions;
    const list = before[key];
    const rest = Array.isArray(value) && Array.isArray(list) ? list.filter((one) => !value.includes(one)) : undefined;
    return Array.isArray(list) || list === value ? withCondition(before, key, rest as never) : before;
  }, filter ?? {});
}

/** The query that also asks for a condition, or filters it out; the opposite of that is taken away. */
export function ask(query: RecordingsQuery, what: 'for' | 'out', condition: Conditions): RecordingsQuery {
  if (!conditions[query.queryType ?? 'recordings'].includes('not')) {
    return query;
  }
  const { not, ...filter } = query.filter ?? {};
  return what === 'for'
    ? { ...query, filter: withCondition(plus(filter, condition), 'not', minus(not, condition)) }
    : { ...query, filter: withCondition(minus(filter, condition), 'not', plus(not, condition)) };
}

/** The query without a condition, asked for or filtered out. */
export function drop(query: RecordingsQuery, what: 'for' | 'out', condition: Conditions): RecordingsQuery {
  const { not, ...filter } = query.filter ?? {};
  return what === 'for'
    ? { ...query, filter: withCondition(minus(filter, condition), 'not', not) }
    : { ...query, filter: withCondition(filter, 'not', minus(not, condition)) };
}
