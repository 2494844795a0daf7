import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import React from 'react';

import { FakeBackend, Refusal } from '../../testing/fakeBackend';
import { scenario, update } from '../../testing/samples';
import { testIds } from '../testIds';
import { ScenarioBadge } from './ScenarioBadge';

const ids = testIds.scenarioBadge;
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
    .on('GET scenarios/mode', scenario({ mode: 'chaos' }))
    .on('GET scenarios/presets', { presets: [] });
});

it('returns to healthy from any page', async () => {
  backend.on('POST scenarios/stop', scenario({ version: 4 }));
  render(<ScenarioBadge />);
  expect(await screen.findByTestId(ids.container)).toHaveTextContent('Chaos');
  fireEvent.click(screen.getByTestId(ids.stop));
  await waitFor(() => expect(screen.getByTestId(ids.container)).toHaveTextContent('Healthy'));
  expect(screen.queryByTestId(ids.stop)).not.toBeInTheDocument();
});

it('says where a stop has reached some collectors only, until the fleet is told', async () => {
  backend.on(
    'POST scenarios/stop',
    scenario({
      version: 3,
      reach: {
        fleet: 'pending',
        durable: true,
        detail: 'Later.',
        collectors: [{ url: 'http://a:4600', reached: true }],
      },
    })
  );
  render(<ScenarioBadge />);
  fireEvent.click(await screen.findByTestId(ids.stop));
  expect(await screen.findByTestId(ids.reach)).toHaveTextContent(
    '1 collector only: the fleet is told when the database is back'
  );
  backend.on('GET scenarios/mode', scenario({ version: 4 }));
  await act(async () => backend.push(update({ scenario_version: 4 })));
  await waitFor(() => expect(screen.queryByTestId(ids.reach)).not.toBeInTheDocument());
});

it('follows what others switch', async () => {
  render(<ScenarioBadge />);
  await screen.findByTestId(ids.container);
  backend.on('GET scenarios/mode', scenario({ version: 4, latency: { min_ms: 1, max_ms: 2 } }));
  await act(async () => backend.push(update({ scenario_version: 4 })));
  await waitFor(() => expect(screen.getByTestId(ids.container)).toHaveTextContent('Healthy'));
  // Healthy, but not unharmed: the way back stays.
  expect(screen.getByTestId(ids.container)).toHaveTextContent('with latency');
  expect(screen.getByTestId(ids.stop)).toBeInTheDocument();
});

it('shows a viewer what is in force, without the switch', async () => {
  role = 'Viewer';
  render(<ScenarioBadge />);
  expect(await screen.findByTestId(ids.container)).toHaveTextContent('Chaos');
  expect(screen.queryByTestId(ids.stop)).not.toBeInTheDocument();
});

it('is silent where the scenario cannot be read: the page itself says why', async () => {
  backend.on('GET scenarios/mode', new Refusal(503, { detail: 'away' }));
  const { container } = render(<ScenarioBadge />);
  await act(async () => {});
  expect(container).toBeEmptyDOMElement();
});
