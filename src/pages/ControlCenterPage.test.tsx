import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import React from 'react';

import { testIds } from '../components/testIds';
import { FakeBackend, Refusal } from '../testing/fakeBackend';
import type { Fault } from '../types/fault';
import { change, instance, point, scenario, update } from '../testing/samples';
import { ControlCenterPage } from './ControlCenterPage';

const ids = testIds.controlCenter;
let backend: FakeBackend;
let role = 'Editor';

jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  getGrafanaLiveSrv: () => backend.liveSrv,
  PluginPage: ({ children }: { children: React.ReactNode }) => <div>{children}</div>,
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
    .on('GET scenarios/presets', { presets: [{ name: 'game-day', source: 'user', mode: 'chaos' }] })
    .on('GET scenarios/chaos/config', { mode: 'chaos', error_rate: 0.4 })
    .on('GET scenarios/history', { changes: [change()] })
    .on('GET instances', { instances: [instance(), instance({ id: 'i2', name: 'collector-2' })], version: 3 })
    .on('GET traffic', { points: [point(0), point(1)] });
});

async function open() {
  render(<ControlCenterPage />);
  await screen.findByTestId(ids.container);
  await act(async () => {});
}
const mode = (name: string) => screen.getByTestId(ids.mode(name));

it('switches to errors with one click, with the parameters that are shown', async () => {
  backend.on('PUT scenarios/mode', scenario({ mode: 'error', version: 4, expires_at: '2999-01-01T00:00:00Z' }));
  await open();
  expect(mode('healthy')).toBeChecked();
  expect(screen.getByTestId(ids.stop).parentElement).not.toBeVisible();

  fireEvent.change(screen.getByTestId(ids.reason), { target: { value: 'game day' } });
  fireEvent.click(mode('error'));
  await waitFor(() => expect(mode('error')).toBeChecked());
  expect(backend.seen('PUT scenarios/mode')[0].body).toEqual({
    mode: 'error',
    error_rate: 1,
    status_codes: [500, 502, 503],
    reason: 'game day',
    expires_in: '15m',
  });
  expect(screen.getByTestId(ids.statusTitle)).toHaveTextContent(/^Error since .* by admin$/);
  expect(screen.getByTestId(ids.countdown)).toHaveTextContent(/expires in/);
});

it('applies edited parameters of the mode in force only on request', async () => {
  backend.on('GET scenarios/mode', scenario({ mode: 'error', error_rate: 1, status_codes: [500] }));
  backend.on('PUT scenarios/mode', scenario({ mode: 'error', version: 4, error_rate: 0.25, status_codes: [500] }));
  await open();
  expect(screen.getByTestId(ids.apply)).toBeDisabled();

  fireEvent.change(within(screen.getByTestId(ids.parameter('error_rate'))).getByRole('spinbutton'), {
    target: { value: '25' },
  });
  expect(backend.seen('PUT scenarios/mode')).toHaveLength(0);
  fireEvent.click(screen.getByTestId(ids.apply));
  await waitFor(() => expect(screen.getByTestId(ids.apply)).toBeDisabled());
  expect(backend.seen('PUT scenarios/mode')[0].body).toMatchObject({ error_rate: 0.25, status_codes: [500] });
});

it('switches to faults alone, and counts them wherever it sums up', async () => {
  const faults = [{ kind: 'error', status_codes: [503], when: { window_on_ms: 10_000, window_of_ms: 60_000 } }];
  backend.on('PUT scenarios/mode', scenario({ mode: 'error', version: 4, error_rate: 0, faults: faults as Fault[] }));
  await open();
  await act(async () => fireEvent.click(screen.getByTestId(testIds.faults.pick('Blackout'))));
  expect(screen.getByTestId(ids.parameters)).toHaveTextContent('Of 100 requests, 83 as they are, 17 errors');
  fireEvent.click(screen.getByTestId(ids.apply));
  await waitFor(() => expect(mode('error')).toBeChecked());
  expect(backend.seen('PUT scenarios/mode')[0].body).toMatchObject({ mode: 'error', error_rate: 0, faults });
  expect(screen.getByTestId(ids.statusDetails)).toHaveTextContent('answers 503, for 10 s of every minute');
  expect(mode('error')).toHaveTextContent('Answers 503, for 10 s of every minute');
});

