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
  tags: string[];
  /** Bounds of the response time in milliseconds. */
  minMs?: number;
  maxMs?: number;
  path: string;
  traceId: string;
  text: string;
  injected?: boolean;
}

const lists = {
  protocol: 'protocols',
  gateway: 'gateways',
  method: 'methods',
  mode: 'modes',
  consumer: 'consumers',
  fault: 'faults',
  status: 'statuses',
  route: 'routes',
  tag: 'tags',
} as const;

const numbers = { min_ms: 'minMs', max_ms: 'maxMs' } as const;

const texts = { path: 'path', trace: 'traceId', text: 'text' } as const;

/** Reads the filter from a URL. What it does not know it ignores. */
export function parseFilter(search: URLSearchParams): FilterState {
  const state = emptyFilter();
  for (const [param, field] of Object.entries(lists)) {
    state[field] = search.getAll(param).filter((value) => value !== '');
  }
  for (const [param, field] of Object.entries(texts)) {
    state[field] = search.get(param) ?? '';
  }
  for (const [param, field] of Object.entries(numbers)) {
    const text = search.get(param);
    const value = Number(text);
    state[field] = text && Number.isFinite(value) && value >= 0 ? value : undefined;
  }
  const injected = search.get('injected');
  state.injected = injected === 'true' ? true : injected === 'false' ? false : undefined;
  return state;
}

/** Returns search with the filter in it, and everything else as it was. */
export function writeFilter(search: URLSearchParams, state: FilterState): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [param, field] of Object.entries(lists)) {
    next.delete(param);
    state[field].forEach((value) => next.append(param, value));
  }
  for (const [param, field] of Object.entries(texts)) {
    setOrDelete(next, param, state[field].trim());
  }
  for (const [param, field] of Object.entries(numbers)) {
    setOrDelete(next, param, state[field] === undefined ? '' : String(state[field]));
  }
  setOrDelete(next, 'injected', state.injected === undefined ? '' : String(state.injected));
  return next;
}

function setOrDelete(search: URLSearchParams, param: string, value: string) {
  if (value) {
    search.set(param, value);
  } else {
    search.delete(param);
  }
}

export function emptyFilter(): FilterState {
  return {
    protocols: [],
    gateways: [],
    methods: [],
    modes: [],
    consumers: [],
    faults: [],
    statuses: [],
    routes: [],
    tags: [],
    path: '',
    traceId: '',
    text: '',
  };
}

/** How many conditions are given. */
export function countConditions(state: FilterState): number {
  return Object.values(state).filter((value) =>
    Array.isArray(value) ? value.length > 0 : value !== '' && value !== undefined
  ).length;
}

/** The filter as the API takes it, conditions that are not given left out. */
export function toFilter(state: FilterState, from: Date, to: Date): Filter {
  const filter: Filter = { from: from.toISOString(), to: to.toISOString() };
  for (const field of Object.values(lists)) {
    if (state[field].length > 0) {
      filter[field] = state[field];
    }
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
  if (state.injected !== undefined) {
    filter.injected = state.injected;
  }
  return filter;
}
