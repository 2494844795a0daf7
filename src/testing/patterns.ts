import type { Diagram } from '../types/diagram';
import type { Pattern } from '../types/pattern';

/** A sequence as the analysis of the demo's traffic finds it. */
export function pattern(values: Partial<Pattern> = {}): Pattern {
  return {
    id: 'p1',
    pattern_type: 'sequence',
    description: 'account-service always calls POST /auth/login before GET /users/{id} (55 of 55 times)',
    first_seen: '2026-11-23T14:00:00Z',
    last_seen: '2026-11-23T14:10:00Z',
    occurrence_count: 55,
    confidence: 1,
    related_requests: ['r1', 'r2'],
    metadata: {
      kind: 'precedes',
      consumer: 'account-service',
      gateways: ['shop'],
      routes: ['POST /auth/login', 'GET /users/{id}'],
      support: 55,
      lag_seconds: 0.022,
      lift: 2,
    },
    ...values,
  };
}

/** A consumer that retries in vain. */
export function retryPattern(): Pattern {
  return pattern({
    id: 'p2',
    pattern_type: 'error_pattern',
    description: 'retry-happy fails after 3 retries of POST /payments (15 times, no failure injected)',
    occurrence_count: 15,
    confidence: 0.938,
    metadata: {
      kind: 'retry_exhausted',
      consumer: 'retry-happy',
      gateways: ['shop'],
      routes: ['POST /payments'],
      retries: 3,
      statuses: { '502': 30, '500': 20 },
      cause: 'organic',
    },
  });
}

/** Two calls, the second of them with a fault and without an answer. */
export function diagram(): Diagram {
  const at = '2026-11-23T14:00:00Z';
  return {
    participants: [
      { name: 'web', kind: 'consumer' },
      { name: 'shop', kind: 'gateway' },
      { name: 'upstream of shop', kind: 'upstream' },
    ],
    steps: [
      { kind: 'request', from: 0, to: 1, at, text: 'GET /a', recording_id: 'r1' },
      { kind: 'request', from: 1, to: 2, at, text: 'GET /a', recording_id: 'r1' },
      { kind: 'response', from: 2, to: 1, at, text: '200, 5 ms', recording_id: 'r1' },
      { kind: 'response', from: 1, to: 0, at, text: '200, 6 ms', recording_id: 'r1' },
      { kind: 'request', from: 0, to: 1, at, text: 'GET /b', recording_id: 'r2', failed: true, injected: true },
      { kind: 'note', from: 1, to: 1, at, text: 'injected: timeout', recording_id: 'r2', failed: true, injected: true },
      { kind: 'lost', from: 1, to: 0, at, text: 'no answer after 2 s', recording_id: 'r2', failed: true, injected: true },
    ],
    exchanges: 2,
  };
}
