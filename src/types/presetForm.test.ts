import { scenario } from '../testing/samples';
import { definitionOf, describePreset, validatePresetName } from './presetForm';

it('keeps of a scenario what a preset has, and nothing of who set it', () => {
  const live = scenario({
    mode: 'error',
    error_rate: 0.5,
    reason: 'why',
    expires_at: 'x',
    preset: 'p',
    rules: [],
    seed: 0,
  });
  expect(definitionOf(live)).toEqual({ mode: 'error', error_rate: 0.5, seed: 0 });
});

it('keeps faults, those of rules too', () => {
  const faults = [{ kind: 'reset' as const }];
  const preset = { mode: 'error' as const, faults, rules: [{ name: 'r', mode: 'error' as const, target: {}, faults }] };
  expect(definitionOf(preset)).toEqual(preset);
});

it.each([
  ['', 'is required'],
  ['Game day', 'must be 1 to 64 lower-case letters, digits, - and _'],
  ['import', 'is reserved'],
  ['chaos', 'is taken by another preset'],
])('refuses the name "%s"', (name, problem) => {
  expect(validatePresetName(name, ['chaos'])).toEqual([{ field: 'name', problem }]);
});

it('takes a good name', () => expect(validatePresetName('game-day_2', ['chaos'])).toEqual([]));

it('says all that a preset does', () => {
  const rules = [{ name: 'r', mode: 'error' as const, target: {} }];
  expect(describePreset({ mode: 'healthy', description: 'For tests.', latency: { min_ms: 1, max_ms: 2 }, rules })).toBe(
    'For tests. Nothing is injected. Added latency 1 to 2 ms. 1 rule'
  );
});
