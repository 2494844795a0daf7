import type { Fault } from './fault';

/** A fault that people often want, to begin with. */
export interface FaultPick {
  label: string;
  description: string;
  fault: Fault;
}

/** What is offered before the kinds are. */
export const FAULT_PICKS: readonly FaultPick[] = [
  {
    label: 'Slow network',
    description: 'Half of the answers wait 200 ms or more, some a second',
    fault: { kind: 'latency', distribution: 'lognormal', delay_ms: 200, sigma: 0.8, max_ms: 5000 },
  },
  {
    label: 'Flaky at first',
    description: 'The first 2 tries of each trace get 503: do clients try again?',
    fault: { kind: 'error', status_codes: [503], when: { first: 2, per: 'trace' } },
  },
  {
    label: 'Rate limited',
    description: '10 requests per second of each consumer, 429 for the others',
    fault: { kind: 'rate_limit', limit: 10, window_ms: 1000 },
  },
  {
    label: 'Blackout',
    description: 'Nothing but 503 for 10 s of every minute',
    fault: { kind: 'error', status_codes: [503], when: { window_on_ms: 10_000, window_of_ms: 60_000 } },
  },
  {
    label: 'Broken JSON',
    description: '10 % of the answers cannot be parsed',
    fault: { kind: 'malform', share: 0.1 },
  },
  {
    label: 'Connection resets',
    description: '5 % of the connections break off without an answer',
    fault: { kind: 'reset', share: 0.05 },
  },
];
