import { recording } from '../testing/samples';
import { toCurl } from './curl';

it('writes a request that a shell sends as it was', () => {
  const sent = recording({
    method: 'POST',
    scheme: 'https',
    host: 'api.example.com',
    path: '/orders',
    query_params: { q: ['a b', '2'] },
    headers: { 'Content-Type': ['application/json'], Host: ['x'], 'Content-Length': ['9'], 'X-Two': ['1', '2'] },
    body: { encoding: 'utf8', content: `{"it's":1}`, size: 10 },
  });
  expect(toCurl(sent)).toBe(
    [
      `curl -X POST 'https://api.example.com/orders?q=a+b&q=2'`,
      `-H 'Content-Type: application/json'`,
      `-H 'X-Two: 1'`,
      `-H 'X-Two: 2'`,
      `--data-raw '{"it'\\''s":1}'`,
    ].join(' \\\n  ')
  );
});

it('has headers in the order, the case and the bytes in which they were sent', () => {
  const headers = { 'X-B': ['1', '2'], 'X-A': ['José 100%'] };
  expect(toCurl(recording({ host: 'shop', path: '/', headers, header_form: 'x-b X-A:Sm9z6SAxMDAl X-b' }))).toBe(
    [
      `curl -X GET http://shop/`,
      `-H 'x-b: 1'`,
      `-H "$(printf '%s: \\112\\157\\163\\351\\040\\061\\060\\060\\045' X-A)"`,
      `-H 'X-b: 2'`,
    ].join(' \\\n  ')
  );
});

it('pipes a binary body in', () => {
  expect(toCurl(recording({ method: 'PUT', body: { encoding: 'base64', content: '/w==', size: 1 } }))).toContain(
    `echo /w== | base64 -d | curl -X PUT`
  );
});

it.each([
  ['/a%2Fb?b=2&a=1;c', `'http://shop/a%2Fb?b=2&a=1;c'`],
  ['/a/../b', `--path-as-is http://shop/a/../b`],
  ['/a?b[]={c}', `--globoff 'http://shop/a?b[]={c}'`],
  ['*', `http://shop/ --request-target '*'`],
  ['/a#b', `http://shop/ --request-target '/a#b'`],
  ['/é', `http://shop/ --request-target '/é'`],
])('has curl send the target %s as it was', (target, argument) => {
  expect(toCurl(recording({ host: 'shop', path: '/decoded', target }))).toBe(`curl -X GET ${argument}`);
});
