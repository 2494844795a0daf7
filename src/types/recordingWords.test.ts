import { recording } from '../testing/samples';
import { ago, bytes, describeFault, outcomeOf, timingOf } from './recordingWords';

it.each([
  [{ response_status: 200 }, '200', 'ok'],
  [{ response_status: 302 }, '302', 'redirect'],
  [{ response_status: 404 }, '404', 'client'],
  [{ response_status: 503 }, '503', 'server'],
  [{ response_status: 0, failure: 'client aborted' }, 'no answer', 'none'],
  [{ response_status: 200, grpc_status: 14 }, 'UNAVAILABLE', 'server'],
  [{ response_status: 200, grpc_status: 0 }, 'OK', 'ok'],
  [{ response_status: 101, websocket_close: 1011 }, 'close 1011', 'server'],
])('tells how %j ended', (values, text, kind) => {
  expect(outcomeOf(recording(values))).toMatchObject({ text, kind });
});

it('splits the time into what was injected, the upstream and the rest', () => {
  const parts = timingOf(recording({ response_time_ms: 130, injected_delay_ms: 100, upstream_time_ms: 25 }));
  expect(parts.map(({ name, ms }) => [name, ms])).toEqual([
    ['injected', 100],
    ['upstream', 25],
    ['rest', 5],
  ]);
});

it('does not speak of the upstream where the gateway answered itself', () => {
  const parts = timingOf(recording({ response_time_ms: 0.04, upstream_time_ms: undefined, first_byte_ms: 0.035 }));
  expect(parts).toEqual([{ name: 'rest', label: 'Answered by the gateway', ms: 0.04 }]);
});

it('never draws more than the whole', () => {
  const parts = timingOf(recording({ response_time_ms: 10, injected_delay_ms: 100, upstream_time_ms: 25 }));
  expect(parts.map(({ name, ms }) => [name, ms])).toEqual([['injected', 10]]);
});

it('says in words what was done', () => {
  expect(describeFault({ kind: 'latency', detail: '120ms' })).toBe('Delayed by 120ms.');
  expect(describeFault({ kind: 'reset' })).toBe('Reset.');
});

it('says how long ago', () => {
  const now = Date.parse('2026-11-23T14:00:00Z');
  const times = ['13:59:59', '13:59:30', '13:55:00', '11:00:00'].map((time) => ago(`2026-11-23T${time}Z`, now));
  expect(times).toEqual(['now', '30 s ago', '5 min ago', '3 h ago']);
  expect(bytes(1500)).toBe('1.5 kB');
});
