import { parseOverrides } from './replayOptions';

it('reads one header per line', () => {
  expect(parseOverrides('Authorization: Bearer a:b\n\n  X-Drop:\nX-Also \n: no name')).toEqual({
    Authorization: 'Bearer a:b',
    'X-Drop': '',
    'X-Also': '',
  });
});
