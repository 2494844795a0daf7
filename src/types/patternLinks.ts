import type { Pattern } from './pattern';

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

/** What a sequence diagram of a pattern shows: its consumer, from the first evidence on. */
export function diagramSpan(pattern: Pattern): { consumer: string; from: string; to: string } | undefined {
  const consumer = pattern.metadata?.consumer;
  if (!consumer) {
    return undefined;
  }
  // The last occurrence with what came before it: enough for the shape, short enough to read.
  const last = Date.parse(pattern.last_seen);
  const { period_seconds: period = 0, window_seconds: window = 0, lag_seconds: lag = 0 } = pattern.metadata ?? {};
  const length = Math.min(Math.max(period * 3, window * 1.5, lag * 5, 20) * 1000, 15 * 60_000);
  return { consumer, from: new Date(last - length).toISOString(), to: new Date(last + MARGIN).toISOString() };
}
