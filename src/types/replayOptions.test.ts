import { noChoices, optionsOf, parseOverrides } from './replayOptions';

it('reads one header per line', () => {
  expect(parseOverrides('Authorization: Bearer a:b\n\n  X-Drop:\nX-Also \n: no name')).toEqual({
    Authorization: 'Bearer a:b',
    'X-Drop': '',
    'X-Also': '',
  });
});

it('leaves out the headers that are named beside those that always differ', () => {
  expect(optionsOf({ ...noChoices, ignoredHeaders: ' , ' })).toEqual({});
  const ignored = optionsOf({ ...noChoices, ignoredFields: '$.id, items[*].at', ignoredHeaders: 'X-Served-By' });
  expect(ignored.ignore_fields).toEqual(['$.id', 'items[*].at']);
  expect(ignored.ignore_headers).toEqual(expect.arrayContaining(['Date', 'X-Served-By']));
});

it('names the target and the headers to send, where there are any', () => {
  expect(optionsOf(noChoices)).toEqual({});
  expect(optionsOf({ ...noChoices, target: 'staging', overrides: 'X-Env: test' })).toEqual({
    target: 'staging',
    header_overrides: { 'X-Env': 'test' },
  });
});
