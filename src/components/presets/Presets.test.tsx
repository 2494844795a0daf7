import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import React, { useCallback } from 'react';

import { usePresetActions } from '../../hooks/usePresetActions';
import { FakeBackend, Refusal } from '../../testing/fakeBackend';
import { scenario } from '../../testing/samples';
import type { Preset } from '../../types/scenario';
import { testIds } from '../testIds';
import { Presets } from './Presets';

const ids = testIds.controlCenter;
const editor = testIds.presetEditor;
const importer = testIds.presetImport;
let backend: FakeBackend;

jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  config: { appSubUrl: '/grafana' },
}));

const presets: Preset[] = [
  { name: 'chaos', source: 'builtin', mode: 'chaos' },
  { name: 'game-day', source: 'user', mode: 'error', error_rate: 0.5, description: 'Exercise' },
];
const reload = jest.fn();

function Page({ writable = true }) {
  const actions = usePresetActions(useCallback(() => reload(), []));
  return (
    <Presets
      presets={presets}
      scenario={scenario({
        mode: 'degraded',
        latency_multiplier: 3,
        rules: [{ name: 'r', mode: 'error', target: {} }],
      })}
      writable={writable}
      actions={actions}
      suggestions={{ gateways: [], routes: [] }}
      baseline={[]}
      onApply={() => {}}
    />
  );
}

beforeEach(() => {
  reload.mockClear();
  backend = new FakeBackend();
  render(<Page />);
});

const menu = async (name: string, action: string) => {
  fireEvent.click(screen.getByTestId(ids.presetMenu(name)));
  fireEvent.click(await screen.findByTestId(ids.presetAction(action)));
};

it('saves what is in force as a preset', async () => {
  backend.on('POST scenarios/presets', {});
  fireEvent.click(screen.getByTestId(ids.savePreset));
  expect(screen.getByTestId(editor.container)).toHaveTextContent('All traffic answers 500, 502 or 503');
  fireEvent.change(screen.getByTestId(editor.name), { target: { value: 'chaos' } });
  expect(screen.getByText('is taken by another preset')).toBeInTheDocument();
  expect(screen.getByTestId(editor.save)).toBeDisabled();
  fireEvent.change(screen.getByTestId(editor.name), { target: { value: 'slow' } });
  fireEvent.click(screen.getByTestId(editor.save));
  await waitFor(() => expect(screen.queryByTestId(editor.container)).not.toBeInTheDocument());
  expect(backend.seen('POST scenarios/presets')[0].body).toEqual({
    name: 'slow',
    mode: 'degraded',
    latency_multiplier: 3,
    rules: [{ name: 'r', mode: 'error', target: {} }],
  });
  expect(reload).toHaveBeenCalledTimes(1);
});

it('edits a preset of a user, and says what the API refuses', async () => {
  backend.on(
    'PUT scenarios/presets/game-day',
    new Refusal(400, { detail: 'description is too long', field: 'description' })
  );
  await menu('game-day', 'edit');
  expect(screen.getByTestId(editor.name)).toBeDisabled();
  fireEvent.change(screen.getByTestId(editor.description), { target: { value: 'Every Friday' } });
  fireEvent.click(screen.getByTestId(editor.save));
  expect(await screen.findByTestId(editor.failure)).toHaveTextContent('description is too long');
  backend.on('PUT scenarios/presets/game-day', {});
  fireEvent.click(screen.getByTestId(editor.save));
  await waitFor(() => expect(screen.queryByTestId(editor.container)).not.toBeInTheDocument());
  expect(backend.seen('PUT scenarios/presets/game-day')[1].body).toEqual({
    name: 'game-day',
    description: 'Every Friday',
    mode: 'error',
    error_rate: 0.5,
  });
});

