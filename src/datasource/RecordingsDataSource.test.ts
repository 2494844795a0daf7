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
    targets: [query, { ...query, refId: 'B', hide: true }, { ...query, refId: 'C', queryType: 'traffic' }],
  } as DataQueryRequest<RecordingsQuery>;
  expect(source.getSupplementaryRequest(SupplementaryQueryType.LogsVolume, request)?.targets).toEqual([
    { ...query, refId: 'log-volume-A', queryType: 'volume' },
  ]);
  expect(source.getSupplementaryRequest(SupplementaryQueryType.LogsSample, request)).toBeUndefined();
});
