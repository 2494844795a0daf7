import type { FailedBy, FailureKind } from './recording';

const failedByWords: Record<FailedBy, string> = {
  client: 'Client',
  upstream: 'Upstream',
  plugin: 'Plugin',
  mock: 'Mock',
  limit: 'Limit',
  fault: 'Fault',
  gateway: 'Gateway',
};

const failureKindWords: Record<FailureKind, string> = {
  refused: 'Refused',
  unreachable: 'Unreachable',
  dns: 'Host name not found',
  tls: 'TLS handshake failed',
  timeout: 'Timed out',
  reset: 'Reset',
  closed: 'Closed early',
  malformed: 'Malformed',
  too_large: 'Too large',
  aborted: 'Given up',
  unsupported: 'Not supported',
  exhausted: 'Out of resources',
  internal: 'Failed by itself',
  other: 'Other',
};

/** Whose doing a failure can be, to choose from. */
export const failedByOptions = Object.entries(failedByWords).map(([value, label]) => ({ value, label }));

/** How an exchange can fail, to choose from. */
export const failureKindOptions = Object.entries(failureKindWords).map(([value, label]) => ({ value, label }));
