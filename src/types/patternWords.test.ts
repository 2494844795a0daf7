import { pattern, retryPattern } from '../testing/patterns';
import { causeOf, factsOf, occurrences, seconds } from './patternWords';

it('counts in the words of the kind', () => {
  expect(occurrences(pattern())).toBe('55 sessions');
  expect(occurrences(pattern({ occurrence_count: 1 }))).toBe('1 session');
  expect(occurrences(retryPattern())).toBe('15 retry chains');
  expect(occurrences(pattern({ metadata: null }))).toBe('55 times');
});

it('says whose fault failures are', () => {
  expect(causeOf(retryPattern())).toEqual({ text: 'organic', injected: false });
  expect(causeOf(pattern({ metadata: { cause: 'mixed' } }))?.injected).toBe(true);
  expect(causeOf(pattern())).toBeUndefined();
});

it('tells the statuses, most frequent first', () => {
  expect(factsOf(retryPattern())).toContain('answered with 502, 500');
  expect(factsOf(pattern({ metadata: { statuses: { '0': 3 } } }))).toContain('answered with nothing');
});

it.each([
  [0.022, '22 ms'],
  [5.24, '5.2 s'],
  [30, '30 s'],
  [300, '5 min'],
  [7200, '2 h'],
])('writes %d seconds as %s', (value, text) => {
  expect(seconds(value)).toBe(text);
});
