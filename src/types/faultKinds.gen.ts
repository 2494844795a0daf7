// Generated from the kinds of faults: go test ./pkg/scenario -run Generated -generate

import type { Distribution, PatchOperation, Place, Scope, When } from './fault';
import type { FaultKindLook } from './faultParameters';

/** The most that a latency or a timeout may be, in milliseconds. */
export const MAX_DELAY_MS = 3_600_000;

/** The most that what repeats or grows over time may take, in milliseconds. */
export const MAX_WINDOW_MS = 86_400_000;

/** How many faults a behavior may have. */
export const MAX_FAULTS = 20;

/** One kind of harm. Recordings, metrics and the X-MockForge-Fault header use the same names. */
export type FaultKind =
  | 'latency'
  | 'throttle'
  | 'drip'
  | 'error'
  | 'timeout'
  | 'reset'
  | 'close'
  | 'refuse'
  | 'truncate'
  | 'malform'
  | 'corrupt'
  | 'patch'
  | 'replace'
  | 'headers'
  | 'drop'
  | 'duplicate'
  | 'rate_limit';

/** A kind with its parameters. Absent parameters have the defaults of pkg/scenario. */
export interface Fault {
  kind: FaultKind;
  share?: number;
  when?: When;
  at?: Place;
  distribution?: Distribution;
  delay_ms?: number;
  min_ms?: number;
  max_ms?: number;
  deviation_ms?: number;
  sigma?: number;
  alpha?: number;
  status_codes?: number[];
  status?: number;
  grpc_code?: string;
  message?: string;
  body?: string;
  content_type?: string;
  retry_after_s?: number;
  set_headers?: Record<string, string>;
  remove_headers?: string[];
  timeout_ms?: number;
  duration_ms?: number;
  window_ms?: number;
  limit?: number;
  per?: Scope;
  after_bytes?: number;
  keep?: number;
  after_messages?: number;
  close_code?: number;
  bytes_per_second?: number;
  bytes_changed?: number;
  part?: string;
  patch?: PatchOperation[];
  null_paths?: string[];
  extensions?: Record<string, unknown>;
}

/** Kinds that belong together, in the order in which they are offered. */
export const FAULT_GROUPS = {
  latency: 'Latency and bandwidth',
  failure: 'Failures',
  connection: 'Connection',
  body: 'Body',
  headers: 'Headers',
  streams: 'Streams',
  limits: 'Limits',
} as const;

export type FaultGroup = keyof typeof FAULT_GROUPS;

