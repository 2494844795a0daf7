import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import React from 'react';

import { FakeBackend, Refusal } from '../../testing/fakeBackend';
import { recording } from '../../testing/samples';
import type { Replay } from '../../types/replay';
import { testIds } from '../testIds';
import { ReplayTab } from './ReplayTab';

const ids = testIds.replay;
let backend: FakeBackend;
let role = 'Editor';
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  config: {
    get bootData() {
      return { user: { orgRole: role } };
    },
  },
}));

const body = (content: string) => ({ encoding: 'utf8' as const, content, size: content.length });

function answer(diff: Partial<Replay['diff']> = {}): Replay {
  return {
    recorded: { status: 503, body: body('{}'), duration_ms: 3 },
    replayed: {
      recording_id: 'a',
      gateway: 'shop',
      host: 'shop:8000',
      method: 'GET',
      path: '/a',
      sent_at: '2026-11-23T14:00:00Z',
      trace_id: 't1',
      status: 200,
      body: body('{}'),
      first_byte_ms: 1,
      duration_ms: 2,
      dropped: [{ part: 'header', name: 'Authorization', reason: 'redacted when it was recorded' }],
      notes: [],
    },
    diff: {
      equal: false,
      status: { before: 503, after: 200 },
      headers: [{ path: 'Content-Type', kind: 'changed', before: 'text/plain', after: 'application/json' }],
      trailers: [],
      body: {
        format: 'json',
        equal: false,
        changes: [{ path: '$.items[0].id', kind: 'type', before: '1', after: 1 }],
        before: { size: 2 },
        after: { size: 2 },
      },
      notes: ['Faults were injected into the recorded exchange (error); the replay has none.'],
      ...diff,
    },
  };
}

afterEach(() => jest.restoreAllMocks());

beforeEach(() => {
  role = 'Editor';
  backend = new FakeBackend().on('POST recordings/replay/a', answer()).on('GET scenarios/presets', {
    presets: [
      { name: 'production', source: 'builtin', mode: 'healthy' },
      { name: 'down', description: 'Everything fails.', source: 'user', mode: 'error', status_codes: [503] },
    ],
  });
});

async function replay() {
  fireEvent.click(screen.getByTestId(ids.start));
  await act(async () => {});
}

it('sends the recording again, and says what differs', async () => {
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  await replay();
  expect(backend.seen('POST recordings/replay/a')[0].body).toEqual({});
  expect(screen.getByTestId(ids.verdict)).toHaveTextContent(
    'The answer differs: status 503 became 200, 1 header, 1 place in the body.'
  );
  const [header, place] = screen.getAllByTestId(ids.difference);
  expect(header).toHaveTextContent('Content-Typetext/plainapplication/json');
  expect(place).toHaveTextContent('id11another type');
  expect(place).toHaveAttribute('title', '$.items[0].id');
  const result = screen.getByTestId(ids.result);
  expect(result).toHaveTextContent('Authorization: redacted when it was recorded');
  expect(result).toHaveTextContent('the replay has none');
});

it('says so where the answers are the same', async () => {
  backend.on(
    'POST recordings/replay/a',
    answer({
      equal: true,
      status: undefined,
      headers: null,
      notes: null,
      body: { format: 'json', equal: true, before: { size: 2 }, after: { size: 2 } },
    })
  );
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  await replay();
  expect(screen.getByTestId(ids.verdict)).toHaveTextContent('The answer is the same');
  expect(screen.queryAllByTestId(ids.difference)).toEqual([]);
});

it('shows text line by line', async () => {
  backend.on(
    'POST recordings/replay/a',
    answer({
      body: {
        format: 'text',
        equal: false,
        lines: [
          { before: 1, after: 1, text: 'same' },
          { kind: 'removed', before: 2, text: 'old' },
          { kind: 'added', after: 2, text: 'new' },
        ],
        before: { size: 8 },
        after: { size: 8 },
      },
    })
  );
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  await replay();
  const lines = screen.getAllByTestId(ids.difference).slice(1);
  expect(lines.map((line) => [line.getAttribute('data-kind'), line.textContent])).toEqual([
    ['removed', '2-old'],
    ['added', '2+new'],
  ]);
});

