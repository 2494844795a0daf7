import type { DiagramOf } from './diagram';
import type { Pattern } from './pattern';
import type { Recording } from './recording';

/** Room around the first and last occurrence, in milliseconds, so that neither is cut off. */
const MARGIN = 5000;

/** The time in which a pattern was seen, in Unix milliseconds. */
export function spanOf(pattern: Pattern): { from: number; to: number } {
  return { from: Date.parse(pattern.first_seen) - MARGIN, to: Date.parse(pattern.last_seen) + MARGIN };
}

/** The query of the recordings page that lists the calls of a pattern. */
export function evidenceSearch(pattern: Pattern): string {
  const { from, to } = spanOf(pattern);
  const search = new URLSearchParams({ from: String(from), to: String(to) });
  const { consumer, gateways, routes } = pattern.metadata ?? {};
  if (consumer) {
    search.set('consumer', consumer);
  }
  (gateways ?? []).forEach((gateway) => search.append('gateway', gateway));
  // Conditions of one kind are alternatives, those of different kinds must all hold: narrowing by a route is possible only
  // where every call has one.
  const calls = (routes ?? []).map(callOf);
  if (calls.length > 0 && calls.every((call) => call.route !== undefined)) {
    new Set(calls.map((call) => call.route ?? '')).forEach((route) => search.append('route', route));
  } else if (calls.length > 0 && calls.every((call) => call.protocol === 'graphql')) {
    search.set('protocol', 'graphql');
  }
  const methods = new Set(calls.map((call) => call.method));
  if (methods.size === 1) {
    methods.forEach((method) => method && search.set('method', method));
  }
  return search.toString();
}

/** A call as the analysis names it, taken apart into what recordings can be filtered by. */
export function callOf(name: string): { method?: string; route?: string; protocol?: string } {
  const [, first, rest] = /^(\S+) (.*)$/.exec(name) ?? [];
  if (rest?.startsWith('/')) {
    return /^[A-Z]+$/.test(first) ? { method: first, route: rest } : { route: rest };
  }
  if (first && /^(query|mutation|subscription)$/.test(first)) {
    return { protocol: 'graphql' };
  }
  // A gRPC method is its own path (gRPC over HTTP/2).
  return name.includes('/') ? { route: name.startsWith('/') ? name : `/${name}` } : {};
}

/** The recordings of one occurrence of a pattern: the first of it and the last. */
export function evidenceOf(pattern: Pattern): { first: string; last: string } | undefined {
  const ids = pattern.related_requests ?? [];
  const { kind, retries = 1 } = pattern.metadata ?? {};
  // Evidence is that of the first occurrences, one after the other.
  const length = {
    precedes: 2,
    periodic: 4,
    retry_exhausted: retries + 1,
    retry_recovered: retries + 1,
    error_burst: ids.length,
  };
  const last = ids[Math.min(ids.length, length[kind ?? 'error_burst']) - 1];
  return ids.length > 0 && last ? { first: ids[0], last } : undefined;
}

/** Milliseconds around an occurrence that a diagram shows, so that what belongs to it is on it. */
const AROUND = 20;

/** What a diagram of one occurrence is of: all that its consumer did from its first recording to the end of its last. */
export function occurrenceOf(first: Recording, last: Recording): DiagramOf {
  const ends = [first, last].map((one) => Date.parse(one.timestamp) + one.response_time_ms);
  const from = Math.min(Date.parse(first.timestamp), Date.parse(last.timestamp));
  return {
    consumer: first.consumer ?? '',
    from: new Date(from - AROUND).toISOString(),
    to: new Date(Math.max(...ends) + AROUND).toISOString(),
  };
}
