import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import React from 'react';
import { MemoryRouter, useLocation } from 'react-router-dom';

import { testIds } from '../components/testIds';
import { FakeBackend, Refusal } from '../testing/fakeBackend';
import { instance, point, scenario, update } from '../testing/samples';
import { LivePage } from './LivePage';

const ids = testIds.live;
let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  getGrafanaLiveSrv: () => backend.liveSrv,
  PluginPage: ({ children }: { children: React.ReactNode }) => <div>{children}</div>,
  config: { bootData: { user: { orgRole: 'Viewer' } } },
}));

const busy = (seconds: number, rate: number) =>
  point(seconds, {
    requests_per_second: rate,
    by_protocol: { http: rate },
    by_gateway: { shop: rate },
    by_route: [{ route: '/users/{id}', gateway: 'shop', requests_per_second: rate, error_rate: 0.25, p95_ms: 40 }],
    by_plugin: [{ name: 'auth', executions_per_second: rate, errors_per_second: 0, mean_ms: 1.5 }],
  });

beforeEach(() => {
  backend = new FakeBackend()
    .on('GET traffic', { points: [busy(0, 10)] })
    .on('GET scenarios/mode', scenario({ mode: 'error', error_rate: 0.5 }))
    .on('GET scenarios/history', { changes: [] })
    .on('GET instances', { instances: [instance(), instance({ id: 'i2', name: 'collector-2', applied_version: 2 })] });
});

function Location() {
  return <output data-testid="location">{useLocation().search}</output>;
}
async function open(search = '') {
  render(
    <MemoryRouter initialEntries={[`/live${search}`]}>
      <LivePage />
      <Location />
    </MemoryRouter>
  );
  await act(async () => {});
}
const push = (rate: number, seconds: number) =>
  act(async () => {
    backend.connect();
    backend.push(update({ point: busy(seconds, rate) }));
  });

it('shows volume, routes, plugins, the scenario and the collectors', async () => {
  await open();
  expect(screen.getByTestId(ids.figure('requests'))).toHaveTextContent('10/s');
  expect(screen.getByTestId(ids.routes)).toHaveTextContent('/users/{id}');
  expect(screen.getByTestId(ids.routes)).toHaveTextContent('25 %');
  expect(screen.getByTestId(ids.plugins)).toHaveTextContent('auth10/s0/s1.5 ms');
  expect(screen.getByTestId(ids.scenario)).toHaveTextContent('Error');
  expect(screen.getByTestId(ids.scenario)).toHaveTextContent('50 % errors');
  expect(screen.getByTestId(ids.instances)).toHaveTextContent('collector-2');
});

it('follows the stream second by second', async () => {
  await open();
  expect(screen.getByTestId(ids.connection)).toHaveAttribute('data-connection', 'polling');
  await push(50, 6);
  expect(screen.getByTestId(ids.connection)).toHaveAttribute('data-connection', 'live');
  expect(screen.getByTestId(ids.figure('requests'))).toHaveTextContent('50/s');
});

it('stands still while it is paused, and misses nothing', async () => {
  await open();
  fireEvent.click(screen.getByTestId(ids.pause));
  await push(50, 6);
  expect(screen.getByTestId(ids.connection)).toHaveAttribute('data-connection', 'paused');
  expect(screen.getByTestId(ids.figure('requests'))).toHaveTextContent('10/s');
  fireEvent.click(screen.getByTestId(ids.pause));
  expect(screen.getByTestId(ids.figure('requests'))).toHaveTextContent('50/s');
});

it('says that it reconnects, and loads what it missed', async () => {
  await open();
  await push(50, 6);
  act(() => backend.connect(false));
  expect(screen.getByTestId(ids.connection)).toHaveTextContent('Connecting');
  backend.on('GET traffic', { points: [busy(12, 30)] });
  await act(async () => backend.connect());
  expect(screen.getByTestId(ids.figure('requests'))).toHaveTextContent('30/s');
});

it('asks for the window and the gateway of its address', async () => {
  await open('?minutes=15&gateway=shop');
  const { params } = backend.seen('GET traffic')[0];
  expect(params.get('gateway')).toBe('shop');
  expect(Date.parse(params.get('to') ?? '') - Date.parse(params.get('from') ?? '')).toBe(15 * 60_000);
  fireEvent.click(screen.getByLabelText('1 min'));
  await waitFor(() => expect(screen.getByTestId('location')).toHaveTextContent('minutes=1&gateway=shop'));
});

it('leaves the other gateways of the stream out while one is chosen', async () => {
  await open('?gateway=shop');
  await push(999, 6);
  expect(screen.getByTestId(ids.figure('requests'))).toHaveTextContent('10/s');
});

it('tells no traffic from no answer', async () => {
  backend.on('GET traffic', { points: [point(0, { requests_per_second: 0 })] });
  await open();
  expect(screen.getByTestId(ids.noTraffic)).toHaveTextContent('No traffic in the last 5 minutes');
});

it('says why there is nothing to show', async () => {
  backend.on('GET traffic', new Refusal(503, { detail: 'the database cannot be reached' }));
  await open();
  expect(screen.getByTestId(ids.error)).toHaveTextContent('the database cannot be reached');
});

it('says why there is nothing to show also where the stream goes on without figures', async () => {
  backend.on('GET traffic', new Refusal(503, { detail: 'the database cannot be reached' }));
  await open();
  await act(async () => {
    backend.connect();
    backend.push(update({ error: 'the database cannot be reached' }));
  });
  expect(screen.getByTestId(ids.error)).toHaveTextContent('the database cannot be reached');
  await push(50, 6);
  expect(screen.queryByTestId(ids.error)).not.toBeInTheDocument();
  expect(screen.getByTestId(ids.figure('requests'))).toHaveTextContent('50/s');
});

it('does not take a scenario for healthy that it does not know', async () => {
  backend.on('GET scenarios/mode', new Refusal(500, { detail: 'an internal error happened' }));
  await open();
  expect(screen.getByTestId(ids.scenario)).toHaveTextContent('The scenario is unknown');
  expect(screen.getByTestId(ids.scenario)).not.toHaveTextContent('Healthy');
});

it('explains plugins where there are none', async () => {
  backend.on('GET traffic', { points: [point(0)] });
  await open();
  expect(screen.getByTestId(ids.noPlugins)).toBeInTheDocument();
});
