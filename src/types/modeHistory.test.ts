import { change, scenario } from '../testing/samples';
import { lastSwitch, modeIndexAt, spansOf } from './modeHistory';

const at = (time: string) => Date.parse(`2026-11-23T${time}Z`);
const error = change({
  version: 5,
  at: '2026-11-23T14:05:00Z',
  scenario: scenario({ mode: 'error', expires_at: '2026-11-23T14:06:00Z' }),
});
const chaos = change({ version: 4, at: '2026-11-23T14:02:00Z', scenario: scenario({ mode: 'chaos' }) });

it('follows the mode through changes and expiries', () => {
  const spans = spansOf([error, chaos]);
  const modes = ['14:00:00', '14:02:00', '14:05:00', '14:06:00'].map((time) =>
    modeIndexAt(spans, at(time), 'degraded')
  );
  // degraded before the history begins, chaos, error, and healthy once that has expired
  expect(modes).toEqual([1, 3, 2, 0]);
});

it('takes an expiry for the last switch', () => {
  expect(lastSwitch([error, chaos], at('14:05:30'))).toEqual(new Date(at('14:05:00')));
  expect(lastSwitch([error, chaos], at('14:07:00'))).toEqual(new Date(at('14:06:00')));
  expect(lastSwitch([], at('14:07:00'))).toBeUndefined();
});
