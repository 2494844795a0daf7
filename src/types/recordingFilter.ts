import type { Filter } from './recording';

/** The filter as the URL holds it: everything but the time range, which is relative there. */
export interface FilterState {
  protocols: string[];
  gateways: string[];
  methods: string[];
  modes: string[];
  consumers: string[];
  faults: string[];
  statuses: string[];
  routes: string[];
  rules: string[];
  tags: string[];
  failed_by: string[];
  failure_kind: string[];
  /** Headers of request or response, as "Name: value"; the value * is any. */
  headers: string[];
  /** What is filtered out, by the same lists. */
  not: Record<ListField, string[]>;
  /** Bounds of the response time in milliseconds. */
  minMs?: number;
  maxMs?: number;
  path: string;
  traceId: string;
  text: string;
  injected?: boolean;
  /** What ended other than by a complete answer, or the rest. */
  failures?: boolean;
}

/** The conditions that are lists of values, any one of which will do. */
export type ListField =
  | 'protocols'
  | 'gateways'
  | 'methods'
  | 'modes'
  | 'consumers'
  | 'faults'
  | 'statuses'
  | 'routes'
  | 'rules'
  | 'tags'
  | 'failed_by'
  | 'failure_kind';

const lists = {
  protocol: 'protocols',
  gateway: 'gateways',
  method: 'methods',
  mode: 'modes',
  consumer: 'consumers',
  fault: 'faults',
  status: 'statuses',
  route: 'routes',
  rule: 'rules',
  tag: 'tags',
  failed_by: 'failed_by',
  failure_kind: 'failure_kind',
} as const;

const listFields: readonly ListField[] = Object.values(lists);

const flags = { injected: 'injected', failures: 'failures' } as const;

const numbers = { min_ms: 'minMs', max_ms: 'maxMs' } as const;

const texts = { path: 'path', trace: 'traceId', text: 'text' } as const;

/** Reads the filter from a URL. What it does not know it ignores. */
export function parseFilter(search: URLSearchParams): FilterState {
  const state = emptyFilter();
  for (const [param, field] of Object.entries(lists)) {
    state[field] = search.getAll(param).filter((value) => value !== '');
    state.not[field] = search.getAll(`not.${param}`).filter((value) => value !== '');
  }
  state.headers = search.getAll('header').filter((value) => parseHeader(value) !== undefined);
  for (const [param, field] of Object.entries(texts)) {
    state[field] = search.get(param) ?? '';
  }
  for (const [param, field] of Object.entries(numbers)) {
    const text = search.get(param);
    const value = Number(text);
    state[field] = text && Number.isFinite(value) && value >= 0 ? value : undefined;
  }
  for (const [param, field] of Object.entries(flags)) {
    const text = search.get(param);
    state[field] = text === 'true' ? true : text === 'false' ? false : undefined;
  }
  return state;
}

/** Returns search with the filter in it, and everything else as it was. */
export function writeFilter(search: URLSearchParams, state: FilterState): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [param, field] of Object.entries(lists)) {
    next.delete(param);
    state[field].forEach((value) => next.append(param, value));
    next.delete(`not.${param}`);
    state.not[field].forEach((value) => next.append(`not.${param}`, value));
  }
  next.delete('header');
  state.headers.forEach((value) => next.append('header', value));
  for (const [param, field] of Object.entries(texts)) {
    setOrDelete(next, param, state[field].trim());
  }
  for (const [param, field] of Object.entries(numbers)) {
    setOrDelete(next, param, state[field] === undefined ? '' : String(state[field]));
  }
  for (const [param, field] of Object.entries(flags)) {
    setOrDelete(next, param, state[field] === undefined ? '' : String(state[field]));
  }
  return next;
}

function setOrDelete(search: URLSearchParams, param: string, value: string) {
  if (value) {
    search.set(param, value);
  } else {
    search.delete(param);
  }
}

function emptyLists(): Record<ListField, string[]> {
  return {
    protocols: [],
    gateways: [],
    methods: [],
    modes: [],
    consumers: [],
    faults: [],
    statuses: [],
    routes: [],
    rules: [],
    tags: [],
    failed_by: [],
    failure_kind: [],
  };
}

export function emptyFilter(): FilterState {
  return {
    ...emptyLists(),
    not: emptyLists(),
    headers: [],
    path: '',
    traceId: '',
    text: '',
  };
}

/** How many conditions are given. */
export function countConditions(state: FilterState): number {
  const { not, ...given } = state;
  return [...Object.values(given), ...Object.values(not)].filter((value) =>
    Array.isArray(value) ? value.length > 0 : value !== '' && value !== undefined
  ).length;
}

/** The name and the value of a header in a filter: "Name: value"; a name alone is any value. */
export function parseHeader(text: string): { name: string; value: string } | undefined {
  const at = text.indexOf(':');
  const name = (at < 0 ? text : text.slice(0, at)).trim();
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return undefined;
  }
  return { name, value: (at < 0 ? '' : text.slice(at + 1).trim()) || '*' };
}

/** The state with a value wanted (in) or filtered out (out), whichever it was before; once more takes it away again. */
export function toggleValue(state: FilterState, field: ListField, value: string, way: 'in' | 'out'): FilterState {
  const without = (values: string[]) => values.filter((other) => other !== value);
  const toggled = (values: string[]) => (values.includes(value) ? without(values) : [...values, value]);
  return {
    ...state,
    [field]: way === 'in' ? toggled(state[field]) : without(state[field]),
    not: { ...state.not, [field]: way === 'out' ? toggled(state.not[field]) : without(state.not[field]) },
  };
}

/** What is filtered out, value by value. */
export function excluded(state: FilterState): Array<{ field: ListField; value: string }> {
  return listFields.flatMap((field) => state.not[field].map((value) => ({ field, value })));
}

/** The filter as the API takes it, conditions that are not given left out. */
export function toFilter(state: FilterState, from: Date, to: Date): Filter {
  const filter: Filter = { from: from.toISOString(), to: to.toISOString() };
  const not: Filter['not'] = {};
  for (const field of listFields) {
    if (state[field].length > 0) {
      filter[field] = state[field];
    }
    if (state.not[field].length > 0) {
      not[field] = state.not[field];
    }
  }
  if (Object.keys(not).length > 0) {
    filter.not = not;
  }
  const headers = state.headers.map(parseHeader).filter((header) => header !== undefined);
  if (headers.length > 0) {
    filter.headers = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
  }
  if (state.path.trim()) {
    filter.path = state.path.trim();
  }
  if (state.traceId.trim()) {
    filter.trace_id = state.traceId.trim();
  }
  if (state.text.trim()) {
    filter.text = state.text.trim();
  }
  if (state.minMs !== undefined) {
    filter.min_duration_ms = state.minMs;
  }
  if (state.maxMs !== undefined) {
    filter.max_duration_ms = state.maxMs;
  }
  for (const field of Object.values(flags)) {
    if (state[field] !== undefined) {
      filter[field] = state[field];
    }
  }
  return filter;
}
