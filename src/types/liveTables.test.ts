import { point } from '../testing/samples';
import { bucketLabel, heatmapOf, histogramOf, latest, namesOf, pluginsOf, routesOf } from './liveTables';
import { BOUNDS } from './traffic';

const route = (name: string, rate: number, errors: number, p95: number | null) => ({
  route: name,
  gateway: 'shop',
  requests_per_second: rate,
  error_rate: errors,
  p95_ms: p95,
});
const buckets = (counts: Record<number, number>) => [...BOUNDS, Infinity].map((_, i) => counts[i] ?? 0);

it('adds routes up over seconds, busiest first, errors and latencies by how many requests each second had', () => {
  const rows = routesOf([
    point(0, { by_route: [route('/a', 1, 1, 100), route('/b', 8, 0, 20)] }),
    point(1, { by_route: [route('/a', 3, 0, 20)] }),
  ]);
  expect(rows.map((row) => row.route)).toEqual(['/b', '/a']);
  expect(rows[1]).toMatchObject({ requests_per_second: 2, error_rate: 0.25, p95_ms: 40, history: [1, 3] });
  expect(rows[0]).toMatchObject({ requests_per_second: 4, history: [8, 0] });
});

it('has no p95 for routes without one', () => {
  expect(routesOf([point(0, { by_route: [route('/a', 1, 0, null)] })])[0].p95_ms).toBeNull();
});

it('adds plugins up, and does without', () => {
  const plugin = { name: 'auth', executions_per_second: 2, errors_per_second: 1, mean_ms: 4 };
  expect(pluginsOf([point(0, { by_plugin: [plugin] }), point(1)])).toEqual([
    { name: 'auth', executions_per_second: 1, errors_per_second: 0.5, mean_ms: 4 },
  ]);
  expect(pluginsOf([point(0, { by_plugin: null })])).toEqual([]);
});

it('names protocols by how busy they are', () => {
  expect(
    namesOf([point(0, { by_protocol: { grpc: 1, http: 5 } }), point(1, { by_protocol: null })], 'by_protocol')
  ).toEqual(['http', 'grpc']);
});

it('puts each second into its column, and nothing beside the window', () => {
  const map = heatmapOf([point(0, { buckets: buckets({ 1: 9 }) }), point(59, { buckets: buckets({ 2: 4 }) })], 10, 5);
  expect(map.columns).toHaveLength(5);
  expect(map.max).toBe(4);
  expect(map.columns[4][2]).toBe(4);
  expect(map.columns.flat().reduce((a, b) => a + b)).toBe(4);
});

it('keeps columns in place while time goes on within them', () => {
  const first = heatmapOf([point(20)], 60, 6).times;
  expect(heatmapOf([point(27)], 60, 6).times).toEqual(first);
  expect(heatmapOf([point(31)], 60, 6).times[0]).toBe(first[1]);
});

it('adds histograms up', () => {
  expect(histogramOf([point(0, { buckets: buckets({ 3: 1 }) }), point(1, { buckets: buckets({ 3: 2 }) })])[3]).toBe(3);
});

it('looks back from the newest point', () => {
  expect(latest([point(0), point(5), point(9)], 5).map(({ time }) => time)).toEqual([point(5).time, point(9).time]);
  expect(latest([], 5)).toEqual([]);
});

it.each([
  [0, 'up to 1 ms'],
  [4, '10 ms to 25 ms'],
  [9, '500 ms to 1 s'],
  [BOUNDS.length, 'above 30 s'],
])('calls bucket %d %s', (index, label) => {
  expect(bucketLabel(index)).toBe(label);
});
