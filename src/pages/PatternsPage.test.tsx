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
const mockUser = { orgRole: 'Editor' };
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  PluginPage: ({ children }: { children: React.ReactNode }) => <div>{children}</div>,
  config: {
    get bootData() {
      return { user: mockUser };
    },
  },
}));

const analysis = 'POST recordings/patterns';

beforeEach(() => {
  mockUser.orgRole = 'Editor';
  backend = new FakeBackend()
    .on('GET recordings/patterns', { patterns: [], analysed: 0, truncated: false })
    .on(analysis, { patterns: [pattern(), retryPattern()], analysed: 1234, truncated: false })
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
  const analysed = new Promise((resolve) => (finish = resolve));
  const fetch = backend.backendSrv.fetch;
  backend.on('GET recordings/patterns', { patterns: [pattern()] });
  jest.spyOn(backend.backendSrv, 'fetch').mockImplementation((request) => {
    const answer = fetch(request);
    if (request.method !== 'POST') {
      return answer;
    }
    const { from } = jest.requireActual<typeof import('rxjs')>('rxjs');
    return from(analysed.then(() => ({ data: { patterns: [pattern(), retryPattern()], analysed: 7 }, status: 200 })));
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
  expect(backend.seen(analysis)[0].body).toEqual({ from: '1970-01-01T00:00:01.000Z', to: '1970-01-01T00:00:02.000Z' });
  fireEvent.click(screen.getByTestId(ids.analyse));
  await waitFor(() => expect(backend.seen(analysis)).toHaveLength(2));
  expect(backend.seen('GET recordings/patterns')).toHaveLength(1);
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
  backend.on(analysis, { patterns: null, analysed: 3, truncated: false });
  await open();
  expect(screen.getByTestId(ids.empty)).toHaveTextContent('No pattern was found');
});

it('says that not all was looked at', async () => {
  backend.on(analysis, { patterns: [pattern()], analysed: 50000, truncated: true });
  await open();
  expect(screen.getByTestId(ids.container)).toHaveTextContent('Not all recordings were looked at');
});

it('says why there are none, and tries again', async () => {
  backend.on('GET recordings/patterns', new Refusal(503, { detail: 'the database cannot be reached' }));
  await open();
  expect(screen.getByTestId(ids.error)).toHaveTextContent('the database cannot be reached');
  backend.on('GET recordings/patterns', { patterns: [] }).on(analysis, { patterns: [pattern()], analysed: 1 });
  fireEvent.click(screen.getByTestId(testIds.problem.retry));
  expect(await screen.findByTestId(ids.pattern)).toBeInTheDocument();
});

it('shows viewers what was found before, and analyses nothing for them', async () => {
  mockUser.orgRole = 'Viewer';
  backend.on('GET recordings/patterns', { patterns: [pattern()], analysed: 0, truncated: false });
  await open();
  expect(screen.getAllByTestId(ids.pattern)).toHaveLength(1);
  expect(screen.getByTestId(ids.analyse)).toHaveAttribute('aria-disabled', 'true');
  expect(screen.getByTestId(ids.container)).toHaveTextContent('As found before; editors can have this time analysed');
  fireEvent.click(screen.getByTestId(ids.analyse));
  await act(async () => {});
  expect(backend.seen(analysis)).toEqual([]);
});

it('tells viewers why nothing is there', async () => {
  mockUser.orgRole = 'Viewer';
  await open();
  expect(screen.getByTestId(ids.empty)).toHaveTextContent('ask an editor to open this page');
});
