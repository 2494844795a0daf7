import type { ReplayOptions } from './replay';

/** How recordings are to be sent again, and what of the answers is not compared, as it is typed. */
export interface ReplayChoices {
  /** One of the gateway's targets; empty is its own upstream. */
  target: string;
  ignoredFields: string;
  ignoredHeaders: string;
  overrides: string;
}

export const noChoices: ReplayChoices = { target: '', ignoredFields: '', ignoredHeaders: '', overrides: '' };

/** The choices as the API has them. What is empty is left out. */
export function optionsOf({ target, ignoredFields, ignoredHeaders, overrides }: ReplayChoices): ReplayOptions {
  return {
    ...(target && { target }),
    ...(overrides.trim() && { header_overrides: parseOverrides(overrides) }),
    ...ignoredOf(ignoredFields, ignoredHeaders),
  };
}

/** Reads headers, one "Name: value" per line. Lines without a name are left out; a name without a value leaves that header out of the request. */
export function parseOverrides(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const name = (colon < 0 ? line : line.slice(0, colon)).trim();
    if (name) {
      headers[name] = colon < 0 ? '' : line.slice(colon + 1).trim();
    }
  }
  return headers;
}

/** Headers that differ from one answer to the next without meaning, as pkg/replay has them. */
const ALWAYS_DIFFERENT = [
  'Date',
  'Age',
  'Server-Timing',
  'X-Request-Id',
  'X-Correlation-Id',
  'X-Response-Time',
  'Traceparent',
  'Tracestate',
  'Traceresponse',
];

/** Reads names that are separated by commas. */
function parseNames(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** What a comparison leaves out: places of JSON bodies and headers, each as typed; headers beside those that always differ. */
function ignoredOf(fields: string, headers: string): Pick<ReplayOptions, 'ignore_fields' | 'ignore_headers'> {
  const places = parseNames(fields);
  const names = parseNames(headers);
  return {
    ...(places.length > 0 && { ignore_fields: places }),
    ...(names.length > 0 && { ignore_headers: [...ALWAYS_DIFFERENT, ...names] }),
  };
}
