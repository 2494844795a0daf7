import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import React from 'react';
import type { PanelProps } from '@grafana/data';

import { testIds } from '../components/testIds';
import { FakeBackend, Refusal } from '../testing/fakeBackend';
import { scenario, update } from '../testing/samples';
import { ScenarioPanel } from './ScenarioPanel';
import { layoutOf, type PanelOptions } from './options';

const ids = testIds.panel;
let backend: FakeBackend;
let role = 'Editor';

jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  getGrafanaLiveSrv: () => backend.liveSrv,
  config: {
    get bootData() {
      return { user: { orgRole: role } };
    },
  },
}));

beforeEach(() => {
  role = 'Editor';
  backend = new FakeBackend()
    .on('GET scenarios/mode', scenario())
    .on('GET scenarios/presets', { presets: [{ name: 'game-day', source: 'user', mode: 'chaos' }] });
});

const usual: PanelOptions = { showPresets: true, compact: false, confirm: true, expiresIn: '15m' };

async function open(options: Partial<PanelOptions> = {}, width = 600, height = 400) {
  const props = { options: { ...usual, ...options }, width, height } as PanelProps<PanelOptions>;
  render(<ScenarioPanel {...props} />);
  await screen.findByTestId(ids.container);
  await waitFor(() => expect(screen.queryByText('Loading')).not.toBeInTheDocument());
  await act(async () => {});
}

it('asks before it switches, and switches for as long as the dashboard says', async () => {
  backend.on('PUT scenarios/mode', scenario({ mode: 'error', version: 4, expires_at: '2999-01-01T00:00:00Z' }));
  await open();
  fireEvent.click(screen.getByTestId(ids.mode('error')));
  expect(backend.seen('PUT scenarios/mode')).toHaveLength(0);
  fireEvent.click(screen.getByRole('button', { name: 'Switch' }));
  await waitFor(() => expect(screen.getByTestId(ids.state)).toHaveAttribute('data-mode', 'error'));
  expect(backend.seen('PUT scenarios/mode')[0].body).toEqual({ mode: 'error', expires_in: '15m' });
});

it('does nothing where the question is answered with no', async () => {
  await open();
  fireEvent.click(screen.getByTestId(ids.mode('chaos')));
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByText('Switch to chaos?')).not.toBeInTheDocument());
  expect(backend.seen('PUT scenarios/mode')).toHaveLength(0);
});

it('returns to healthy without a question, with rules and latency gone', async () => {
  backend
    .on('GET scenarios/mode', scenario({ rules: [{ name: 'r', mode: 'error', target: {} }] }))
    .on('POST scenarios/stop', scenario({ version: 4 }));
  await open();
  expect(screen.getByTestId(ids.mode('healthy'))).toHaveAttribute('aria-pressed', 'false');
  fireEvent.click(screen.getByTestId(ids.mode('healthy')));
  await waitFor(() => expect(screen.getByTestId(ids.mode('healthy'))).toHaveAttribute('aria-pressed', 'true'));
});

it('counts faults with the rules', async () => {
  const faults = [{ kind: 'reset' as const, share: 0.1 }, { kind: 'drip' as const }];
  backend.on(
    'GET scenarios/mode',
    scenario({ mode: 'error', faults, rules: [{ name: 'r', mode: 'error', target: {} }] })
  );
  await open();
  expect(screen.getByTestId(ids.state)).toHaveTextContent('2 faults; 1 rule');
});

it('applies a preset with one click where nothing is to be confirmed', async () => {
  backend.on('POST scenarios/presets/game-day', scenario({ mode: 'chaos', preset: 'game-day', version: 4 }));
  await open({ confirm: false, expiresIn: '' });
  fireEvent.click(screen.getByTestId(ids.preset('game-day')));
  await waitFor(() => expect(screen.getByTestId(ids.state)).toHaveTextContent('preset game-day'));
  expect(backend.seen('POST scenarios/presets/game-day')[0].body).toEqual({});
});

it('shows a viewer everything and lets nothing be switched', async () => {
  role = 'Viewer';
  await open({ confirm: false });
  const button = screen.getByTestId(ids.mode('error'));
  expect(button).toHaveAttribute('aria-disabled', 'true');
  fireEvent.click(button);
  fireEvent.click(screen.getByTestId(ids.preset('game-day')));
  expect(backend.calls.every((call) => call.method === 'GET')).toBe(true);
});

it('follows what others switch', async () => {
  await open();
  backend.on('GET scenarios/mode', scenario({ mode: 'degraded', version: 9, set_by: 'bob' }));
  await act(async () => backend.push(update({ type: 'scenario_update', scenario_version: 9, mode: 'degraded' })));
  await waitFor(() => expect(screen.getByTestId(ids.state)).toHaveAttribute('data-mode', 'degraded'));
  expect(screen.getByTestId(ids.state)).toHaveTextContent('by bob');
});

it('counts down to the expiry, and is healthy after it', async () => {
  jest.useFakeTimers({ now: Date.parse('2026-11-23T15:00:00Z') });
  try {
    backend.on('GET scenarios/mode', scenario({ mode: 'chaos', expires_at: '2026-11-23T15:01:05Z' }));
    await open();
    expect(screen.getByTestId(ids.state)).toHaveTextContent('1:05');
    await act(async () => jest.advanceTimersByTime(66_000));
    expect(screen.getByTestId(ids.state)).toHaveAttribute('data-mode', 'healthy');
  } finally {
    jest.useRealTimers();
  }
});

it('says why a switch was refused', async () => {
  backend.on('PUT scenarios/mode', new Refusal(400, { detail: 'expires_in: must be at most 10m, is 15m' }));
  await open({ confirm: false });
  fireEvent.click(screen.getByTestId(ids.mode('error')));
  expect(await screen.findByText('expires_in: must be at most 10m, is 15m')).toBeInTheDocument();
  expect(screen.getByTestId(ids.state)).toHaveAttribute('data-mode', 'healthy');
});

it('says what is missing where the app has no database', async () => {
  backend.on('GET scenarios/mode', new Refusal(503, { detail: 'not configured', code: 'not_configured' }));
  await open();
  expect(screen.getByTestId(testIds.problem.notConfigured)).toHaveTextContent('not configured yet');
});

it.each([
  [100, 60, { modes: 'none', presets: false, details: false }],
  [150, 100, { modes: 'icons', presets: false, details: false }],
  [300, 150, { modes: 'icons', presets: false, details: true }],
  [300, 250, { modes: 'two rows', presets: true, details: true }],
  [800, 400, { modes: 'one row', presets: true, details: true }],
])('shows what fits into %i by %i', (width, height, want) => {
  expect(layoutOf(width, height, usual)).toEqual(want);
});

it('is the state alone where it is compact', () => {
  expect(layoutOf(800, 400, { ...usual, compact: true })).toEqual({ modes: 'none', presets: false, details: true });
});
