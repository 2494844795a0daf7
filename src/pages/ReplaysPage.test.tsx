import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';
import { MemoryRouter, useLocation } from 'react-router-dom';

import { testIds } from '../components/testIds';
import { FakeBackend, Refusal } from '../testing/fakeBackend';
import type { JobResult, ReplayJob } from '../types/replay';
import { ReplaysPage } from './ReplaysPage';

const ids = testIds.replays;
let backend: FakeBackend;
let role = 'Editor';
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  PluginPage: ({ children }: { children: React.ReactNode }) => <div>{children}</div>,
  config: {
    get bootData() {
      return { user: { orgRole: role } };
    },
  },
}));

function job(values: Partial<ReplayJob> = {}): ReplayJob {
  return {
    id: 'j1',
    name: 'Friday again',
    status: 'running',
    created_at: '2026-11-25T22:00:00Z',
    created_by: 'ann',
    taken_by: 'collector-1',
    total: 10,
    sent: 5,
    same: 3,
    different: 1,
    failed: 1,
    skipped: 1,
    request: { pace: { mode: 'multiple', multiple: 2 } },
    ...values,
  };
}

const different: JobResult = {
  sequence: 1,
  recording_id: 'r1',
  gateway: 'shop',
  method: 'GET',
  path: '/users/7',
  outcome: 'different',
  response_status: 500,
  response_time_ms: 4,
  recorded_status: 200,
  recorded_time_ms: 3,
  differences: [
    { part: 'status', path: 'status', kind: 'changed', before: 200, after: 500 },
    { part: 'body', path: '$.id', kind: 'removed', before: 1 },
  ],
};

beforeEach(() => {
  role = 'Editor';
  backend = new FakeBackend()
    .on('GET scenarios/mode', { mode: 'healthy', version: 1, set_at: '2026-11-25T22:00:00Z' })
    .on('GET recordings/replays', { jobs: [job()] })
    .on('GET recordings/replays/j1', job())
    .on('GET recordings/replays/j1/results', { results: [different] });
});

function Location() {
  const { pathname, search } = useLocation();
  return <output data-testid="location">{pathname + search}</output>;
}

async function open(search = '') {
  render(
    <MemoryRouter initialEntries={[`/replays${search}`]}>
      <ReplaysPage />
      <Location />
    </MemoryRouter>
  );
  await act(async () => {});
}

it('says how far each job is, and with what outcome', async () => {
  await open();
  const row = screen.getByTestId(ids.job);
  expect(row).toHaveTextContent('Friday again');
  expect(row).toHaveTextContent('2 times as fast as recorded');
  expect(row).toHaveTextContent('Running');
  expect(row).toHaveTextContent('6 of 10');
  expect(within(row).getByRole('progressbar')).toHaveAttribute('aria-valuetext', '6 of 10');
});

it('pauses a job, and offers to go on with it', async () => {
  backend.on('POST recordings/replays/j1/pause', () => {
    backend.on('GET recordings/replays', { jobs: [job({ status: 'paused' })] });
    return job({ status: 'paused' });
  });
  await open();
  fireEvent.click(screen.getByTestId(ids.pause));
  await act(async () => {});
  expect(backend.seen('POST recordings/replays/j1/pause')).toHaveLength(1);
  expect(screen.getByTestId(ids.job)).toHaveTextContent('Paused');
  expect(screen.getByTestId(ids.resume)).toBeInTheDocument();
});

it('says why a job was not changed', async () => {
  backend.on('POST recordings/replays/j1/stop', new Refusal(409, { detail: 'the job has ended' }));
  await open();
  fireEvent.click(screen.getByTestId(ids.stop));
  await act(async () => {});
  expect(screen.getByRole('alert')).toHaveTextContent('the job has ended');
});

it('leaves jobs alone for viewers, and those that have ended', async () => {
  role = 'Viewer';
  await open();
  expect(screen.queryByTestId(ids.stop)).not.toBeInTheDocument();
});

it('shows what became of each recording', async () => {
  await open('?job=j1');
  await act(async () => {});
  const result = screen.getByTestId(ids.result);
  expect(result).toHaveTextContent('Different');
  expect(result).toHaveTextContent('200 → 500');
  expect(result).toHaveTextContent('GET /users/7');
  expect(result).toHaveTextContent('/users/7status: 200 became 500, and 1 more');
  fireEvent.click(within(result).getByText('Open the recording'));
  expect(screen.getByTestId('location')).toHaveTextContent('/recordings?id=r1');
});

it('narrows the results down by their outcome', async () => {
  await open('?job=j1');
  fireEvent.click(screen.getByLabelText('Failed 1'));
  await act(async () => {});
  const calls = backend.seen('GET recordings/replays/j1/results');
  expect(calls[calls.length - 1].params.get('outcome')).toBe('failed');
});

it('leads to the recordings where nothing was replayed', async () => {
  backend.on('GET recordings/replays', { jobs: null });
  await open();
  const link = screen.getByText('Choose recordings').closest('a');
  expect(link).toHaveAttribute('href', expect.stringContaining('/recordings'));
});

it('says what is wrong where the jobs cannot be had', async () => {
  backend.on('GET recordings/replays', new Refusal(503, { detail: 'no database' }));
  await open();
  expect(screen.getByText(/no database/)).toBeInTheDocument();
});
