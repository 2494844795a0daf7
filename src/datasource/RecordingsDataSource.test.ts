import { CoreApp, SupplementaryQueryType, type DataQueryRequest, type DataSourceInstanceSettings } from '@grafana/data';

import { RecordingsDataSource } from './RecordingsDataSource';
import type { Options, RecordingsQuery } from './query';

jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  getTemplateSrv: () => ({ replace: (text: string) => text, getVariables: () => [] }),
}));

const source = new RecordingsDataSource({
  id: 1,
  uid: 'u',
  type: 't',
  jsonData: {},
} as DataSourceInstanceSettings<Options>);

const query: RecordingsQuery = { refId: 'A', queryType: 'logs', filter: { methods: ['GET'] } };

it('begins with what fits the place', () => {
  expect(source.getDefaultQuery(CoreApp.Explore).queryType).toBe('logs');
  expect(source.getDefaultQuery(CoreApp.Dashboard).queryType).toBe('recordings');
  expect(source.getDefaultQuery(CoreApp.UnifiedAlerting)).toMatchObject({
    queryType: 'traffic',
    metrics: ['error_rate'],
  });
  expect(source.annotations?.getDefaultQuery?.()).toEqual({ queryType: 'events' });
  expect(source.variables?.getDefaultQuery?.()).toMatchObject({ queryType: 'values', field: 'gateways' });
});

it("adds the dashboard's own filters where the type can have them", () => {
  const filters = [
    { key: 'gateways', operator: '=', value: 'shop' },
    { key: 'consumers', operator: '=|', value: 'web', values: ['web', 'batch'] },
    { key: 'modes', operator: '!=', value: 'error' },
    { key: 'other', operator: '=', value: 'x' },
  ];
  expect(source.applyTemplateVariables(query, {}, filters).filter).toEqual({
    methods: ['GET'],
    gateways: ['shop'],
    consumers: ['web', 'batch'],
    not: { modes: ['error'] },
  });
  expect(source.applyTemplateVariables({ refId: 'A', queryType: 'traffic' }, {}, filters).filter).toEqual({
    gateways: ['shop'],
  });
});

it('offers the values that were recorded', async () => {
  const getResource = jest.spyOn(source, 'getResource').mockResolvedValue({
    values: [
      { value: 'shop', count: 3 },
      { value: 'bank', count: 1 },
    ],
  });
  expect(await source.getTagValues({ key: 'gateways', filters: [] })).toEqual([{ text: 'shop' }, { text: 'bank' }]);
  expect(getResource).toHaveBeenCalledWith('values/gateways', undefined);
  expect(await source.getTagValues({ key: 'owners', filters: [] })).toEqual([]);
});

it('counts the logs of the whole range for Explore, and nothing else', () => {
  const request = {
    targets: [{ ...query, around: '10m' }, { ...query, refId: 'B', hide: true }, { ...query, refId: 'C', queryType: 'traffic' }],
  } as DataQueryRequest<RecordingsQuery>;
  expect(source.getSupplementaryRequest(SupplementaryQueryType.LogsVolume, request)?.targets).toEqual([
    { ...query, refId: 'log-volume-A', queryType: 'volume' },
  ]);
  expect(source.getSupplementaryRequest(SupplementaryQueryType.LogsSample, request)).toBeUndefined();
});

it('filters for and out what is clicked in Explore', () => {
  const out = source.modifyQuery(query, { type: 'ADD_FILTER_OUT', options: { key: 'route', value: '/health' } });
  expect(out.filter).toEqual({ methods: ['GET'], not: { routes: ['/health'] } });
  const both = source.modifyQuery(out, { type: 'ADD_FILTER_OUT', options: { key: 'status', value: '200' } });
  expect(both.filter?.not).toEqual({ routes: ['/health'], statuses: ['200'] });
  expect(source.modifyQuery(both, { type: 'ADD_FILTER', options: { key: 'route', value: '/health' } }).filter).toEqual({
    methods: ['GET'],
    routes: ['/health'],
    not: { statuses: ['200'] },
  });
  expect(
    source.modifyQuery(query, { type: 'ADD_FILTER', options: { key: 'faults', value: 'latency 120ms, error 503' } })
      .filter
  ).toMatchObject({ faults: ['latency', 'error'] });
  expect(source.modifyQuery(query, { type: 'ADD_STRING_FILTER_OUT', options: { value: 'ping' } }).filter).toMatchObject(
    {
      not: { text: 'ping' },
    }
  );
  expect(source.modifyQuery(query, { type: 'ADD_FILTER', options: { key: 'instance', value: 'a' } })).toEqual(query);
  const traffic: RecordingsQuery = { refId: 'A', queryType: 'traffic' };
  expect(source.modifyQuery(traffic, { type: 'ADD_FILTER_OUT', options: { key: 'mode', value: 'chaos' } })).toEqual(
    traffic
  );
});

it('takes a filter away where it is clicked again', () => {
  const options = { key: 'gateway', value: 'shop' };
  const on = source.toggleQueryFilter(query, { type: 'FILTER_FOR', options });
  expect(on.filter).toEqual({ methods: ['GET'], gateways: ['shop'] });
  expect(source.queryHasFilter(on, options)).toBe(true);
  expect(source.queryHasFilter(query, options)).toBe(false);
  expect(source.toggleQueryFilter(on, { type: 'FILTER_FOR', options }).filter).toEqual(query.filter);
  const out = source.toggleQueryFilter(on, { type: 'FILTER_OUT', options });
  expect(out.filter).toEqual({ methods: ['GET'], not: { gateways: ['shop'] } });
  expect(source.toggleQueryFilter(out, { type: 'FILTER_OUT', options }).filter).toEqual(query.filter);
});