it('refuses a rate above 100 % before it is sent', async () => {
  backend.on('GET scenarios/mode', scenario({ mode: 'error' }));
  await open();
  fireEvent.change(within(screen.getByTestId(ids.parameter('error_rate'))).getByRole('spinbutton'), {
    target: { value: '150' },
  });
  expect(screen.getByTestId(ids.parameter('error_rate'))).toHaveTextContent('must be between 0 and 100 %');
  expect(screen.getByTestId(ids.apply)).toBeDisabled();
});

it('takes the parameters of chaos from its configuration', async () => {
  await open();
  expect(mode('chaos')).toHaveTextContent('40 % errors');
  fireEvent.click(screen.getByTestId(ids.adjustMode('chaos')));
  expect(screen.getByTestId(ids.parameters)).toHaveTextContent('Parameters of chaos');
  expect(backend.seen('PUT scenarios/mode')).toHaveLength(0);
});

it('returns to healthy with the kill switch', async () => {
  backend.on('GET scenarios/mode', scenario({ mode: 'chaos' }));
  backend.on('POST scenarios/stop', scenario({ version: 4 }));
  await open();
  expect(screen.getByTestId(ids.stop).parentElement).toBeVisible();
  fireEvent.click(screen.getByTestId(ids.stop));
  await waitFor(() => expect(mode('healthy')).toBeChecked());
});

it('applies a preset with one click', async () => {
  backend.on('POST scenarios/presets/game-day', scenario({ mode: 'chaos', version: 4, preset: 'game-day' }));
  await open();
  fireEvent.click(screen.getByTestId(ids.preset('game-day')));
  await waitFor(() => expect(screen.getByTestId(ids.statusTitle)).toHaveTextContent('Chaos (preset game-day)'));
});

it('adds latency and takes it away', async () => {
  backend.on('PUT scenarios/latency', ({ body }: { body: object }) =>
    scenario({ version: 4, latency: 'min_ms' in body ? { min_ms: 100, max_ms: 700 } : undefined })
  );
  await open();
  fireEvent.change(screen.getByTestId(ids.latencyMax), { target: { value: '50' } });
  expect(screen.getByTestId(ids.applyLatency)).toBeDisabled();
  fireEvent.change(screen.getByTestId(ids.latencyMax), { target: { value: '700' } });
  fireEvent.click(screen.getByTestId(ids.applyLatency));
  await screen.findByText(/delayed by 100 to 700 ms/);
  fireEvent.click(screen.getByTestId(ids.removeLatency));
  await screen.findByText(/Off\./);
  expect(backend.seen('PUT scenarios/latency').map(({ body }) => body)).toEqual([
    { min_ms: 100, max_ms: 700, expires_in: '15m' },
    {},
  ]);
});

it('says what was refused, and shows the state as it is', async () => {
  backend.on('PUT scenarios/mode', new Refusal(403, { detail: 'the Editor role is needed' }));
  await open();
  fireEvent.click(mode('error'));
  expect(await screen.findByTestId(ids.failure)).toHaveTextContent('the Editor role is needed');
  expect(mode('healthy')).toBeChecked();
});

