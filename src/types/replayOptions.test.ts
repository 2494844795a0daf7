import { ignoredOf, parseOverrides } from './replayOptions';

it('reads one header per line', () => {
  expect(parseOverrides('Authorization: Bearer a:b\n\n  X-Drop:\nX-Also \n: no name')).toEqual({
    Authorization: 'Bearer a:b',
    'X-Drop': '',
    'X-Also': '',
  });
});

it('leaves out the headers that are named beside those that always differ', () => {
  expect(ignoredOf('', ' , ')).toEqual({});
  const ignored = ignoredOf('$.id, items[*].at', 'X-Served-By');
  expect(ignored.ignore_fields).toEqual(['$.id', 'items[*].at']);
  expect(ignored.ignore_headers).toEqual(expect.arrayContaining(['Date', 'X-Served-By']));
});
