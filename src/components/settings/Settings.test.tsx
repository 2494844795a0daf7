import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import React, { type ComponentProps } from 'react';
import { PluginType, type AppPluginMeta } from '@grafana/data';

import { FakeBackend, Refusal } from '../../testing/fakeBackend';
import { testIds } from '../testIds';
import Settings from './Settings';

const ids = testIds.settings;
const settings = 'POST /api/plugins/mockforge-observability-app/settings';
const health = 'GET /api/plugins/mockforge-observability-app/health';
let backend: FakeBackend;
jest.mock('@grafana/runtime', () => ({
  isFetchError: (e: unknown) => typeof e === 'object' && e !== null && 'status' in e,
  getBackendSrv: () => backend.backendSrv,
  // The real one needs all of Grafana's data sources.
  DataSourcePicker: ({ current, onChange }: { current: string | null; onChange: (ds: { uid: string }) => void }) => (
    <button type="button" onClick={() => onChange({ uid: 'tempo' })}>
      traces in {current ?? 'nothing'}
    </button>
  ),
}));

beforeEach(() => {
  backend = new FakeBackend().on(settings, {}).on(health, { status: 'OK', message: 'Connected to PostgreSQL 18.' });
});

function open(configured = false) {
  const meta: Partial<AppPluginMeta> = { id: 'x', type: PluginType.app, secureJsonFields: { dsn: configured } };
  const props = { plugin: { meta }, query: {} } as unknown as ComponentProps<typeof Settings>;
  render(<Settings {...props} />);
}

it('stores the connection string as a secret, tests it, and shows it no more', async () => {
  open();
  expect(screen.getByTestId(ids.submit)).toBeDisabled();
  fireEvent.change(screen.getByTestId(ids.dsn), { target: { value: 'postgres://u:secret@db/mockforge' } });
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('Connected to PostgreSQL 18.'));
  expect(backend.seen(settings)[0].body).toMatchObject({
    enabled: true,
    secureJsonData: { dsn: 'postgres://u:secret@db/mockforge' },
  });
  expect(screen.queryByDisplayValue(/secret/)).not.toBeInTheDocument();
});

it('says why the database does not answer', async () => {
  backend.on(health, new Refusal(400, { status: 'ERROR', message: 'password authentication failed' }));
  open(true);
  fireEvent.click(screen.getByTestId(ids.test));
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('password authentication failed'));
  expect(backend.seen(settings)).toEqual([]);
});

it('says where the settings cannot be saved', async () => {
  backend.on(settings, new Refusal(403, { message: 'Permission denied' }));
  open();
  fireEvent.change(screen.getByTestId(ids.dsn), { target: { value: 'host=db dbname=mockforge' } });
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() =>
    expect(screen.getByTestId(ids.result)).toHaveTextContent('could not be saved: Permission denied')
  );
});

it('keeps where traces are opened', async () => {
  open(true);
  fireEvent.click(screen.getByText('traces in nothing'));
  expect(screen.getByText('traces in tempo')).toBeInTheDocument();
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('Connected'));
  expect(backend.seen(settings)[0].body).toEqual({
    enabled: true,
    pinned: true,
    jsonData: { tracesDatasourceUid: 'tempo' },
  });
});

it('keeps who may read bodies, which is everybody unless it is changed', async () => {
  open(true);
  expect(screen.getByLabelText('Everybody with a role')).toBeChecked();
  fireEvent.click(screen.getByLabelText('Editors and admins'));
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('Connected'));
  expect(backend.seen(settings)[0].body).toMatchObject({ jsonData: { readBodiesRole: 'Editor' } });
});

it('keeps where collectors are stopped directly, and their token as a secret', async () => {
  open(true);
  const urls = screen.getByTestId(ids.collectorUrls);
  fireEvent.change(urls, { target: { value: 'http://one:4600\nhttp://me:secret@two:4600' } });
  expect(screen.getByTestId(ids.submit)).toBeDisabled();
  expect(screen.getByText(/without user and query/)).toBeInTheDocument();
  fireEvent.change(urls, { target: { value: ' http://one:4600\n\nhttps://two:4600/ ' } });
  fireEvent.change(screen.getByTestId(ids.collectorToken), { target: { value: 'hush' } });
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('Connected'));
  expect(backend.seen(settings)[0].body).toMatchObject({
    jsonData: { collectorUrls: ['http://one:4600', 'https://two:4600/'] },
    secureJsonData: { collectorToken: 'hush' },
  });
  expect(screen.queryByDisplayValue('hush')).not.toBeInTheDocument();
});

it('tells a wrong form before it is sent', () => {
  open();
  fireEvent.change(screen.getByTestId(ids.dsn), { target: { value: 'mysql://nope' } });
  expect(screen.getByTestId(ids.submit)).toBeDisabled();
});

it('asks a collector in place of a database, whose connection string goes', async () => {
  open(true);
  fireEvent.click(screen.getByLabelText('Collector'));
  expect(screen.queryByTestId(ids.dsn)).not.toBeInTheDocument();
  expect(screen.queryByTestId(ids.collectorUrls)).not.toBeInTheDocument();
  expect(screen.getByTestId(ids.submit)).toBeDisabled();
  const url = screen.getByTestId(testIds.collector.url);
  fireEvent.change(url, { target: { value: 'https://me:secret@collector:4600' } });
  expect(screen.getByTestId(ids.submit)).toBeDisabled();
  expect(screen.getByText(/without user and query/)).toBeInTheDocument();
  fireEvent.change(url, { target: { value: ' https://collector:4600 ' } });
  fireEvent.change(screen.getByTestId(testIds.collector.secret('token')), { target: { value: ' hush ' } });
  fireEvent.click(screen.getByLabelText(/^With a CA certificate/));
  fireEvent.change(screen.getByTestId(testIds.collector.secret('tlsCACert')), { target: { value: 'PEM' } });
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('The collector answers'));
  expect(backend.seen(settings)[0].body).toMatchObject({
    jsonData: { collectorUrl: 'https://collector:4600', tlsAuthWithCACert: true },
    secureJsonData: { dsn: '', token: 'hush', tlsCACert: 'PEM' },
  });
  expect(screen.queryByDisplayValue(/hush/)).not.toBeInTheDocument();
});

it('keeps the token of a collector, and forgets the collector where a database is chosen', async () => {
  const meta: Partial<AppPluginMeta> = {
    id: 'x',
    type: PluginType.app,
    jsonData: { collectorUrl: 'http://collector:4600' },
    secureJsonFields: { token: true },
  };
  render(<Settings {...({ plugin: { meta }, query: {} } as unknown as ComponentProps<typeof Settings>)} />);
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('Connected'));
  expect(backend.seen(settings)[0].body).not.toHaveProperty('secureJsonData');
  expect(backend.seen(settings)[0].body).toMatchObject({ jsonData: { collectorUrl: 'http://collector:4600' } });
  fireEvent.click(screen.getByLabelText('Database'));
  fireEvent.change(screen.getByTestId(ids.dsn), { target: { value: 'postgres://u@db/mockforge' } });
  fireEvent.click(screen.getByTestId(ids.submit));
  await waitFor(() => expect(backend.seen(settings)).toHaveLength(2));
  const { jsonData } = backend.seen(settings)[1].body as { jsonData: object };
  expect(JSON.parse(JSON.stringify(jsonData))).not.toHaveProperty('collectorUrl');
  await waitFor(() => expect(screen.getByTestId(ids.result)).toHaveTextContent('The database answers'));
});
