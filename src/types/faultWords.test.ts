import type { Fault } from './fault';
import { faultSentence, faultsSentence } from './faultWords';

it.each<[string, Fault]>([
  ['Resets 5 % of connections after 1 kB', { kind: 'reset', share: 0.05, after_bytes: 1000 }],
  [
    'Delays answers by 200 ms ± 50 ms (normal)',
    { kind: 'latency', at: 'response', distribution: 'normal', delay_ms: 200, deviation_ms: 50 },
  ],
  ['Delays requests by 100 ms to 300 ms', { kind: 'latency', min_ms: 100, max_ms: 300 }],
  [
    'Delays 20 % of messages by 1 s or more (Pareto, α 1.2, at most 5 s)',
    {
      kind: 'latency',
      at: 'message',
      share: 0.2,
      distribution: 'pareto',
      delay_ms: 1000,
      alpha: 1.2,
      max_ms: 5000,
    },
  ],
  [
    'Answers 503, for the first 2 tries of each trace',
    { kind: 'error', status_codes: [503], when: { first: 2, per: 'trace' } },
  ],
  ['Answers 500, 502 or 503, for the first request', { kind: 'error', when: { first: 1 } }],
  ['Answers 10 % of requests with UNAVAILABLE', { kind: 'error', share: 0.1, grpc_code: 'UNAVAILABLE' }],
  [
    'Answers 10 % of requests with 503 (UNAVAILABLE), retry after 5 s',
    { kind: 'error', share: 0.1, status_codes: [503], grpc_code: 'UNAVAILABLE', retry_after_s: 5 },
  ],
  ['Ends streams with 503 after 3 messages', { kind: 'error', status_codes: [503], after_messages: 3 }],
  [
    'Answers 503, for 10 s of every minute',
    { kind: 'error', status_codes: [503], when: { window_on_ms: 10000, window_of_ms: 60000 } },
  ],
  [
    'Holds requests for 30 s, every 3rd request of each consumer',
    { kind: 'timeout', when: { every: 3, per: 'consumer' } },
  ],
  ['Closes connections without an answer', { kind: 'close' }],
  ['Closes connections after 1 message, with code 1013', { kind: 'close', after_messages: 1, close_code: 1013 }],
  ['Cuts bodies off at 50 %', { kind: 'truncate' }],
  [
    'Limits bodies to 10 kB/s, growing over 5 min',
    { kind: 'throttle', bytes_per_second: 10_000, when: { ramp_ms: 300_000 } },
  ],
  [
    'Drips bodies over 10 s, 5 in a row of every 20 requests',
    { kind: 'drip', when: { burst_length: 5, burst_of: 20 } },
  ],
  ['Limits each consumer to 10 requests per second', { kind: 'rate_limit', limit: 10, window_ms: 1000 }],
  [
    'Sets x-a and removes etag of requests',
    { kind: 'headers', at: 'request', set_headers: { 'x-a': '1' }, remove_headers: ['etag'] },
  ],
  [
    'Changes answers: remove /id, null user.email',
    { kind: 'patch', patch: [{ op: 'remove', path: '/id' }], null_paths: ['user.email'] },
  ],
  ['Replaces answers by 418 with a body of its own', { kind: 'replace', status: 418, body: 'tea' }],
  ['Drops 10 % of messages from clients', { kind: 'drop', at: 'request', share: 0.1 }],
  ['Changes 3 bytes of messages', { kind: 'corrupt', at: 'message', bytes_changed: 3 }],
])('says "%s"', (sentence, fault) => expect(faultSentence(fault)).toBe(sentence));

it('names some of many faults, and counts the others', () => {
  const faults: Fault[] = [{ kind: 'reset' }, { kind: 'timeout' }, { kind: 'malform' }];
  expect(faultsSentence(faults.slice(0, 2))).toBe('resets connections; holds requests for 30 s');
  expect(faultsSentence(faults)).toBe('resets connections; 2 more faults');
});
