import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import React from 'react';
import { MemoryRouter, useLocation } from 'react-router-dom';

import { testIds } from '../components/testIds';
import { FakeBackend, Refusal } from '../testing/fakeBackend';
import { recording } from '../testing/samples';
import { RecordingsPage } from './RecordingsPage';

const ids = testIds.recordings;
let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  PluginPage: ({ children }: { children: React.ReactNode }) => <div>{children}</div>,
  config: { bootData: { user: { orgRole: 'Viewer' } } },
}));

const stats = {
  total: 2,
  injected: 1,
  errors: 1,
  bytes: 2048,
  p50_ms: 12,
  by_status: [
    { value: '200', count: 1 },
    { value: '503', count: 1 },
  ],
  by_mode: [{ value: 'error', count: 1 }],
  by_method: null,
  by_route: null,
  by_protocol: null,
  by_consumer: [{ value: 'web', count: 2 }],
  by_gateway: null,
  by_fault: null,
};
const broken = recording({
  id: 'b',
  path: '/orders',
  response_status: 503,
  scenario_mode: 'error',
  faults: [{ kind: 'error', detail: '503' }],
});

beforeEach(() => {
  backend = new FakeBackend()
    .on('POST recordings/query', { recordings: [broken, recording({ id: 'a' })] })
    .on('GET recordings/stats', stats)
    .on('GET recordings/b', broken)
    .on('GET recordings/a', recording({ id: 'a' }));
});

function Location() {
  return <output data-testid="location">{useLocation().search}</output>;
}
async function open(search = '') {
  render(
    <MemoryRouter initialEntries={[`/recordings${search}`]}>
      <RecordingsPage />
      <Location />
    </MemoryRouter>
  );
  await act(async () => {});
}
const search = () => new URLSearchParams(screen.getByTestId('location').textContent ?? '');

it('lists what passed through, and says what was injected', async () => {
  await open();
  const rows = screen.getAllByTestId(ids.row);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toHaveTextContent('/orders');
  expect(rows[0]).toHaveTextContent('503');
  expect(rows[0]).toHaveTextContent('error 503');
  expect(rows[1]).toHaveTextContent('organic');
  expect(screen.getByTestId(ids.stat('errors'))).toHaveTextContent('1 (50 %)');
});

it('asks for what the URL says', async () => {
  await open('?from=1000&to=2000&method=GET&status=5xx&injected=true');
  expect(backend.seen('POST recordings/query')[0].body).toEqual({
    from: '1970-01-01T00:00:01.000Z',
    to: '1970-01-01T00:00:02.000Z',
    methods: ['GET'],
    statuses: ['5xx'],
    injected: true,
    limit: 100,
  });
});

it('puts filters into the URL', async () => {
  await open();
  const path = screen.getByTestId(ids.filter('path'));
  fireEvent.change(path, { target: { value: '/users/*' } });
  fireEvent.keyDown(path, { key: 'Enter' });
  await waitFor(() => expect(search().get('path')).toBe('/users/*'));
  fireEvent.click(screen.getByLabelText('Injected'));
  await waitFor(() => expect(search().get('injected')).toBe('true'));
  expect(backend.seen('POST recordings/query').at(-1)?.body).toMatchObject({ path: '/users/*', injected: true });

  fireEvent.click(screen.getByTestId(ids.clearFilters));
  await waitFor(() => expect(search().toString()).toBe(''));
});

it('filters by a click on a share', async () => {
  await open();
  fireEvent.click(screen.getByRole('button', { name: /^503/ }));
  await waitFor(() => expect(search().getAll('status')).toEqual(['503']));
});

it('opens a recording under its own address, and goes on with the arrow keys', async () => {
  await open();
  fireEvent.click(screen.getAllByTestId(ids.open)[0]);
  await waitFor(() => expect(search().get('id')).toBe('b'));
  expect(await screen.findByTestId(testIds.recording.injected)).toHaveTextContent('Answered with 503');
  const asked = backend.seen('POST recordings/query').length;

  fireEvent.keyDown(document.body, { key: 'ArrowRight' });
  await waitFor(() => expect(search().get('id')).toBe('a'));
  await waitFor(() => expect(screen.getByTestId(testIds.recording.injected)).toHaveTextContent('Organic'));
  expect(backend.seen('POST recordings/query')).toHaveLength(asked);
});

it('opens from a link, and shows the response', async () => {
  await open('?id=a');
  expect(await screen.findByTestId(testIds.recording.traceId)).toHaveTextContent('4bf92f3577b34da6a3ce929d0e0e4736');
  fireEvent.click(screen.getByTestId(testIds.recording.tab('response')));
  fireEvent.click(screen.getByLabelText('Raw'));
  expect(screen.getByTestId(testIds.recording.body)).toHaveTextContent('{"id":1}');
});

it('loads older ones', async () => {
  backend.on('POST recordings/query', ({ body }: { body: { cursor?: string } }) =>
    body.cursor === 'c1' ? { recordings: [recording({ id: 'z' })] } : { recordings: [broken], next_cursor: 'c1' }
  );
  await open();
  fireEvent.click(screen.getByTestId(ids.loadMore));
  await waitFor(() => expect(screen.getAllByTestId(ids.row)).toHaveLength(2));
  expect(screen.queryByTestId(ids.loadMore)).not.toBeInTheDocument();
});

