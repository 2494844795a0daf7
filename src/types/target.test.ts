import { recording } from '../testing/samples';
import { pathAndQuery, targetBesidesPath } from './target';

it.each([
  ['/?b=2&a=1&flag', '/?b=2&a=1&flag'],
  ['/a%252Fb//..?a=1;b=2&100%', '/a%252Fb//..?a=1;b=2&100%'],
  ['/?x=é', '/?x=é'],
  ['*', '*'],
  ['base64:Lz94Pf8=', '/?x=%FF'],
])('shows %s as it was sent', (target, shown) => {
  expect(pathAndQuery(recording({ target, path: '/other', query_params: { a: ['1'] } }))).toBe(shown);
  expect(targetBesidesPath(recording({ target, path: '/other' }))).toBe(shown);
});

it('has of earlier recordings what was parsed', () => {
  expect(pathAndQuery(recording({ path: '/a', query_params: { q: ['a b'] } }))).toBe('/a?q=a+b');
  expect(targetBesidesPath(recording({ path: '/a', query_params: { q: ['a b'] } }))).toBeUndefined();
  expect(targetBesidesPath(recording({ path: '/a', target: '/a' }))).toBeUndefined();
});
