import { act, fireEvent, render, screen } from '@testing-library/react';
import React from 'react';
import { MemoryRouter } from 'react-router-dom';
import { PluginContextProvider, type PluginMeta } from '@grafana/data';

import { FakeBackend } from '../../testing/fakeBackend';
import { recording } from '../../testing/samples';
import type { BasicRole } from '../../types/appSettings';
import { emptyFilter } from '../../types/recordingFilter';
import { ExportMenu } from '../recordings/ExportMenu';
import { FilterBar } from '../recordings/FilterBar';
import { ReplayResultView } from '../replay/ReplayResultView';
import { testIds } from '../testIds';
import { RecordingDrawer } from './RecordingDrawer';

const ids = testIds.recording;
let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  config: { bootData: { user: { orgRole: 'Viewer' } } },
}));

// The app as it is configured, around what is shown to a viewer.
function inApp(readBodiesRole: BasicRole | undefined, children: React.ReactNode) {
  const meta = { jsonData: { readBodiesRole } } as unknown as PluginMeta;
  return render(
    <MemoryRouter>
      <PluginContextProvider meta={meta}>{children}</PluginContextProvider>
    </MemoryRouter>
  );
}

const empty = { encoding: 'utf8', content: '', size: 2048 } as const;
const withheld = recording({
  id: 'w',
  body: empty,
  response_body: empty,
  headers: undefined,
  response_headers: undefined,
  withheld: ['headers', 'body', 'response_headers', 'response_body', 'messages'],
});

it('says in each tab of a recording that its contents are kept from the role', async () => {
  backend = new FakeBackend().on('GET recordings/w', withheld);
  inApp('Editor', <RecordingDrawer id="w" ids={['w']} onOpen={() => {}} onClose={() => {}} />);
  await act(async () => {});
  expect(screen.queryByTestId(ids.withheld)).not.toBeInTheDocument();
  for (const [tab, what] of [
    ['request', 'The request has a body of 2 kB'],
    ['response', 'The answer has a body of 2 kB'],
    ['messages', 'There are messages'],
  ]) {
    fireEvent.click(screen.getByTestId(ids.tab(tab)));
    expect(screen.getByTestId(ids.withheld)).toHaveTextContent('Your role may not read bodies, headers and messages');
    expect(screen.getByTestId(ids.withheld)).toHaveTextContent(what);
    expect(screen.queryByTestId(ids.body)).not.toBeInTheDocument();
  }
  expect(screen.queryByTestId(ids.more)).not.toBeInTheDocument();
  expect(screen.queryByTestId(ids.copyCurl)).not.toBeInTheDocument();
});

it('shows everything where the role may read it', async () => {
  backend = new FakeBackend().on('GET recordings/a', recording({ id: 'a' }));
  inApp(undefined, <RecordingDrawer id="a" ids={['a']} onOpen={() => {}} onClose={() => {}} />);
  await act(async () => {});
  fireEvent.click(screen.getByTestId(ids.tab('request')));
  expect(screen.queryByTestId(ids.withheld)).not.toBeInTheDocument();
  expect(screen.getByTestId(ids.body)).toBeInTheDocument();
  expect(screen.getByTestId(ids.more)).toBeInTheDocument();
});

it('offers neither exports nor conditions that are made of contents', async () => {
  inApp(
    'Admin',
    <>
      <ExportMenu makeFilter={() => ({})} total={3} />
      <FilterBar filter={{ ...emptyFilter(), routes: ['/a'] }} onChange={() => {}} />
    </>
  );
  fireEvent.click(screen.getByTestId(testIds.recordings.export));
  await screen.findByRole('menu');
  expect(screen.getByTestId(testIds.recordings.exportAs('har'))).toBeDisabled();
  expect(screen.getByTestId(testIds.recordings.exportAs('csv'))).toBeEnabled();
  expect(screen.getByTestId(testIds.recordings.filter('path'))).toBeInTheDocument();
  expect(screen.queryByTestId(testIds.recordings.filter('text'))).not.toBeInTheDocument();
  expect(screen.queryByTestId(testIds.recordings.filter('headers'))).not.toBeInTheDocument();
});

it('tells of a replay that it differs, and that how is kept from the role', () => {
  const summary = { size: 9 };
  const answer = { status: 200, body: empty, duration_ms: 1 };
  inApp(
    'Admin',
    <ReplayResultView
      replay={{
        recorded: answer,
        replayed: {
          recording_id: 'w',
          gateway: 'shop',
          host: 'shop',
          method: 'GET',
          path: '/',
          sent_at: '',
          trace_id: 'ab',
          first_byte_ms: 1,
          dropped: [{ part: 'header', name: '', reason: 'redacted when it was recorded' }],
          notes: [],
          ...answer,
        },
        diff: {
          equal: false,
          headers: [],
          trailers: [],
          body: { format: 'json', equal: true, before: summary, after: summary },
          notes: [],
        },
        withheld: ['headers', 'body', 'differences'],
      }}
    />
  );
  expect(screen.getByTestId(testIds.replay.verdict)).toHaveTextContent('The answer differs.');
  expect(screen.getByTestId(ids.withheld)).toHaveTextContent('How they differ in detail is not shown');
});
