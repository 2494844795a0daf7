import { dateTime, isDateTime, rangeUtil, type RawTimeRange, type TimeRange } from '@grafana/data';

/** A time range as the URL holds it: "now-1h", or Unix milliseconds. */
export interface RangeText {
  from: string;
  to: string;
}

export const defaultRange: RangeText = { from: 'now-1h', to: 'now' };

/** Reads a range from a URL; what cannot be read is the default. */
export function parseRange(search: URLSearchParams): RangeText {
  const text = { from: search.get('from') || defaultRange.from, to: search.get('to') || defaultRange.to };
  const range = resolveRange(text);
  return range.from.isValid() && range.to.isValid() ? text : defaultRange;
}

/** The range as moments, relative parts seen from now. */
export function resolveRange({ from, to }: RangeText): TimeRange {
  return rangeUtil.convertRawToRange({ from: rawOf(from), to: rawOf(to) });
}

/** The URL form of a range that a user picked. */
export function rangeText(raw: RawTimeRange): RangeText {
  const text = (value: RawTimeRange['from']) => (isDateTime(value) ? String(value.valueOf()) : value);
  return { from: text(raw.from), to: text(raw.to) };
}

/** The range moved by its own half, earlier (-1) or later (1). */
export function shiftRange(text: RangeText, direction: -1 | 1): RangeText {
  const { from, to } = resolveRange(text);
  const half = Math.round((to.valueOf() - from.valueOf()) / 2) * direction;
  return { from: String(from.valueOf() + half), to: String(to.valueOf() + half) };
}

/** The range widened to twice its length around its middle, not beyond now. */
export function zoomOut(text: RangeText): RangeText {
  const { from, to } = resolveRange(text);
  const half = Math.round((to.valueOf() - from.valueOf()) / 2);
  return { from: String(from.valueOf() - half), to: String(Math.min(Date.now(), to.valueOf() + half)) };
}

function rawOf(text: string): RawTimeRange['from'] {
  return /^\d+$/.test(text) ? dateTime(Number(text)) : text.startsWith('now') ? text : dateTime(text);
}
