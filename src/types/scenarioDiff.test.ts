import { differences } from './scenarioDiff';
import type { Rule } from './scenario';

const rule = (name: string, values: Partial<Rule> = {}): Rule => ({ name, mode: 'error', target: {}, ...values });

it('says which parameters of a mode changed, with the defaults of those that were not given', () => {
  expect(differences({ mode: 'error' }, { mode: 'error', error_rate: 0.25 })).toEqual([
    { what: 'Error rate', before: '100 %', after: '25 %' },
  ]);
});

it('says what a switch of mode brought and took away', () => {
  expect(differences({ mode: 'healthy' }, { mode: 'degraded', latency_multiplier: 3 })).toEqual([
    { what: 'Mode', before: 'healthy', after: 'degraded' },
    { what: 'Latency multiplier', before: undefined, after: '× 3' },
    { what: 'Error rate', before: undefined, after: '0 %' },
    { what: 'Status codes', before: undefined, after: '500, 502, 503' },
  ]);
});

it('follows rules by name: added, changed, turned off, removed, moved', () => {
  const before = { mode: 'healthy' as const, rules: [rule('a'), rule('b'), rule('c')] };
  const after = { mode: 'healthy' as const, rules: [rule('b', { disabled: true }), rule('a'), rule('d')] };
  expect(differences(before, after)).toEqual([
    {
      what: 'Rule b',
      before: 'All traffic answers 500, 502 or 503',
      after: 'Off: All traffic answers 500, 502 or 503',
    },
    { what: 'Rule c', before: 'All traffic answers 500, 502 or 503', after: undefined },
    { what: 'Rule d', after: 'All traffic answers 500, 502 or 503' },
    { what: 'Order of rules', before: 'a, b', after: 'b, a' },
  ]);
});

it('follows faults by what they do', () => {
  const [reset, drip] = [{ kind: 'reset' as const, share: 0.05 }, { kind: 'drip' as const }];
  expect(
    differences({ mode: 'error', faults: [reset, drip] }, { mode: 'error', faults: [drip, { ...reset, share: 0.1 }] })
  ).toEqual([{ what: 'Fault', before: 'Resets 5 % of connections', after: 'Resets 10 % of connections' }]);
  expect(differences({ mode: 'error', faults: [reset, drip] }, { mode: 'error', faults: [drip, reset] })[0].what).toBe(
    'Order of faults'
  );
});

it('says that a rule is another one also where its sentence is the same', () => {
  const faulty = (body: string) => rule('a', { faults: [{ kind: 'error', status_codes: [503], body }] });
  expect(differences({ mode: 'healthy', rules: [faulty('x')] }, { mode: 'healthy', rules: [faulty('y')] })).toEqual([
    { what: 'Rule a', before: 'All traffic: answers 503', after: 'All traffic: answers 503, with other details' },
  ]);
  expect(differences({ mode: 'healthy', rules: [faulty('x')] }, { mode: 'healthy', rules: [faulty('x')] })).toEqual([]);
});

it('says what became of added latency and of the seed', () => {
  expect(differences({ mode: 'healthy', latency: { min_ms: 1, max_ms: 2 } }, { mode: 'healthy', seed: 7 })).toEqual([
    { what: 'Added latency', before: '1 to 2 ms', after: undefined },
    { what: 'Seed', before: undefined, after: '7' },
  ]);
});

it('finds nothing in what only was set again', () => {
  expect(differences({ mode: 'chaos' }, { mode: 'chaos', error_rate: 0.1 })).toEqual([]);
});
