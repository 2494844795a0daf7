import { hitsInARow, scheduleSpan, stretches } from './faultSchedule';

const row = (hits: boolean[]) => hits.map((hit) => (hit ? 'x' : '.')).join('');

it('knows which of many in a row are hit', () => {
  expect(row(hitsInARow({ every: 3 }, 8))).toBe('..x..x..');
  expect(row(hitsInARow({ first: 2 }, 6))).toBe('xx....');
  expect(row(hitsInARow({ burst_length: 2, burst_of: 5 }, 9))).toBe('xx...xx..');
  expect(row(hitsInARow({ first: 6, every: 2 }, 9))).toBe('.x.x.x...');
});

it('knows when windows are on, and how a ramp grows within them', () => {
  const blackout = { window_on_ms: 10, window_of_ms: 60 };
  expect(scheduleSpan(blackout)).toBe(180);
  expect(stretches(blackout, 180).map(({ from, to }) => [from, to])).toEqual([
    [0, 10],
    [60, 70],
    [120, 130],
  ]);
  expect(stretches({ ramp_ms: 90 }, 120)).toEqual([
    { from: 0, to: 90, shareFrom: 0, shareTo: 1 },
    { from: 90, to: 120, shareFrom: 1, shareTo: 1 },
  ]);
});
