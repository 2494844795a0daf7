import type { AlignedData } from 'uplot';

import { modeIndexAt, type ModeSpan } from '../../types/modeHistory';
import type { Point } from '../../types/traffic';

/** A line of a chart. */
export interface ChartSeries {
  label: string;
  /** A name of theme.visualization, such as "semi-dark-blue". */
  color: string;
  /** Opacity of the area below, in percent. */
  fill?: number;
  value: (point: Point) => number | null;
}

/**
 * The columns of a chart of the last seconds: times in Unix milliseconds, one per series, and last the mode (its index in
 * MODES) that the background is coloured by. Always spans the whole window, so that the chart does not jump as it fills.
 */
export function chartData(
  points: readonly Point[],
  series: readonly ChartSeries[],
  spans: readonly ModeSpan[],
  seconds: number
): AlignedData {
  const times = points.map((point) => Date.parse(point.time));
  const newest = times.at(-1) ?? Date.now();
  const oldest = newest - seconds * 1000;
  const shown = points.filter((_, i) => times[i] > oldest);
  const columns: Array<Array<number | null>> = [
    [oldest, ...shown.map((point) => Date.parse(point.time))],
    ...series.map((one) => [null, ...shown.map((point) => one.value(point) ?? null)]),
    [
      modeIndexAt(spans, oldest, shown[0]?.mode ?? ''),
      ...shown.map((point) => modeIndexAt(spans, Date.parse(point.time), point.mode)),
    ],
  ];
  // uPlot's type wants its times apart from the rest, and without nulls; there are none.
  return columns as unknown as AlignedData;
}

/** Runs of equal values as index ranges; each ends where the next begins. */
export function runs(values: ArrayLike<number | null | undefined>): Array<{ value: number; from: number; to: number }> {
  const found: Array<{ value: number; from: number; to: number }> = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const last = found.at(-1);
    if (last && last.value === value) {
      last.to = i;
    } else {
      if (last) {
        last.to = i;
      }
      found.push({ value, from: i, to: i });
    }
  }
  return found;
}
