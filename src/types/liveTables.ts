import { BOUNDS, type PluginFigures, type Point, type RouteFigures } from './traffic';

/** One route over a stretch of traffic. */
export interface RouteRow extends RouteFigures {
  /** Requests per second over the stretch, one per point. */
  history: number[];
}

/** The names that occur in a breakdown of points, busiest first. */
export function namesOf(points: readonly Point[], breakdown: 'by_protocol' | 'by_gateway'): string[] {
  const totals = new Map<string, number>();
  for (const point of points) {
    for (const [name, rate] of Object.entries(point[breakdown] ?? {})) {
      totals.set(name, (totals.get(name) ?? 0) + rate);
    }
  }
  return [...totals.entries()].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).map(([name]) => name);
}

/** The routes of points, busiest first: rates over all points, errors and p95 weighted by requests. */
export function routesOf(points: readonly Point[]): RouteRow[] {
  const rows = new Map<string, RouteRow & { errors: number; timed: number; weighted: number }>();
  points.forEach((point, at) => {
    for (const figures of point.by_route ?? []) {
      const key = `${figures.gateway}\n${figures.route}`;
      let row = rows.get(key);
      if (!row) {
        row = { ...figures, requests_per_second: 0, history: points.map(() => 0), errors: 0, timed: 0, weighted: 0 };
        rows.set(key, row);
      }
      const rate = figures.requests_per_second;
      row.requests_per_second += rate;
      row.errors += rate * figures.error_rate;
      row.history[at] += rate;
      if (figures.p95_ms !== null && figures.p95_ms !== undefined) {
        row.timed += rate;
        row.weighted += rate * figures.p95_ms;
      }
    }
  });
  return [...rows.values()]
    .map(({ errors, timed, weighted, ...row }) => ({
      ...row,
      requests_per_second: row.requests_per_second / points.length,
      error_rate: row.requests_per_second > 0 ? errors / row.requests_per_second : 0,
      p95_ms: timed > 0 ? weighted / timed : null,
    }))
    .sort((a, b) => b.requests_per_second - a.requests_per_second || a.route.localeCompare(b.route));
}

/** The plugins of points, busiest first: rates over all points, the mean weighted by executions. */
export function pluginsOf(points: readonly Point[]): PluginFigures[] {
  const rows = new Map<string, PluginFigures & { spent: number }>();
  for (const point of points) {
    for (const figures of point.by_plugin ?? []) {
      const row = rows.get(figures.name) ?? { ...figures, executions_per_second: 0, errors_per_second: 0, spent: 0 };
      row.executions_per_second += figures.executions_per_second;
      row.errors_per_second += figures.errors_per_second;
      row.spent += figures.executions_per_second * (figures.mean_ms ?? 0);
      rows.set(figures.name, row);
    }
  }
  return [...rows.values()]
    .map(({ spent, ...row }) => ({
      name: row.name,
      executions_per_second: row.executions_per_second / points.length,
      errors_per_second: row.errors_per_second / points.length,
      mean_ms: row.executions_per_second > 0 ? spent / row.executions_per_second : null,
    }))
    .sort((a, b) => b.executions_per_second - a.executions_per_second || a.name.localeCompare(b.name));
}

/** Requests by latency bucket, added up; one more bucket than bounds. */
export function histogramOf(points: readonly Point[]): number[] {
  const counts = [...BOUNDS.map(() => 0), 0];
  for (const point of points) {
    (point.buckets ?? []).forEach((count, i) => (counts[i] += count));
  }
  return counts;
}

/** Requests by moment and latency bucket. */
export interface Heatmap {
  /** Start of each column in Unix milliseconds. */
  times: number[];
  /** Of each column the counts by bucket. */
  columns: number[][];
  /** The greatest count. */
  max: number;
}

/** The latency of the last seconds before the newest point, in so many columns. Columns without traffic are zeros. */
export function heatmapOf(points: readonly Point[], seconds: number, columns: number): Heatmap {
  const newest = points.length > 0 ? Date.parse(points[points.length - 1].time) : 0;
  const width = (seconds * 1000) / columns;
  // Columns keep their places in time, so that colours do not flicker as the window moves on.
  const end = (Math.floor(newest / width) + 1) * width;
  const start = end - columns * width;
  const map: Heatmap = {
    times: Array.from({ length: columns }, (_, i) => start + i * width),
    columns: Array.from({ length: columns }, () => [...BOUNDS.map(() => 0), 0]),
    max: 0,
  };
  for (const point of points) {
    const column = map.columns[Math.floor((Date.parse(point.time) - start) / width)];
    (point.buckets ?? []).forEach((count, i) => {
      if (column) {
        column[i] += count;
        map.max = Math.max(map.max, column[i]);
      }
    });
  }
  return map;
}

/** The points of the last seconds, seen from the newest. */
export function latest(points: readonly Point[], seconds: number): Point[] {
  const newest = points.at(-1);
  if (!newest) {
    return [];
  }
  const after = Date.parse(newest.time) - seconds * 1000;
  return points.filter((point) => Date.parse(point.time) > after);
}

/** A bucket in words: "5 to 10 ms". */
export function bucketLabel(index: number): string {
  const unit = (ms: number) => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);
  if (index === 0) {
    return `up to ${unit(BOUNDS[0])}`;
  }
  return index < BOUNDS.length
    ? `${unit(BOUNDS[index - 1])} to ${unit(BOUNDS[index])}`
    : `above ${unit(BOUNDS[BOUNDS.length - 1])}`;
}
