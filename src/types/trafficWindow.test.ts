import { point } from '../testing/samples';
import { appendPoints } from './trafficWindow';

it('keeps the window in order, without repeats and without what has left it', () => {
  const window = appendPoints([point(0), point(1), point(2)], [point(4), point(2, { mode: 'error' }), point(3)], 3);
  expect(window.map((one) => [one.time.slice(17, 19), one.mode])).toEqual([
    ['02', 'error'],
    ['03', 'healthy'],
    ['04', 'healthy'],
  ]);
});
