import { pattern, retryPattern } from '../testing/patterns';
import { recording } from '../testing/samples';
import { callOf, evidenceOf, evidenceSearch, occurrenceOf } from './patternLinks';

it.each([
  ['GET /users/{id}', { method: 'GET', route: '/users/{id}' }],
  ['WebSocket /ws', { route: '/ws' }],
  ['query ProductList', { protocol: 'graphql' }],
  ['shop.v1.Shop/GetProduct', { route: '/shop.v1.Shop/GetProduct' }],
  ['something else', {}],
])('takes the call %s apart', (name, expected) => {
  expect(callOf(name)).toEqual(expected);
});

it('leads to the recordings that show a pattern, with room around them', () => {
  const search = new URLSearchParams(evidenceSearch(pattern()));
  expect(search.get('consumer')).toBe('account-service');
  expect(search.getAll('gateway')).toEqual(['shop']);
  expect(search.getAll('route')).toEqual(['/auth/login', '/users/{id}']);
  // Its calls have different methods, of which a filter could keep both only by dropping the pairing.
  expect(search.has('method')).toBe(false);
  expect(Number(search.get('from'))).toBeLessThan(Date.parse(pattern().first_seen));
  expect(Number(search.get('to'))).toBeGreaterThan(Date.parse(pattern().last_seen));
});

it('narrows GraphQL by protocol, which has no routes of its own', () => {
  const search = new URLSearchParams(
    evidenceSearch(pattern({ metadata: { kind: 'precedes', routes: ['query A', 'mutation B'] } }))
  );
  expect(search.get('protocol')).toBe('graphql');
  expect(search.has('route')).toBe(false);
});

it('draws one occurrence: a retry chain from its first call to the end of its last', () => {
  const chain = { ...retryPattern(), related_requests: ['a', 'b', 'c', 'd', 'e', 'f'] };
  expect(evidenceOf(chain)).toEqual({ first: 'a', last: 'd' });
  expect(evidenceOf(pattern())).toEqual({ first: 'r1', last: 'r2' });
  expect(evidenceOf(pattern({ related_requests: null }))).toBeUndefined();
  const first = recording({ timestamp: '2026-11-23T14:00:00Z', consumer: 'web' });
  const last = recording({ timestamp: '2026-11-23T14:00:03Z', response_time_ms: 500 });
  expect(occurrenceOf(first, last)).toEqual({
    consumer: 'web',
    from: '2026-11-23T13:59:59.980Z',
    to: '2026-11-23T14:00:03.520Z',
  });
});
