import { existsSync, readFileSync } from 'fs';
import path from 'path';

import type { Fault } from './fault';
import { changedFault, changedWhen, errorsOfFault, newFault, ofKind, validateFault } from './faultForm';
import { FAULT_KINDS, faultKinds, parametersOf } from './faultKinds';
import { FAULT_PICKS } from './faultPicks';

const fields = (fault: Fault) => validateFault(fault).map(({ field }) => field);

it.each(FAULT_KINDS)('begins a fault of kind %s with all that it needs', (kind) => {
  expect(validateFault(newFault(kind))).toEqual([]);
});

it.each(FAULT_PICKS.map(({ label, fault }): [string, Fault] => [label, fault]))(
  'offers %s ready to be used',
  (_, fault) => {
    expect(validateFault(fault)).toEqual([]);
    expect(changedFault(fault, {})).toEqual(fault);
  }
);

it('swaps the parameters of a latency with its distribution', () => {
  const fixed = newFault('latency');
  expect(fixed).toEqual({ kind: 'latency', delay_ms: 200 });
  const uniform = changedFault(fixed, { distribution: 'uniform' });
  expect(uniform).toEqual({ kind: 'latency', distribution: 'uniform', min_ms: 100, max_ms: 300 });
  expect(changedFault(uniform, { distribution: 'normal' })).toEqual({
    kind: 'latency',
    distribution: 'normal',
    delay_ms: 200,
    deviation_ms: 50,
    min_ms: 100,
    max_ms: 300,
  });
});

it('keeps share, schedule and what both kinds have when the kind changes', () => {
  const fault: Fault = { kind: 'reset', share: 0.2, when: { every: 3 }, after_bytes: 100 };
  expect(ofKind(fault, 'close')).toEqual({ kind: 'close', share: 0.2, when: { every: 3 }, after_bytes: 100 });
  expect(ofKind(fault, 'latency')).toEqual({ kind: 'latency', share: 0.2, when: { every: 3 }, delay_ms: 200 });
  expect(ofKind({ kind: 'latency', at: 'body', delay_ms: 1 }, 'throttle').at).toBeUndefined();
});

it('asks for what was emptied instead of filling it in behind the back', () => {
  const emptied = changedFault(newFault('rate_limit'), { limit: undefined });
  expect(fields(emptied)).toEqual(['limit']);
  expect(changedFault(emptied, { limit: 5 })).toEqual({ kind: 'rate_limit', limit: 5 });
});

it('drops a schedule that says nothing, and what is counted together where nothing is counted', () => {
  expect(changedWhen({ every: 2, per: 'consumer' }, { every: undefined })).toBeUndefined();
  expect(changedWhen({ first: 2, per: 'trace' }, { per: 'all' })).toEqual({ first: 2 });
});

it.each<[string, Fault]>([
  ['share', { kind: 'reset', share: 1.5 }],
  ['delay_ms', { kind: 'latency', delay_ms: -1 }],
  ['max_ms', { kind: 'latency', min_ms: 300, max_ms: 100 }],
  ['limit', { kind: 'rate_limit' }],
  ['keep', { kind: 'truncate', keep: 2 }],
  ['bytes_changed', { kind: 'corrupt', bytes_changed: 1.5 }],
  ['status_codes', { kind: 'error', status_codes: [100] }],
  ['patch', { kind: 'patch' }],
  ['set_headers', { kind: 'headers' }],
  ['when.window_on_ms', { kind: 'reset', when: { window_on_ms: 10, window_of_ms: 5 } }],
  ['when.burst_of', { kind: 'reset', when: { burst_length: 10 } }],
  ['when.every', { kind: 'reset', when: { every: 0 } }],
])('finds what is wrong with %s', (field, fault) => expect(fields(fault)).toEqual([field]));

it('finds the errors of one fault among those of all', () => {
  const errors = [
    { field: 'faults[1].when.every', problem: 'a' },
    { field: 'faults[11].keep', problem: 'b' },
  ];
  expect(errorsOfFault(errors, 1)).toEqual([{ field: 'when.every', problem: 'a' }]);
});

// The examples that pkg/scenario is held to.
const examples = path.join(__dirname, '../../pkg/scenario/testdata/faults.json');

(existsSync(examples) ? describe : describe.skip)('the examples of the backend', () => {
  const { valid = [] }: { valid?: Array<Fault | { fault: Fault }> } = existsSync(examples)
    ? JSON.parse(readFileSync(examples, 'utf8'))
    : {};
  const faults = valid.map((example): Fault => ('fault' in example ? example.fault : example));

  it.each(faults.map((fault): [string, Fault] => [JSON.stringify(fault), fault]))('knows all of %s', (_, fault) => {
    expect(Object.keys(faultKinds)).toContain(fault.kind);
    const known = ['kind', 'share', 'when', ...parametersOf(fault).map(({ name }) => name)];
    expect(Object.keys(fault).filter((name) => !known.includes(name))).toEqual([]);
    expect(validateFault(fault)).toEqual([]);
  });

  it.each(FAULT_PICKS.map(({ label, fault }): [string, Fault] => [label, fault]))('have %s', (_, fault) =>
    expect(faults).toContainEqual(fault)
  );
});