/** Every kind, in the order in which they are offered. */
export const faultKinds: Record<FaultKind, FaultKindLook> = {
  latency: {
    label: 'Latency',
    description: 'Waits, for as long as is drawn from a distribution.',
    group: 'latency',
    level: 'exchange',
    effect: 'slowed',
    parameters: [
      {
        name: 'at',
        label: 'Works at',
        control: 'choice',
        fallback: 'request',
        choices: [
          { value: 'request', label: 'Request', description: 'Before the request is forwarded' },
          { value: 'response', label: 'Answer', description: 'Before the first byte of the answer' },
          { value: 'body', label: 'Body', description: 'Between the parts of the body' },
          { value: 'message', label: 'Messages', description: 'Before each message of a stream' },
        ],
      },
      {
        name: 'distribution',
        label: 'Drawn',
        control: 'choice',
        fallback: 'fixed',
        choices: [
          { value: 'fixed', label: 'Fixed', description: 'Always the same' },
          { value: 'uniform', label: 'Uniform', description: 'Anything between two bounds alike' },
          { value: 'normal', label: 'Normal', description: 'Around a mean' },
          {
            value: 'lognormal',
            label: 'Log-normal',
            description: 'Around a median, with a tail, as real networks have',
          },
          { value: 'pareto', label: 'Pareto', description: 'From a least value on, with a long tail' },
        ],
      },
      {
        name: 'delay_ms',
        label: 'Latency',
        control: 'number',
        unit: 'ms',
        min: 0,
        max: 3_600_000,
        required: true,
        initial: 200,
        distributions: ['fixed'],
      },
      {
        name: 'min_ms',
        label: 'From',
        control: 'number',
        unit: 'ms',
        min: 0,
        max: 3_600_000,
        required: true,
        initial: 100,
        distributions: ['uniform'],
      },
      {
        name: 'max_ms',
        label: 'To',
        control: 'number',
        unit: 'ms',
        min: 0,
        max: 3_600_000,
        required: true,
        initial: 300,
        distributions: ['uniform'],
      },
      {
        name: 'delay_ms',
        label: 'Mean',
        control: 'number',
        unit: 'ms',
        min: 0,
        max: 3_600_000,
        required: true,
        initial: 200,
        distributions: ['normal'],
      },
      {
        name: 'deviation_ms',
        label: 'Standard deviation',
        control: 'number',
        unit: 'ms',
        min: 0,
        max: 3_600_000,
        required: true,
        initial: 50,
        distributions: ['normal'],
      },
      {
        name: 'min_ms',
        label: 'At least',
        control: 'number',
        unit: 'ms',
        min: 0,
        max: 3_600_000,
        fallback: 0,
        distributions: ['normal'],
      },
      {
        name: 'delay_ms',
        label: 'Median',
        control: 'number',
        unit: 'ms',
        min: 1,
        max: 3_600_000,
        required: true,
        initial: 200,
        distributions: ['lognormal'],
      },
      {
        name: 'sigma',
        label: 'Tail σ (more is longer)',
        control: 'number',
        min: 0,
        max: 10,
        fallback: 0.5,
        distributions: ['lognormal'],
      },
      {
        name: 'delay_ms',
        label: 'Least',
        control: 'number',
        unit: 'ms',
        min: 1,
        max: 3_600_000,
        required: true,
        initial: 100,
        distributions: ['pareto'],
      },
      {
        name: 'alpha',
        label: 'Tail α (less is longer)',
        control: 'number',
        min: 0.1,
        max: 100,
        fallback: 1.5,
        distributions: ['pareto'],
      },
      {
        name: 'max_ms',
        label: 'At most',
        control: 'number',
        unit: 'ms',
        min: 0,
        max: 3_600_000,
        fallback: 'no limit',
        distributions: ['normal', 'lognormal', 'pareto'],
      },
    ],
  },
  throttle: {
    label: 'Throttle',
    description: 'Limits the bandwidth of the body.',
    group: 'latency',
    level: 'exchange',
    effect: 'slowed',
    parameters: [
      {
        name: 'bytes_per_second',
        label: 'Bandwidth',
        control: 'number',
        unit: 'B/s',
        min: 1,
        max: 1_099_511_627_776,
        whole: true,
        required: true,
        initial: 10_240,
      },
      {
        name: 'at',
        label: 'Works at',
        control: 'choice',
        fallback: 'response',
        choices: [
          { value: 'response', label: 'Answer', description: 'The body of the answer' },
          { value: 'request', label: 'Request', description: 'The body of the request' },
        ],
      },
    ],
  },
  drip: {
    label: 'Slow drip',
    description: 'Sends the body of the answer in small parts, evenly over a time.',
    group: 'latency',
    level: 'exchange',
    effect: 'slowed',
    parameters: [
      {
        name: 'duration_ms',
        label: 'Over',
        control: 'number',
        unit: 's',
        scale: 1000,
        min: 1,
        max: 3_600_000,
        whole: true,
        fallback: 10_000,
      },
    ],
  },
  error: {
    label: 'Error answer',
    description: 'Answers with an error in the terms of the protocol, and forwards nothing.',
    group: 'failure',
    level: 'exchange',
    effect: 'error',
    initial: { status_codes: [503] },
    parameters: [
      {
        name: 'status_codes',
        label: 'Status codes',
        control: 'codes',
        fallback: '500, 502, 503, or by the gRPC status',
      },
      {
        name: 'retry_after_s',
        label: 'Retry after',
        help: 'Retry-After, and RetryInfo of gRPC',
        control: 'number',
        unit: 's',
        min: 0,
        max: 86_400,
        whole: true,
        fallback: 'not said',
      },
      {
        name: 'message',
        label: 'Message',
        help: 'The text that goes with the error',
        control: 'text',
        more: true,
      },
      {
        name: 'grpc_code',
        label: 'gRPC status',
        control: 'choice',
        fallback: 'by the HTTP status',
        choices: [
          { value: 'CANCELLED', label: 'CANCELLED' },
          { value: 'UNKNOWN', label: 'UNKNOWN' },
          { value: 'INVALID_ARGUMENT', label: 'INVALID_ARGUMENT' },
          { value: 'DEADLINE_EXCEEDED', label: 'DEADLINE_EXCEEDED' },
          { value: 'NOT_FOUND', label: 'NOT_FOUND' },
          { value: 'ALREADY_EXISTS', label: 'ALREADY_EXISTS' },
          { value: 'PERMISSION_DENIED', label: 'PERMISSION_DENIED' },
          { value: 'RESOURCE_EXHAUSTED', label: 'RESOURCE_EXHAUSTED' },
          { value: 'FAILED_PRECONDITION', label: 'FAILED_PRECONDITION' },
          { value: 'ABORTED', label: 'ABORTED' },
          { value: 'OUT_OF_RANGE', label: 'OUT_OF_RANGE' },
          { value: 'UNIMPLEMENTED', label: 'UNIMPLEMENTED' },
          { value: 'INTERNAL', label: 'INTERNAL' },
          { value: 'UNAVAILABLE', label: 'UNAVAILABLE' },
          { value: 'DATA_LOSS', label: 'DATA_LOSS' },
          { value: 'UNAUTHENTICATED', label: 'UNAUTHENTICATED' },
        ],
        more: true,
      },
      {
        name: 'after_messages',
        label: 'After messages',
        help: 'Streams only: once so many messages were sent to the client',
        control: 'number',
        min: 0,
        max: 1_000_000_000,
        whole: true,
        fallback: 'at once',
        more: true,
      },
      {
        name: 'body',
        label: 'Body',
        control: 'multiline',
        fallback: 'A problem document',
        more: true,
        without: 'after_messages',
      },
      {
        name: 'content_type',
        label: 'Content type',
        control: 'text',
        fallback: 'application/json, text/plain …',
        more: true,
        with: 'body',
      },
      {
        name: 'set_headers',
        label: 'Set headers',
        control: 'headers',
        more: true,
        without: 'after_messages',
      },
      {
        name: 'extensions',
        label: 'Extensions',
        help: 'A JSON object for the errors of GraphQL answers',
        control: 'json',
        fallback: '{"code": "INTERNAL"}',
        more: true,
      },
    ],
  },
  timeout: {
    label: 'Timeout',
    description: 'Forwards nothing, holds the request, and then answers 504.',
    group: 'failure',
    level: 'exchange',
    effect: 'timeout',
    parameters: [
      {
        name: 'timeout_ms',
        label: 'Hold for',
        control: 'number',
        unit: 's',
        scale: 1000,
        min: 1,
        max: 3_600_000,
        whole: true,
        fallback: 30_000,
      },
    ],
  },
  reset: {
    label: 'Connection reset',
    description: 'Breaks the connection off, before the answer or within it.',
    group: 'connection',
    level: 'exchange',
    effect: 'broken',
    parameters: [
      {
        name: 'after_bytes',
        label: 'After bytes',
        help: 'Once so many bytes of the body were sent',
        control: 'number',
        unit: 'B',
        min: 0,
        max: 1_099_511_627_776,
        whole: true,
        fallback: 'before the answer',
        unless: 'after_messages',
      },
      {
        name: 'after_messages',
        label: 'After messages',
        help: 'Streams only: once so many messages were sent to the client',
        control: 'number',
        min: 0,
        max: 1_000_000_000,
        whole: true,
        fallback: 'at once',
        unless: 'after_bytes',
      },
    ],
  },
  close: {
    label: 'Connection closed',
    description: 'Closes the connection in good order, without an answer or within it.',
    group: 'connection',
    level: 'exchange',
    effect: 'broken',
    parameters: [
      {
        name: 'after_bytes',
        label: 'After bytes',
        help: 'Once so many bytes of the body were sent',
        control: 'number',
        unit: 'B',
        min: 0,
        max: 1_099_511_627_776,
        whole: true,
        fallback: 'before the answer',
        unless: 'after_messages',
      },
      {
        name: 'after_messages',
        label: 'After messages',
        help: 'Streams only: once so many messages were sent to the client',
        control: 'number',
        min: 0,
        max: 1_000_000_000,
        whole: true,
        fallback: 'at once',
        unless: 'after_bytes',
      },
      {
        name: 'close_code',
        label: 'Close code',
        help: 'With which a WebSocket is closed',
        control: 'number',
        min: 1000,
        max: 4999,
        whole: true,
        fallback: 1011,
      },
    ],
  },
  refuse: {
    label: 'Connection refused',
    description: 'Resets new connections before a request is read, as if nothing listened. Per gateway only.',
    group: 'connection',
    level: 'connection',
    effect: 'broken',
    parameters: [],
  },
  truncate: {
    label: 'Truncated body',
    description: 'Ends the body early: the client gets less than was announced.',
    group: 'body',
    level: 'exchange',
    effect: 'broken',
    parameters: [
      {
        name: 'keep',
        label: 'Keep',
        help: 'Of what Content-Length says',
        control: 'share',
        fallback: 0.5,
        unless: 'after_bytes',
      },
      {
        name: 'after_bytes',
        label: 'After bytes',
        help: 'Once so many bytes of the body were sent',
        control: 'number',
        unit: 'B',
        min: 0,
        max: 1_099_511_627_776,
        whole: true,
        fallback: 'a share',
      },
    ],
  },
  malform: {
    label: 'Malformed body',
    description: 'Sends a body that cannot be read: JSON that is not well-formed, or a broken chunk.',
    group: 'body',
    level: 'exchange',
    effect: 'broken',
    parameters: [
      {
        name: 'part',
        label: 'Breaks',
        control: 'choice',
        fallback: 'body',
        choices: [
          { value: 'body', label: 'Body', description: 'JSON, XML and text that is not well-formed' },
          { value: 'chunk', label: 'Chunk', description: 'A chunk that is broken; HTTP/1 only, else a reset' },
        ],
      },
    ],
  },
  corrupt: {
    label: 'Corrupted bytes',
    description: 'Changes some bytes at places that are drawn.',
    group: 'body',
    level: 'exchange',
    effect: 'changed',
    parameters: [
      {
        name: 'bytes_changed',
        label: 'Bytes changed',
        control: 'number',
        unit: 'B',
        min: 1,
        max: 65_536,
        whole: true,
        fallback: 1,
      },
      {
        name: 'at',
        label: 'Works at',
        control: 'choice',
        fallback: 'response',
        choices: [
          { value: 'response', label: 'Answer', description: 'The body of the answer' },
          { value: 'request', label: 'Request', description: 'The body of the request' },
          { value: 'message', label: 'Messages', description: 'Messages of a stream' },
        ],
      },
    ],
  },
  patch: {
    label: 'Changed JSON',
    description: 'Changes JSON answers by a JSON Patch, and GraphQL answers by nulls with errors.',
    group: 'body',
    level: 'exchange',
    effect: 'changed',
    initial: { patch: [{ op: 'remove', path: '/id' }] },
    parameters: [
      {
        name: 'patch',
        label: 'JSON Patch',
        help: 'Operations of RFC 6902: add, remove, replace, move, copy, test',
        control: 'json',
        fallback: '[{"op": "remove", "path": "/id"}]',
      },
      {
        name: 'null_paths',
        label: 'GraphQL fields that become null',
        help: 'Such as user.email, orders[*].total or $..email',
        control: 'names',
      },
      {
        name: 'extensions',
        label: 'Extensions',
        help: 'A JSON object for the errors of GraphQL answers',
        control: 'json',
        fallback: '{"code": "INTERNAL"}',
        with: 'null_paths',
      },
    ],
  },
  replace: {
    label: 'Replaced answer',
    description: 'Forwards the request, and answers something else.',
    group: 'body',
    level: 'exchange',
    effect: 'changed',
    initial: { status: 200 },
    parameters: [
      {
        name: 'status',
        label: 'Status',
        control: 'number',
        min: 200,
        max: 599,
        whole: true,
        fallback: 200,
      },
      {
        name: 'body',
        label: 'Body',
        control: 'multiline',
        fallback: 'Empty',
      },
      {
        name: 'content_type',
        label: 'Content type',
        control: 'text',
        fallback: 'application/json, text/plain …',
        with: 'body',
      },
      {
        name: 'set_headers',
        label: 'Set headers',
        control: 'headers',
      },
    ],
  },
  headers: {
    label: 'Changed headers',
    description: 'Sets and removes headers of the answer or of the request.',
    group: 'headers',
    level: 'exchange',
    effect: 'changed',
    initial: { remove_headers: ['Content-Type'] },
    parameters: [
      {
        name: 'set_headers',
        label: 'Set headers',
        control: 'headers',
      },
      {
        name: 'remove_headers',
        label: 'Remove headers',
        control: 'names',
      },
      {
        name: 'at',
        label: 'Works at',
        control: 'choice',
        fallback: 'response',
        choices: [
          { value: 'response', label: 'Answer', description: 'Headers of the answer' },
          { value: 'request', label: 'Request', description: 'Headers of the request' },
        ],
      },
    ],
  },
  drop: {
    label: 'Dropped messages',
    description: 'Leaves messages of a stream out.',
    group: 'streams',
    level: 'message',
    effect: 'changed',
    initial: { share: 0.1 },
    parameters: [
      {
        name: 'at',
        label: 'Works at',
        control: 'choice',
        fallback: 'response',
        choices: [
          { value: 'response', label: 'Answer', description: 'Messages to the client' },
          { value: 'request', label: 'Request', description: 'Messages from the client' },
        ],
      },
    ],
  },
  duplicate: {
    label: 'Duplicated messages',
    description: 'Sends messages of a stream twice.',
    group: 'streams',
    level: 'message',
    effect: 'changed',
    initial: { share: 0.1 },
    parameters: [
      {
        name: 'at',
        label: 'Works at',
        control: 'choice',
        fallback: 'response',
        choices: [
          { value: 'response', label: 'Answer', description: 'Messages to the client' },
          { value: 'request', label: 'Request', description: 'Messages from the client' },
        ],
      },
    ],
  },
  rate_limit: {
    label: 'Rate limit',
    description: 'Lets so many requests pass in each window, and answers the others with 429.',
    group: 'limits',
    level: 'exchange',
    parameters: [
      {
        name: 'limit',
        label: 'Limit',
        control: 'number',
        unit: 'requests',
        min: 0,
        max: 1_000_000_000,
        whole: true,
        required: true,
        initial: 10,
      },
      {
        name: 'window_ms',
        label: 'In each',
        control: 'number',
        unit: 's',
        scale: 1000,
        min: 1,
        max: 86_400_000,
        whole: true,
        fallback: 60_000,
      },
      {
        name: 'per',
        label: 'Of',
        control: 'choice',
        fallback: 'consumer',
        choices: [
          { value: 'consumer', label: 'Each consumer' },
          { value: 'route', label: 'Each route' },
          { value: 'all', label: 'All together' },
        ],
      },
    ],
  },
};
