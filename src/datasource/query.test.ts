import { conditions, withCondition, withType, type QueryType } from './query';

it('drops what the next type cannot have', () => {
  const query = withType(
    { refId: 'A', queryType: 'logs', limit: 5, filter: { gateways: ['shop'], text: 'x', statuses: ['5xx'] } },
    'traffic'
  );
  expect(query).toEqual({ refId: 'A', queryType: 'traffic', limit: 5, filter: { gateways: ['shop'] } });
});

it('looks around with recordings and logs alone', () => {
  const query = { refId: 'A', queryType: 'logs' as const, around: '10m', filter: {} };
  expect(withType(query, 'recordings')).toEqual({ ...query, queryType: 'recordings' });
  for (const type of ['traffic', 'patterns', 'events', 'values', 'volume'] as const) {
    expect(withType(query, type)).toEqual({ refId: 'A', queryType: type, filter: {} });
  }
});

it('keeps a filter free of conditions that say nothing', () => {
  expect(withCondition({ path: '/a' }, 'gateways', ['shop'])).toEqual({ path: '/a', gateways: ['shop'] });
  expect(withCondition({ path: '/a', gateways: ['shop'] }, 'gateways', [])).toEqual({ path: '/a' });
  expect(withCondition({ path: '/a' }, 'path', '')).toEqual({});
  expect(withCondition(undefined, 'injected', false)).toEqual({ injected: false });
  expect(withCondition({ injected: false }, 'injected', undefined)).toEqual({});
});

it('lets every type be asked for by gateway or mode', () => {
  for (const type of Object.keys(conditions) as QueryType[]) {
    expect(conditions[type].some((name) => name === 'gateways' || name === 'modes')).toBe(true);
  }
});