it('tells nothing recorded from nothing that matches', async () => {
  backend.on('POST recordings/query', { recordings: null });
  await open();
  expect(screen.getByTestId(ids.empty)).toHaveTextContent('Nothing was recorded');
});

it('offers to clear filters that match nothing', async () => {
  backend.on('POST recordings/query', { recordings: [] });
  await open('?path=nowhere');
  expect(screen.getByTestId(ids.empty)).toHaveTextContent('No recording matches');
});

it('keeps the page usable where a filter is refused', async () => {
  backend.on(
    'POST recordings/query',
    new Refusal(400, { detail: 'x', errors: [{ field: 'statuses[0]', problem: 'must be a code' }] })
  );
  await open('?status=abc');
  expect(screen.getByTestId(ids.filters)).toHaveTextContent('statuses[0] must be a code');
});

it('says that the database is away', async () => {
  backend.on('POST recordings/query', new Refusal(503, { detail: 'the database cannot be reached' }));
  await open();
  expect(screen.getByTestId(ids.error)).toHaveTextContent('the database cannot be reached');
});

it('lets filters be narrowed that took too long', async () => {
  backend.on('POST recordings/query', new Refusal(504, { detail: 'the query took too long' }));
  await open('?text=anything');
  expect(screen.getByTestId(ids.error)).toHaveTextContent('The recordings could not be loaded');
  backend.on('POST recordings/query', { recordings: [broken] });
  fireEvent.click(screen.getByTestId(ids.clearFilters));
  await waitFor(() => expect(screen.getAllByTestId(ids.row)).toHaveLength(1));
  expect(screen.queryByTestId(ids.error)).not.toBeInTheDocument();
});

it('opens the rarer filters where the URL uses one', async () => {
  await open();
  expect(screen.queryByTestId(ids.filter('tags'))).not.toBeInTheDocument();
  fireEvent.click(screen.getByTestId(ids.moreFilters));
  expect(screen.getByTestId(ids.filter('tags'))).toBeInTheDocument();
  const slow = screen.getByTestId(ids.filter('minMs'));
  fireEvent.change(slow, { target: { value: '250' } });
  fireEvent.keyDown(slow, { key: 'Enter' });
  await waitFor(() => expect(search().get('min_ms')).toBe('250'));
  expect(backend.seen('POST recordings/query').at(-1)?.body).toMatchObject({ min_duration_ms: 250 });
});

it('asks for route, gateway, tag and duration of the URL', async () => {
  await open('?route=/users/{id}&gateway=shop&tag=canary&min_ms=5&max_ms=900');
  expect(screen.getByTestId(ids.filter('routes'))).toHaveTextContent('/users/{id}');
  expect(backend.seen('POST recordings/query')[0].body).toMatchObject({
    routes: ['/users/{id}'],
    gateways: ['shop'],
    tags: ['canary'],
    min_duration_ms: 5,
    max_duration_ms: 900,
  });
});

it('follows new recordings while live tail is on', async () => {
  jest.useFakeTimers();
  try {
    await open('?from=1000&to=2000');
    fireEvent.click(screen.getByTestId(ids.tail));
    await act(async () => {});
    expect(search().get('tail')).toBe('true');
    expect(search().get('to')).toBe('now');
    const asked = backend.seen('POST recordings/query').length;
    backend.on('POST recordings/query', { recordings: [recording({ id: 'new' }), broken, recording({ id: 'a' })] });
    await act(async () => jest.advanceTimersByTime(1100));
    expect(backend.seen('POST recordings/query').length).toBeGreaterThan(asked);
    expect(screen.getAllByTestId(ids.row)).toHaveLength(3);
  } finally {
    jest.useRealTimers();
  }
});

it('exports what the filter shows', async () => {
  const clicked: HTMLAnchorElement[] = [];
  const click = jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    clicked.push(this);
  });
  await open('?from=1000&to=2000&status=5xx');
  fireEvent.click(screen.getByTestId(ids.export));
  fireEvent.click(await screen.findByTestId(ids.exportAs('har')));
  const url = new URL(clicked[0].href);
  expect(url.pathname).toBe('/api/plugins/mockforge-observability-app/resources/recordings/export');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    format: 'har',
    statuses: '5xx',
    from: '1970-01-01T00:00:01.000Z',
  });
  click.mockRestore();
});

it('filters for a value of an open recording, or filters it out', async () => {
  await open('?id=b');
  await act(async () => {});
  fireEvent.click(screen.getByTestId(testIds.recording.filterOut('consumers')));
  await act(async () => {});
  expect(search().getAll('not.consumer')).toEqual(['web']);
  const calls = backend.seen('POST recordings/query');
  expect(calls[calls.length - 1].body).toMatchObject({ not: { consumers: ['web'] } });
  fireEvent.click(screen.getByTestId(ids.excluded).querySelector('button')!);
  await act(async () => {});
  expect(search().has('not.consumer')).toBe(false);
});

it('draws only the rows that can be seen, however many there are', async () => {
  const many = Array.from({ length: 2000 }, (_, i) => recording({ id: `r${i}`, path: `/many/${i}` }));
  backend.on('POST recordings/query', { recordings: many });
  await open();
  const rows = screen.getAllByTestId(ids.row);
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.length).toBeLessThan(100);
  expect(rows[0]).toHaveTextContent('/many/0');
  expect(screen.getByTestId(ids.table)).toHaveAttribute('aria-rowcount', '2001');
});
