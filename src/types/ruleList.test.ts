import { errorsOfRule, freeName, moved, saved, tidy } from './ruleList';
import type { Rule } from './scenario';

const rule = (name: string, values: Partial<Rule> = {}): Rule => ({ name, mode: 'error', target: {}, ...values });
const names = (rules: readonly Rule[]) => rules.map(({ name }) => name).join('');
const abc = ['a', 'b', 'c'].map((name) => rule(name));

it('moves a rule up and down, and nowhere beyond the ends', () => {
  expect(names(moved(abc, 2, 0))).toBe('cab');
  expect(names(moved(abc, 0, 1))).toBe('bac');
  expect(names(moved(abc, 0, -1))).toBe('abc');
  expect(names(moved(abc, 2, 3))).toBe('abc');
});

it('saves a rule in its place, even under a new name, and a new one at the end', () => {
  expect(names(saved(abc, rule('x'), 'b'))).toBe('axc');
  expect(names(saved(abc, rule('x')))).toBe('abcx');
  expect(names(saved(abc, rule('x'), 'gone'))).toBe('abcx');
});

it('finds a name that is free', () => {
  expect(freeName(['rule', 'rule 2'], 'rule')).toBe('rule 3');
  expect(freeName([], 'staging', '-')).toBe('staging');
});

it('leaves out conditions that are empty, and the behavior of what is excluded', () => {
  expect(
    tidy(
      rule(' a ', {
        disabled: false,
        target: { path: '', methods: [], headers: {}, consumer: 'web', share_by: 'consumer' },
      })
    )
  ).toEqual({ name: 'a', mode: 'error', target: { consumer: 'web' } });
  expect(tidy(rule('a', { exclude: true, error_rate: 1, disabled: true }))).toEqual({
    name: 'a',
    mode: 'healthy',
    target: {},
    exclude: true,
    disabled: true,
  });
});

it('finds the errors of one rule among those of all', () => {
  const errors = [
    { field: 'rules[1].target.path', problem: 'must begin with /' },
    { field: 'rules[11].name', problem: 'is required' },
  ];
  expect(errorsOfRule(errors, 1)).toEqual([{ field: 'target.path', problem: 'must begin with /' }]);
});
