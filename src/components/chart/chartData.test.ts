import { point } from '../../testing/samples';
import { chartData, runs } from './chartData';

const series = [{ label: 'Requests', color: 'blue', value: (p: ReturnType<typeof point>) => p.requests_per_second }];

it('always spans the whole window, and ends with the mode', () => {
  const [times, values, modes] = chartData([point(100), point(101, { mode: 'error' })], series, [], 60);
  expect(times[times.length - 1] - times[0]).toBe(60_000);
  expect(Array.from(values)).toEqual([null, 10, 10]);
  expect(Array.from(modes)).toEqual([0, 0, 2]);
});

it('finds the stretches of one mode, each up to the next', () => {
  expect(runs([0, 0, 2, 2, 0])).toEqual([
    { value: 0, from: 0, to: 2 },
    { value: 2, from: 2, to: 4 },
    { value: 0, from: 4, to: 4 },
  ]);
});
