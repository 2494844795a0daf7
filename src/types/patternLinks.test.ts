import { pattern } from '../testing/patterns';
import { callOf, diagramSpan, evidenceSearch } from './patternLinks';

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

it('draws a diagram of one consumer only, of the last occurrence', () => {
  const span = diagramSpan(pattern());
  expect(span?.consumer).toBe('account-service');
  expect(Date.parse(span?.from ?? '')).toBe(Date.parse(pattern().last_seen) - 20_000);
  expect(diagramSpan(pattern({ metadata: { kind: 'error_burst', consumer: '' } }))).toBeUndefined();
});
