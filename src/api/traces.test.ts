import { recording } from '../testing/samples';
import { traceUrl } from './traces';

const sources: Record<string, { uid: string; type: string }> = {
  t: { uid: 't', type: 'tempo' },
  j: { uid: 'j', type: 'jaeger' },
};
jest.mock('@grafana/runtime', () => ({
  config: { appSubUrl: '/grafana' },
  getDataSourceSrv: () => ({ getInstanceSettings: (uid: string) => sources[uid] }),
}));

const queryOf = (url?: string) => {
  const panes = JSON.parse(new URLSearchParams(url?.split('?')[1]).get('panes') ?? '{}');
  return panes.trace.queries[0];
};

it('opens the trace in Explore, in the words of the data source', () => {
  const url = traceUrl(recording(), 't');
  expect(url).toMatch(/^\/grafana\/explore\?/);
  expect(queryOf(url)).toMatchObject({ query: recording().trace_id, queryType: 'traceql', datasource: { uid: 't' } });
  expect(queryOf(traceUrl(recording(), 'j'))).not.toHaveProperty('queryType');
});

it('gives no link without a trace, or where the data source is gone', () => {
  expect(traceUrl(recording({ trace_id: undefined }), 't')).toBeUndefined();
  expect(traceUrl(recording(), 'gone')).toBeUndefined();
});
