import { effectNotes, effectOf, hitShare } from './faultEffect';

it('knows the share that a fault hits in the long run', () => {
  expect(hitShare({ kind: 'reset' })).toBe(1);
  expect(hitShare({ kind: 'reset', share: 0.5, when: { every: 4 } })).toBe(0.125);
  expect(hitShare({ kind: 'reset', when: { burst_length: 5, burst_of: 20 } })).toBe(0.25);
  expect(hitShare({ kind: 'reset', when: { first: 3 } })).toBe(0);
  expect(hitShare({ kind: 'reset', when: { first: 3, per: 'trace' } })).toBe(1);
  expect(hitShare({ kind: 'drop' })).toBe(0);
});

it('says what it does not know', () => {
  expect(effectOf({ kind: 'rate_limit', limit: 5 })).toBeUndefined();
  expect(
    effectNotes([
      { kind: 'rate_limit', limit: 5 },
      { kind: 'reset', when: { ramp_ms: 5 } },
    ])
  ).toEqual(['Once the ramp is over.', 'Without what is above the rate limit.']);
  expect(effectNotes()).toEqual([]);
});
