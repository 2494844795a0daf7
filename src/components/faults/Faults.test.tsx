import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React, { useState } from 'react';

import type { Fault } from '../../types/fault';
import { validateFaults } from '../../types/faultForm';
import type { FieldError } from '../../types/problem';
import { testIds } from '../testIds';
import { Faults } from './Faults';

const ids = testIds.faults;
let now: Fault[];

beforeEach(() => {
  now = [];
});

function Editor({ initial, refused = [] }: { initial: Fault[]; refused?: FieldError[] }) {
  const [faults, setFaults] = useState(initial);
  const change = (next: Fault[]) => {
    now = next;
    setFaults(next);
  };
  return <Faults faults={faults} errors={[...refused, ...validateFaults(faults)]} onChange={change} />;
}

const three: Fault[] = [{ kind: 'reset' }, { kind: 'drip' }, { kind: 'latency', delay_ms: 100 }];
const kinds = () => now.map(({ kind }) => kind).join(' ');
const click = (testId: string) => fireEvent.click(screen.getByTestId(testId));
const type = (field: string, value: string) =>
  fireEvent.change(screen.getByTestId(ids.field(field)), { target: { value } });

it('offers starting points where there are none, and opens what was added', async () => {
  render(<Editor initial={[]} />);
  await act(async () => click(ids.pick('Flaky at first')));
  expect(now).toEqual([{ kind: 'error', status_codes: [503], when: { first: 2, per: 'trace' } }]);
  expect(screen.getByTestId(ids.toggle(0))).toHaveTextContent('Answers 503, for the first 2 tries of each trace');
  expect(screen.getByTestId(ids.toggle(0))).toHaveAttribute('aria-expanded', 'true');
  expect(screen.getByTestId(ids.toggle(0))).toHaveFocus();
  expect(screen.queryByTestId(ids.pick('Blackout'))).not.toBeInTheDocument();
});

it('moves, duplicates and removes, and keeps the same fault open', async () => {
  render(<Editor initial={three} />);
  click(ids.toggle(2));
  await act(async () => click(ids.up(2)));
  expect(kinds()).toBe('reset latency drip');
  expect(screen.getByTestId(ids.toggle(1))).toHaveAttribute('aria-expanded', 'true');
  await act(async () => click(ids.duplicate(0)));
  expect(kinds()).toBe('reset reset latency drip');
  await act(async () => click(ids.remove(0)));
  expect(kinds()).toBe('reset latency drip');
  expect(screen.getByTestId(ids.up(0))).toBeDisabled();
  expect(screen.getByTestId(ids.down(2))).toBeDisabled();
});

it('changes parameters, and says what they come to', () => {
  render(<Editor initial={[{ kind: 'reset' }]} />);
  click(ids.toggle(0));
  type('after_bytes', '2000');
  expect(now).toEqual([{ kind: 'reset', after_bytes: 2000 }]);
  expect(screen.getByTestId(ids.toggle(0))).toHaveTextContent('Resets connections after 2 kB');
  expect(screen.getByTestId(ids.field('after_messages'))).toBeDisabled();
  type('after_bytes', '');
  expect(now).toEqual([{ kind: 'reset' }]);
});

it('shows times in seconds', () => {
  render(<Editor initial={[{ kind: 'timeout', timeout_ms: 5000 }]} />);
  click(ids.toggle(0));
  expect(screen.getByTestId(ids.field('timeout_ms'))).toHaveValue(5);
  type('timeout_ms', '1.5');
  expect(now).toEqual([{ kind: 'timeout', timeout_ms: 1500 }]);
});

it('draws the latency that is typed', () => {
  render(<Editor initial={[{ kind: 'latency', distribution: 'normal', delay_ms: 200, deviation_ms: 50 }]} />);
  click(ids.toggle(0));
  expect(screen.getByTestId(ids.latencyPreview)).toHaveTextContent('Half below 200 ms, 95 % below 282 ms');
  type('delay_ms', '');
  expect(screen.getByTestId(ids.latencyPreview)).toHaveTextContent('Nothing to draw yet');
  expect(screen.getByText('is required')).toBeInTheDocument();
});

it('narrows a fault to certain times and requests, and draws when it works', () => {
  render(<Editor initial={[{ kind: 'reset' }]} />);
  click(ids.toggle(0));
  fireEvent.click(within(screen.getByTestId(ids.schedule('Time windows'))).getByRole('button'));
  expect(now[0].when).toEqual({ window_on_ms: 10_000, window_of_ms: 60_000 });
  type('when.window_on_ms', '20');
  fireEvent.click(within(screen.getByTestId(ids.schedule('Every nth'))).getByRole('button'));
  fireEvent.click(within(screen.getByTestId(ids.field('when.per'))).getByText('Consumer'));
  expect(now[0].when).toEqual({ window_on_ms: 20_000, window_of_ms: 60_000, every: 3, per: 'consumer' });
  expect(within(screen.getByTestId(ids.schedulePreview)).getAllByRole('img')).toHaveLength(2);
  type('when.every', '');
  expect(screen.getByText('is required')).toBeInTheDocument();
  fireEvent.click(within(screen.getByTestId(ids.schedule('Every nth'))).getByRole('button'));
  fireEvent.click(within(screen.getByTestId(ids.schedule('Time windows'))).getByRole('button'));
  expect(now).toEqual([{ kind: 'reset' }]);
});

it('takes JSON as it is typed, and refuses what is none', () => {
  render(<Editor initial={[{ kind: 'patch', null_paths: ['user.email'] }]} />);
  click(ids.toggle(0));
  type('patch', '[{"op": "remove"');
  expect(validateFaults(now)).toEqual([{ field: 'faults[0].patch', problem: 'must be JSON' }]);
  expect(screen.getByText(/is not JSON/)).toBeInTheDocument();
  type('patch', '[{"op": "remove", "path": "/id"}]');
  expect(now[0].patch).toEqual([{ op: 'remove', path: '/id' }]);
});

it('says what the API refused at the fault, and beside the field once that is open', () => {
  render(
    <Editor
      initial={[{ kind: 'drip' }, { kind: 'truncate', keep: 0.5 }]}
      refused={[{ field: 'faults[1].keep', problem: 'is above what is allowed here' }]}
    />
  );
  expect(screen.getByTestId(ids.fault(0))).not.toHaveTextContent('allowed');
  expect(screen.getByTestId(ids.fault(1))).toHaveTextContent('is above what is allowed here');
  click(ids.toggle(1));
  expect(within(screen.getByTestId(ids.form)).getByText('is above what is allowed here')).toBeInTheDocument();
});

it('takes no more than the API does', () => {
  render(<Editor initial={Array.from({ length: 20 }, () => ({ kind: 'reset' as const }))} />);
  expect(screen.queryByTestId(ids.add)).not.toBeInTheDocument();
  expect(screen.getByTestId(ids.duplicate(0))).toBeDisabled();
});
