import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';

import { ApiError } from '../../api/ApiError';
import { scenario } from '../../testing/samples';
import type { Rule, Scenario } from '../../types/scenario';
import { testIds } from '../testIds';
import { Rules } from './Rules';

const ids = testIds.rules;
const rules: Rule[] = [
  { name: 'health', mode: 'healthy', exclude: true, target: { path: '/health' } },
  { name: 'mobile', mode: 'error', error_rate: 0.1, status_codes: [503], target: { consumer: 'mobile-app' } },
];
let changed: Array<readonly Rule[]> = [];
let taken = true;

beforeEach(() => {
  changed = [];
  taken = true;
});

function ui(values: Partial<Scenario> = {}, failure?: ApiError, writable = true) {
  return (
    <Rules
      scenario={scenario({ rules, ...values })}
      suggestions={{ gateways: ['shop'], routes: ['/users/{id}'] }}
      baseline={[]}
      failure={failure}
      writable={writable}
      busy={false}
      onChange={async (next) => {
        changed.push(next);
        return taken;
      }}
      onDismissFailure={() => {}}
    />
  );
}
const names = () => changed.map((list) => list.map(({ name }) => name));
const save = () => act(async () => fireEvent.click(screen.getByTestId(ids.save)));
const set = (field: string, value: string) =>
  fireEvent.change(screen.getByTestId(ids.field(field)), { target: { value } });

it('says what each rule does, in the order in which they decide, and what is left', () => {
  render(ui({ mode: 'chaos' }));
  const text = screen.getByTestId(ids.container).textContent ?? '';
  const at = (words: string) => text.indexOf(words);
  expect(at('Requests to /health are left unharmed')).toBeGreaterThan(0);
  expect(at('10 % of requests by mobile-app answer 503')).toBeGreaterThan(at('/health'));
  expect(at('Everything else:')).toBeGreaterThan(at('mobile-app'));
  expect(text).toContain('Chaos');
});

it('moves, turns off and deletes rules', async () => {
  render(ui());
  fireEvent.click(screen.getByTestId(ids.up('mobile')));
  expect(screen.getByTestId(ids.up('health'))).toBeDisabled();
  fireEvent.click(screen.getByTestId(ids.enabled('mobile')));
  fireEvent.click(screen.getByTestId(ids.remove('health')));
  expect(names()).toEqual([
    ['mobile', 'health'],
    ['health', 'mobile'],
  ]);
  expect(changed[1][1]).toMatchObject({ disabled: true });
  const confirm = await screen.findByRole('button', { name: 'Delete' });
  await act(async () => fireEvent.click(confirm));
  expect(names()[2]).toEqual(['mobile']);
});

it('adds a rule, and says in a sentence what it will do while it is written', async () => {
  render(ui());
  fireEvent.click(screen.getByTestId(ids.add));
  set('name', 'beta');
  set('path', '/users/{id}');
  set('consumer', 'web');
  fireEvent.click(within(screen.getByTestId(ids.field('methods'))).getByText('GET'));
  expect(screen.getByTestId(ids.sentence)).toHaveTextContent('GET /users/{id} by web answers 500, 502 or 503');
  await save();
  expect(changed[0][2]).toEqual({
    name: 'beta',
    mode: 'error',
    error_rate: 1,
    status_codes: [500, 502, 503],
    target: { path: '/users/{id}', consumer: 'web', methods: ['GET'] },
  });
  expect(screen.queryByTestId(ids.editor)).not.toBeInTheDocument();
});

it('excludes traffic without asking for parameters', async () => {
  render(ui());
  fireEvent.click(screen.getByTestId(ids.edit('mobile')));
  fireEvent.click(within(screen.getByTestId(ids.field('treatment'))).getByText('Exclude'));
  expect(screen.getByTestId(ids.sentence)).toHaveTextContent('Requests by mobile-app are left unharmed');
  await save();
  expect(changed[0][1]).toEqual({
    name: 'mobile',
    mode: 'healthy',
    exclude: true,
    target: { consumer: 'mobile-app' },
  });
});

it('shows what the API refuses beside the field that it is about', () => {
  taken = false;
  const { rerender } = render(ui());
  fireEvent.click(screen.getByTestId(ids.edit('mobile')));
  set('path', 'users');
  rerender(
    ui(
      {},
      new ApiError(400, 'rules[1].target.path must begin with /', [
        { field: 'rules[1].target.path', problem: 'must begin with /, is "users"' },
      ])
    )
  );
  expect(screen.getByText('must begin with /, is "users"')).toBeInTheDocument();
  expect(screen.queryByTestId(ids.failure)).not.toBeInTheDocument();
  expect(screen.getByTestId(ids.field('path'))).toHaveValue('users');
});

it('tells before saving that someone else changed the same rule, and keeps what was typed', () => {
  const { rerender } = render(ui());
  fireEvent.click(screen.getByTestId(ids.edit('mobile')));
  set('consumer', 'mobile-app-2');
  const theirs = [rules[0], { ...rules[1], error_rate: 0.5 }];
  rerender(ui({ rules: theirs, version: 9, set_by: 'eve' }));
  expect(screen.getByTestId(ids.conflict)).toHaveTextContent('eve changed the scenario in the meantime (version 9)');
  expect(screen.getByTestId(ids.conflict)).toHaveTextContent('50 % of requests by mobile-app answer 503');
  expect(screen.getByTestId(ids.field('consumer'))).toHaveValue('mobile-app-2');
});

it('keeps the rule after a conflict about something else, to be saved again', () => {
  const { rerender } = render(ui());
  fireEvent.click(screen.getByTestId(ids.edit('mobile')));
  rerender(ui({ version: 9, mode: 'error', set_by: 'eve' }, new ApiError(409, 'changed by someone else')));
  expect(screen.getByTestId(ids.conflict)).toHaveTextContent('They did not touch this rule');
  fireEvent.click(screen.getByTestId(ids.save));
  expect(names()).toEqual([['health', 'mobile']]);
});

it('lets a viewer read the rules only', () => {
  render(ui({}, undefined, false));
  expect(screen.getByTestId(ids.rule('mobile'))).toHaveTextContent('10 % of requests by mobile-app answer 503');
  expect(screen.queryByTestId(ids.add)).not.toBeInTheDocument();
  expect(screen.queryByTestId(ids.edit('mobile'))).not.toBeInTheDocument();
});

it('closes an open list with Escape, and keeps what was edited', () => {
  render(ui());
  fireEvent.click(screen.getByTestId(ids.add));
  set('name', 'kept');
  const add = within(screen.getByTestId(ids.editor)).getByTestId(testIds.faults.add);
  const box = add.querySelector('input')!;
  fireEvent.click(box);
  expect(box).toHaveAttribute('aria-expanded', 'true');
  fireEvent.keyDown(box, { key: 'Escape', keyCode: 27 });
  expect(box).toHaveAttribute('aria-expanded', 'false');
  expect(screen.getByTestId(ids.field('name'))).toHaveValue('kept');
});
