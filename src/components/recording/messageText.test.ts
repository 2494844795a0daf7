import type { Message } from '../../types/recording';
import { isDump, messageText } from './messageText';

const message = (kind: string, content: string, encoding: 'utf8' | 'base64' = 'base64'): Message => ({
  direction: 'out',
  offset_ms: 1,
  kind,
  body: { encoding, content, size: content.length },
});

it('says with which code and why a connection was closed', () => {
  expect(messageText(message('close', btoa('\x03\xe8bye')))).toBe('1000 bye');
  expect(messageText(message('close', btoa('\x03\xf3')))).toBe('1011');
  expect(messageText(message('close', btoa('\x03\xe8\xc3\xa4')))).toBe('1000 ä');
  expect(messageText(message('close', btoa('\x03\xe8\xff')))).toBe('1000');
});

it('dumps what is UTF-8 by chance', () => {
  expect(messageText(message('grpc', '\x00\x00\x00\x00\x05\n\x03p-3', 'utf8'))).toBe(
    '000000  00 00 00 00 05 0a 03 70 2d 33                    .......p-3'
  );
  expect(isDump(message('grpc', '\x00', 'utf8'))).toBe(true);
  expect(isDump(message('close', btoa('\x03\xe8bye')))).toBe(false);
  expect(messageText(message('event', 'data: a\r\n\tb', 'utf8'))).toBe('data: a\r\n\tb');
});

it('shows text as it is, and other bytes as a dump', () => {
  expect(messageText(message('text', '{"tick":1}', 'utf8'))).toBe('{"tick":1}');
  expect(messageText(message('binary', btoa('\x01a')))).toMatch(/01 61 .*\.a/);
  expect(messageText(message('close', btoa('\x03')))).toMatch(/03/);
});
