import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import React from 'react';
import { MemoryRouter, useLocation } from 'react-router-dom';

import { testIds } from '../components/testIds';
import { FakeBackend, Refusal, type SeenCall } from '../testing/fakeBackend';
import { diagram, pattern, retryPattern } from '../testing/patterns';
import { recording } from '../testing/samples';
import { PatternsPage } from './PatternsPage';

const ids = testIds.patterns;
let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  PluginPage: ({ children }: { children: React.ReactNode }) => <div>{children}</div>,
  config: { bootData: { user: { orgRole: 'Viewer' } } },
}));

const refreshed = (call: SeenCall) => call.params.get('refresh') === 'true';

beforeEach(() => {
  backend = new FakeBackend()
    .on('GET recordings/patterns', (call: SeenCall) =>
      refreshed(call)
        ? { patterns: [pattern(), retryPattern()], analysed: 1234, truncated: false }
        : { patterns: [], analysed: 0, truncated: false }
    )
    .on('GET recordings/stats', { total: 9, by_route: [{ value: '/users/{id}', count: 9 }] });
});

function Location() {
  return <output data-testid="location">{useLocation().search}</output>;
}
async function open(search = '') {
  render(
    <MemoryRouter initialEntries={[`/patterns${search}`]}>
      <PatternsPage />
      <Location />
    </MemoryRouter>
  );
  await act(async () => {});
}

it('tells what it found in words, drawn, and with how sure it is', async () => {
  await open();
  const [sequence, retries] = screen.getAllByTestId(ids.pattern);
  expect(sequence).toHaveTextContent('account-service always calls POST /auth/login before GET /users/{id}');
  expect(sequence).toHaveTextContent('100 %');
  expect(within(sequence).getByTestId(ids.drawing)).toHaveAttribute('data-kind', 'precedes');
  expect(retries).toHaveTextContent('organic');
  expect(within(retries).getByTestId(ids.drawing)).toHaveTextContent('call502retry 1502retry 2502retry 3gives up');
  expect(screen.getByTestId(ids.container)).toHaveTextContent('1,234 recordings analysed');
  expect(screen.getByTestId(ids.routes)).toHaveTextContent('/users/{id}9');
});

it('shows earlier findings at once, and analyses then', async () => {
  let finish: (value: unknown) => void = () => {};
  const analysis = new Promise((resolve) => (finish = resolve));
  const fetch = backend.backendSrv.fetch;
  backend.on('GET recordings/patterns', { patterns: [pattern()] });
  jest.spyOn(backend.backendSrv, 'fetch').mockImplementation((request) => {
    const answer = fetch(request);
    if (!request.url.includes('refresh=true')) {
      return answer;
    }
    const { from } = jest.requireActual<typeof import('rxjs')>('rxjs');
    return from(analysis.then(() => ({ data: { patterns: [pattern(), retryPattern()], analysed: 7 }, status: 200 })));
  });
  await open();
  expect(screen.getAllByTestId(ids.pattern)).toHaveLength(1);
  expect(screen.getByTestId(ids.container)).toHaveTextContent('Analysing the recordings');
  await act(async () => finish(undefined));
  expect(screen.getAllByTestId(ids.pattern)).toHaveLength(2);
});

it('shows one type, and remembers it in the address', async () => {
  await open();
  fireEvent.click(screen.getByTestId(ids.type('error_pattern')));
  await waitFor(() => expect(screen.getByTestId('location')).toHaveTextContent('type=error_pattern'));
  expect(screen.getAllByTestId(ids.pattern)).toHaveLength(1);
});

it('analyses the time of its address, and again when asked', async () => {
  await open('?from=1000&to=2000');
  expect(backend.seen('GET recordings/patterns')[0].params.get('from')).toBe('1970-01-01T00:00:01.000Z');
  fireEvent.click(screen.getByTestId(ids.analyse));
  await waitFor(() => expect(backend.seen('GET recordings/patterns').filter(refreshed)).toHaveLength(2));
  expect(backend.seen('GET recordings/patterns')).toHaveLength(3);
});

it('draws the first occurrence as a sequence diagram', async () => {
  backend
    .on('GET recordings/r1', recording({ id: 'r1', consumer: 'account-service', timestamp: '2026-11-23T14:00:00Z' }))
    .on('GET recordings/r2', recording({ id: 'r2', consumer: 'account-service', timestamp: '2026-11-23T14:00:01Z' }))
    .on('GET recordings/diagram', (call: SeenCall) =>
      call.params.get('format') === 'json' ? diagram() : `text of ${call.params.get('format')}`
    );
  await open();
  fireEvent.click(screen.getAllByTestId(ids.diagram)[0]);
  expect(await screen.findByTestId(testIds.diagram.container)).toHaveTextContent('2 exchanges');
  const { params } = backend.seen('GET recordings/diagram')[0];
  expect(params.get('consumer')).toBe('account-service');
  expect(params.get('from')).toBe('2026-11-23T13:59:59.980Z');
});

it('says so where nothing is found', async () => {
  backend.on('GET recordings/patterns', { patterns: null, analysed: 3, truncated: false });
  await open();
  expect(screen.getByTestId(ids.empty)).toHaveTextContent('No pattern was found');
});

it('says that not all was looked at', async () => {
  backend.on('GET recordings/patterns', { patterns: [pattern()], analysed: 50000, truncated: true });
  await open();
  expect(screen.getByTestId(ids.container)).toHaveTextContent('Not all recordings were looked at');
});

it('says why there are none, and tries again', async () => {
  backend.on('GET recordings/patterns', new Refusal(503, { detail: 'the database cannot be reached' }));
  await open();
  expect(screen.getByTestId(ids.error)).toHaveTextContent('the database cannot be reached');
  backend.on('GET recordings/patterns', { patterns: [pattern()], analysed: 1 });
  fireEvent.click(screen.getByTestId(testIds.problem.retry));
  expect(await screen.findByTestId(ids.pattern)).toBeInTheDocument();
});