it('lets a viewer look but not switch', async () => {
  role = 'Viewer';
  await open();
  expect(screen.getByTestId(ids.readOnly)).toBeInTheDocument();
  expect(mode('error')).toHaveAttribute('aria-disabled', 'true');
  fireEvent.click(mode('error'));
  fireEvent.click(screen.getByTestId(ids.preset('game-day')));
  expect(backend.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
});

it('moves between the cards with arrow keys without switching', async () => {
  await open();
  mode('healthy').focus();
  fireEvent.keyDown(mode('healthy'), { key: 'ArrowRight' });
  expect(mode('degraded')).toHaveFocus();
  fireEvent.keyDown(mode('degraded'), { key: 'ArrowLeft' });
  fireEvent.keyDown(mode('healthy'), { key: 'ArrowLeft' });
  expect(mode('chaos')).toHaveFocus();
  expect(backend.seen('PUT scenarios/mode')).toEqual([]);
});

it('follows what others switch', async () => {
  await open();
  backend.on('GET scenarios/mode', scenario({ mode: 'degraded', version: 4, set_by: 'eve' }));
  await act(async () => backend.push(update({ type: 'scenario_update', scenario_version: 4, applied: 1 })));
  await waitFor(() => expect(mode('degraded')).toBeChecked());
  expect(screen.getByTestId(ids.statusTitle)).toHaveTextContent('by eve');
  expect(screen.getByTestId(ids.instances)).toHaveTextContent('1 of 2 collectors on version 4');
  expect(screen.getByTestId(ids.connection)).toHaveAttribute('data-connection', 'live');
});

it('says what to do while no collector runs', async () => {
  backend.on('GET instances', { instances: null, version: 3 });
  await open();
  expect(await screen.findByTestId(ids.noCollectors)).toHaveTextContent('mockforge');
});

it('leads to the configuration where there is no database yet', async () => {
  role = 'Admin';
  const refusal = new Refusal(503, { detail: 'not configured', code: 'not_configured' });
  backend.on('GET scenarios/mode', refusal);
  render(<ControlCenterPage />);
  const problem = await screen.findByTestId(testIds.problem.notConfigured);
  expect(within(problem).getByRole('link')).toHaveAttribute('href', expect.stringContaining('page=configuration'));
});

it('tries again after the database was away', async () => {
  backend.on('GET scenarios/mode', new Refusal(503, { detail: 'the database cannot be reached' }));
  render(<ControlCenterPage />);
  expect(await screen.findByTestId(testIds.problem.failed)).toHaveTextContent('the database cannot be reached');
  backend.on('GET scenarios/mode', scenario());
  fireEvent.click(screen.getByTestId(testIds.problem.retry));
  expect(await screen.findByTestId(ids.container)).toBeInTheDocument();
});

it('stops collectors directly where the database is away, and says which', async () => {
  backend.on('GET scenarios/mode', new Refusal(503, { detail: 'The database cannot be reached.' })).on(
    'POST scenarios/stop',
    scenario({
      version: 7,
      reach: {
        fleet: 'pending',
        durable: false,
        detail: 'They tell the others when the database is back.',
        collectors: [
          { url: 'http://one:4600', reached: true },
          { url: 'http://two:4600', reached: false, detail: 'connection refused' },
        ],
      },
    })
  );
  render(<ControlCenterPage />);
  fireEvent.click(await screen.findByTestId(ids.stop));
  const reach = await screen.findByTestId(ids.reach);
  expect(reach).toHaveTextContent('1 collector only: the fleet is told when the database is back');
  expect(reach).toHaveTextContent('Not reached: http://two:4600: connection refused');
  expect(reach).toHaveTextContent('A restart of the collector forgets it');
});

it('says what to do where a stop reaches nobody', async () => {
  backend
    .on('GET scenarios/mode', new Refusal(503, { detail: 'The database cannot be reached.' }))
    .on('POST scenarios/stop', new Refusal(503, { detail: 'Ask each collector itself: curl -X POST' }));
  render(<ControlCenterPage />);
  fireEvent.click(await screen.findByTestId(ids.stop));
  expect(await screen.findByTestId(ids.failure)).toHaveTextContent('Ask each collector itself: curl -X POST');
});