it('sends what is to be ignored and replaced', async () => {
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  fireEvent.click(screen.getByText('Options'));
  fireEvent.change(screen.getByLabelText(/Fields whose differences/), { target: { value: '$.a, **.b,' } });
  fireEvent.change(screen.getByLabelText(/Headers to send/), { target: { value: 'Authorization: Bearer x' } });
  await replay();
  expect(backend.seen('POST recordings/replay/a')[0].body).toEqual({
    header_overrides: { Authorization: 'Bearer x' },
    ignore_fields: ['$.a', '**.b'],
  });
});

it('says why nothing was sent', async () => {
  backend.on(
    'POST recordings/replay/a',
    new Refusal(504, { detail: 'No running collector has the gateway of the recording, so it was not sent.' })
  );
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  await replay();
  await waitFor(() => expect(screen.getByRole('alert')).toHaveTextContent('No running collector'));
  expect(screen.getByTestId(ids.start)).toBeEnabled();
});

it('is for editors', () => {
  role = 'Viewer';
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  // Grafana keeps a disabled button with a tooltip reachable.
  fireEvent.click(screen.getByTestId(ids.start));
  expect(screen.getByTestId(ids.start)).toHaveAttribute('aria-disabled', 'true');
  expect(backend.calls).toEqual([]);
});

it('holds the answers under several scenarios side by side', async () => {
  // Lists are as long as the window has room for, and jsdom has none.
  jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(400);
  jest.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(400);
  const healthy = answer({ equal: true });
  const failed = answer();
  failed.replayed = { ...failed.replayed, status: 503, injected: [{ kind: 'error', detail: '503' }] };
  backend.on('POST recordings/replay/a', {
    runs: [
      { scenario: { mode: 'healthy' }, result: healthy },
      { scenario: { mode: 'error', status_codes: [503] }, result: failed },
    ],
  });
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  await act(async () => {});
  fireEvent.click(screen.getByRole('combobox'));
  for (const name of ['production', 'down']) {
    fireEvent.click(await screen.findByRole('option', { name: new RegExp(name) }));
  }
  await replay();
  expect(backend.seen('POST recordings/replay/a')[0].body).toEqual({
    scenarios: [{ mode: 'healthy' }, { mode: 'error', status_codes: [503] }],
  });
  expect(screen.getAllByTestId(ids.run).map((run) => run.getAttribute('data-name'))).toEqual(['production', 'down']);
  expect(screen.getByText('error 503')).toBeInTheDocument();
});

it('sends streams again, too', async () => {
  render(<ReplayTab recording={recording({ id: 'a', protocol: 'websocket' })} />);
  await replay();
  expect(backend.seen('POST recordings/replay/a')).toHaveLength(1);
});

it('says which messages differ, and how a call ended', async () => {
  backend.on(
    'POST recordings/replay/a',
    answer({
      status: undefined,
      grpc_status: { before: 0, after: 14 },
      headers: [],
      body: { format: '', equal: true, before: { size: 0 }, after: { size: 0 } },
      messages: {
        equal: false,
        before: 2,
        after: 1,
        different: [
          {
            number: 1,
            kind: 'changed',
            body: {
              format: 'json',
              equal: false,
              changes: [{ path: '$.price', kind: 'changed', before: 5, after: 7 }],
              before: { size: 2 },
              after: { size: 2 },
            },
          },
          { number: 2, kind: 'removed' },
        ],
      },
    })
  );
  render(<ReplayTab recording={recording({ id: 'a' })} />);
  await replay();
  expect(screen.getByTestId(ids.verdict)).toHaveTextContent(
    'The answer differs: gRPC status OK became UNAVAILABLE, 2 messages.'
  );
  const [first, second] = screen.getAllByTestId(ids.message);
  expect(first).toHaveTextContent('Message 1');
  expect(first).toHaveTextContent('price57');
  expect(second).toHaveTextContent('Message 2: recorded, did not come');
});
