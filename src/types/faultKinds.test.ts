import type { Fault } from './fault';
import { newFault, validateFault } from './faultForm';
import { FAULT_GROUPS, FAULT_KINDS, RECORDED_FAULTS, faultKinds, kindLook, shownParameters } from './faultKinds';
import { faultSentence } from './faultWords';

it.each(FAULT_KINDS)('%s has all that the editor needs', (kind) => {
  const { group, parameters } = faultKinds[kind];
  expect(FAULT_GROUPS).toHaveProperty(group);
  const names = parameters.map(({ name }) => name);
  for (const parameter of parameters) {
    for (const other of [parameter.unless, parameter.with, parameter.without]) {
      expect(other === undefined || names.includes(other)).toBe(true);
    }
  }
  expect(validateFault(newFault(kind))).toEqual([]);
  expect(faultSentence(newFault(kind))).not.toContain('what is called');
});

it('shows what is of use beside the other parameters', () => {
  const names = (fault: Fault) => shownParameters(fault).map(({ name }) => name);
  expect(names({ kind: 'replace' })).toEqual(['status', 'body', 'set_headers']);
  expect(names({ kind: 'replace', body: 'x' })).toEqual(['status', 'body', 'content_type', 'set_headers']);
  expect(names({ kind: 'error', after_messages: 1, body: 'x' })).not.toContain('body');
  expect(names({ kind: 'latency', min_ms: 1, max_ms: 2 })).toEqual(['at', 'distribution', 'min_ms', 'max_ms']);
});

it('knows all that recordings name, each once', () => {
  expect(RECORDED_FAULTS).toEqual(expect.arrayContaining([...FAULT_KINDS, 'stretch']));
  expect(new Set(RECORDED_FAULTS).size).toBe(RECORDED_FAULTS.length);
});

it('shows a kind that it does not know under its own name', () => {
  expect(kindLook('odd')).toMatchObject({ label: 'odd', parameters: [] });
  expect(faultSentence({ kind: 'odd' } as unknown as Fault)).toBe('Does what is called odd');
});