it('edits the rules of a preset, and saves them with it', async () => {
  backend.on('POST scenarios/presets', {});
  const rules = testIds.rules;
  fireEvent.click(screen.getByTestId(ids.savePreset));
  fireEvent.click(screen.getByTestId(rules.edit('r')));
  const rule = within(screen.getByTestId(editor.rule));
  fireEvent.change(rule.getByTestId(rules.field('name')), { target: { value: '' } });
  expect(screen.getByTestId(editor.saveRule)).toBeDisabled();
  fireEvent.change(rule.getByTestId(rules.field('name')), { target: { value: 'users-cut' } });
  fireEvent.change(rule.getByTestId(rules.field('path')), { target: { value: '/users/**' } });
  await act(async () => fireEvent.click(rule.getByTestId(testIds.faults.pick('Connection resets'))));
  fireEvent.click(screen.getByTestId(editor.saveRule));
  expect(screen.queryByTestId(editor.rule)).not.toBeInTheDocument();
  expect(screen.getByTestId(rules.rule('users-cut'))).toHaveTextContent(
    'Requests to /users/**: resets 5 % of connections'
  );
  fireEvent.click(screen.getByTestId(editor.save));
  await waitFor(() => expect(backend.seen('POST scenarios/presets')).toHaveLength(1));
  expect(backend.seen('POST scenarios/presets')[0].body).toMatchObject({
    rules: [
      { name: 'users-cut', target: { path: '/users/**' }, error_rate: 0, faults: [{ kind: 'reset', share: 0.05 }] },
    ],
  });
});

it('says at a rule of a preset what the API refuses of it', async () => {
  backend.on(
    'POST scenarios/presets',
    new Refusal(400, {
      detail: 'rules[0].target.path must begin with /',
      errors: [{ field: 'rules[0].target.path', problem: 'must begin with /, is "users"' }],
    })
  );
  fireEvent.click(screen.getByTestId(ids.savePreset));
  fireEvent.click(screen.getByTestId(editor.save));
  await screen.findByTestId(editor.failure);
  expect(screen.getByTestId(editor.rules)).toHaveTextContent('target.path must begin with /, is "users"');
});

it('copies a built-in preset, which cannot be changed itself', async () => {
  fireEvent.click(screen.getByTestId(ids.presetMenu('chaos')));
  expect(await screen.findByTestId(ids.presetAction('duplicate'))).toBeInTheDocument();
  expect(screen.queryByTestId(ids.presetAction('edit'))).not.toBeInTheDocument();
  expect(screen.queryByTestId(ids.presetAction('delete'))).not.toBeInTheDocument();
  fireEvent.click(screen.getByTestId(ids.presetAction('duplicate')));
  expect(screen.getByTestId(editor.name)).toHaveValue('chaos-copy');
});

it('deletes a preset only once that is confirmed', async () => {
  backend.on('DELETE scenarios/presets/game-day', undefined);
  await menu('game-day', 'delete');
  expect(backend.calls).toEqual([]);
  fireEvent.click(await screen.findByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(reload).toHaveBeenCalled());
  expect(backend.seen('DELETE scenarios/presets/game-day')).toHaveLength(1);
});

it('imports YAML as it was pasted, or says by field why nothing was', async () => {
  backend.on(
    'POST scenarios/presets/import',
    new Refusal(400, {
      detail: 'presets[2].error_rate must be between 0 and 1, is 2',
      errors: [{ field: 'presets[2].error_rate', problem: 'must be between 0 and 1, is 2' }],
    })
  );
  fireEvent.click(screen.getByTestId(ids.importPresets));
  expect(screen.getByTestId(importer.submit)).toBeDisabled();
  fireEvent.change(screen.getByTestId(importer.text), { target: { value: 'presets: []' } });
  fireEvent.click(screen.getByTestId(importer.submit));
  expect(await screen.findByTestId(importer.problems)).toHaveTextContent(
    'presets[2].error_rate must be between 0 and 1, is 2'
  );
  expect(reload).not.toHaveBeenCalled();

  backend.on('POST scenarios/presets/import', { created: 2, replaced: 1 });
  fireEvent.click(screen.getByTestId(importer.replace));
  fireEvent.click(screen.getByTestId(importer.submit));
  expect(await screen.findByTestId(importer.done)).toHaveTextContent('2 created, 1 replaced');
  const sent = backend.seen('POST scenarios/presets/import');
  expect(sent.map(({ params, body }) => [params.get('replace'), body])).toEqual([
    ['false', 'presets: []'],
    ['true', 'presets: []'],
  ]);
});

it('offers all presets for download', () => {
  expect(screen.getByTestId(ids.exportPresets)).toHaveAttribute(
    'href',
    '/grafana/api/plugins/mockforge-observability-app/resources/scenarios/presets/export?all=true'
  );
});
