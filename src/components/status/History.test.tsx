import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import React from 'react';

import { FakeBackend } from '../../testing/fakeBackend';
import { change, scenario } from '../../testing/samples';
import type { Change } from '../../types/scenario';
import { testIds } from '../testIds';
import { History } from './History';

const ids = testIds.controlCenter;
let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: () => false,
  getBackendSrv: () => backend.backendSrv,
}));

beforeEach(() => {
  backend = new FakeBackend();
});

const errorRate = (version: number, error_rate: number, values: Partial<Change> = {}) =>
  change({ version, scenario: scenario({ version, mode: 'error', error_rate }), ...values });

it('says who changed what and why, and in the drawer what was different since', () => {
  render(
    <History changes={[errorRate(2, 0.5, { by: 'eve', reason: 'load test' }), errorRate(1, 0.1, { by: 'adam' })]} />
  );
  const [latest] = screen.getAllByTestId(ids.change);
  expect(latest).toHaveTextContent('Error by eve: load test');
  expect(screen.queryByTestId(ids.changeDiff)).not.toBeInTheDocument();

  fireEvent.click(screen.getByTestId(ids.allChanges));
  const [diff] = within(screen.getByRole('dialog')).getAllByTestId(ids.changeDiff);
  expect(diff).toHaveTextContent('Error rate: 10 %50 %');
});

it('goes back page by page', async () => {
  const latest = Array.from({ length: 50 }, (_, i) => errorRate(60 - i, 0.5));
  const older = Array.from({ length: 10 }, (_, i) => errorRate(10 - i, 0.5));
  backend.on('GET scenarios/history', { changes: older });
  render(<History changes={latest} />);
  fireEvent.click(screen.getByTestId(ids.allChanges));
  const drawer = screen.getByRole('dialog');
  expect(within(drawer).getAllByTestId(ids.change)).toHaveLength(50);
  fireEvent.click(within(drawer).getByRole('button', { name: 'Load older changes' }));
  await waitFor(() => expect(within(drawer).getAllByTestId(ids.change)).toHaveLength(60));
  expect(backend.seen('GET scenarios/history')[0].params.get('before')).toBe('11');
  expect(within(drawer).queryByRole('button', { name: 'Load older changes' })).not.toBeInTheDocument();
});
