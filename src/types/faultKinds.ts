import { MAX_DELAY_MS, MAX_WINDOW_MS, type Fault, type FaultKind } from './fault';
import {
  GRPC_CODES,
  afterBytes,
  afterMessages,
  contentType,
  extensions,
  latencyParameters,
  place,
  seconds,
  setHeaders,
  type FaultParameter,
} from './faultParameters';

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

/** What there is to know about a kind to show and edit it. */
export interface FaultKindLook {
  label: string;
  description: string;
  group: FaultGroup;
  parameters: readonly FaultParameter[];
  /** The parameters with which a new one begins, besides the required ones. */
  initial?: Partial<Fault>;
}

/** Every kind, in the order in which they are offered. */
export const faultKinds: Record<FaultKind, FaultKindLook> = {
  latency: {
    label: 'Latency',
    description: 'Waits, for as long as is drawn from a distribution.',
    group: 'latency',
    parameters: [
      place([
        ['request', 'Before the request is forwarded'],
        ['response', 'Before the first byte of the answer'],
        ['body', 'Between the parts of the body'],
        ['message', 'Before each message of a stream'],
      ]),
      ...latencyParameters,
    ],
  },
  throttle: {
    label: 'Throttle',
    description: 'Limits the bandwidth of the body.',
    group: 'latency',
    parameters: [
      {
        name: 'bytes_per_second',
        label: 'Bandwidth',
        control: 'number',
        unit: 'B/s',
        whole: true,
        min: 1,
        required: true,
        initial: 10_240,
      },
      place([
        ['response', 'The body of the answer'],
        ['request', 'The body of the request'],
      ]),
    ],
  },
  drip: {
    label: 'Slow drip',
    description: 'Sends the body of the answer in small parts, evenly over a time.',
    group: 'latency',
    parameters: [
      {
        name: 'duration_ms',
        label: 'Over',
        ...seconds,
        max: MAX_DELAY_MS,
        fallback: 10_000,
      },
    ],
  },
  error: {
    label: 'Error answer',
    description: 'Answers with an error in the terms of the protocol, and forwards nothing.',
    group: 'failure',
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
        whole: true,
        min: 0,
        max: 86_400,
        fallback: 'not said',
      },
      { name: 'message', label: 'Message', help: 'The text that goes with the error', control: 'text', more: true },
      {
        name: 'grpc_code',
        label: 'gRPC status',
        control: 'choice',
        more: true,
        fallback: 'by the HTTP status',
        choices: GRPC_CODES.map((code) => ({ value: code, label: code })),
      },
      { ...afterMessages, more: true },
      {
        name: 'body',
        label: 'Body',
        more: true,
        control: 'multiline',
        fallback: 'A problem document',
        where: (fault) => fault.after_messages === undefined,
      },
      { ...contentType, more: true, where: (fault) => fault.body !== undefined },
      { ...setHeaders, more: true, where: (fault) => fault.after_messages === undefined },
      { ...extensions, more: true },
    ],
  },
  timeout: {
    label: 'Timeout',
    description: 'Forwards nothing, holds the request, and then answers 504.',
    group: 'failure',
    parameters: [
      {
        name: 'timeout_ms',
        label: 'Hold for',
        ...seconds,
        max: MAX_DELAY_MS,
        fallback: 30_000,
      },
    ],
  },
  reset: {
    label: 'Connection reset',
    description: 'Breaks the connection off, before the answer or within it.',
    group: 'connection',
    parameters: [
      { ...afterBytes, unless: 'after_messages' },
      { ...afterMessages, unless: 'after_bytes' },
    ],
  },
  close: {
    label: 'Connection closed',
    description: 'Closes the connection in good order, without an answer or within it.',
    group: 'connection',
    parameters: [
      { ...afterBytes, unless: 'after_messages' },
      { ...afterMessages, unless: 'after_bytes' },
      {
        name: 'close_code',
        label: 'Close code',
        help: 'With which a WebSocket is closed',
        control: 'number',
        whole: true,
        min: 1000,
        max: 4999,
        fallback: 1011,
      },
    ],
  },
  refuse: {
    label: 'Connection refused',
    description: 'Resets new connections before a request is read, as if nothing listened. Per gateway only.',
    group: 'connection',
    parameters: [],
  },
  truncate: {
    label: 'Truncated body',
    description: 'Ends the body early: the client gets less than was announced.',
    group: 'body',
    parameters: [
      {
        name: 'keep',
        label: 'Keep',
        help: 'Of what Content-Length says',
        control: 'share',
        fallback: 0.5,
        unless: 'after_bytes',
      },
      { ...afterBytes, fallback: 'a share' },
    ],
  },
  malform: {
    label: 'Malformed body',
    description: 'Sends a body that cannot be read: JSON that is not well-formed, or a broken chunk.',
    group: 'body',
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
    parameters: [
      {
        name: 'bytes_changed',
        label: 'Bytes changed',
        control: 'number',
        unit: 'B',
        whole: true,
        min: 1,
        fallback: 1,
      },
      place([
        ['response', 'The body of the answer'],
        ['request', 'The body of the request'],
        ['message', 'Messages of a stream'],
      ]),
    ],
  },
  patch: {
    label: 'Changed JSON',
    description: 'Changes JSON answers by a JSON Patch, and GraphQL answers by nulls with errors.',
    group: 'body',
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
      { ...extensions, where: (fault) => fault.null_paths !== undefined },
    ],
  },
  replace: {
    label: 'Replaced answer',
    description: 'Forwards the request, and answers something else.',
    group: 'body',
    initial: { status: 200 },
    parameters: [
      {
        name: 'status',
        label: 'Status',
        control: 'number',
        whole: true,
        min: 200,
        max: 599,
        fallback: 200,
      },
      { name: 'body', label: 'Body', control: 'multiline', fallback: 'Empty' },
      { ...contentType, where: (fault) => fault.body !== undefined },
      setHeaders,
    ],
  },
  headers: {
    label: 'Changed headers',
    description: 'Sets and removes headers of the answer or of the request.',
    group: 'headers',
    initial: { remove_headers: ['Content-Type'] },
    parameters: [
      setHeaders,
      { name: 'remove_headers', label: 'Remove headers', control: 'names' },
      place([
        ['response', 'Headers of the answer'],
        ['request', 'Headers of the request'],
      ]),
    ],
  },
  drop: {
    label: 'Dropped messages',
    description: 'Leaves messages of a stream out.',
    group: 'streams',
    initial: { share: 0.1 },
    parameters: [
      place([
        ['response', 'Messages to the client'],
        ['request', 'Messages from the client'],
      ]),
    ],
  },
  duplicate: {
    label: 'Duplicated messages',
    description: 'Sends messages of a stream twice.',
    group: 'streams',
    initial: { share: 0.1 },
    parameters: [
      place([
        ['response', 'Messages to the client'],
        ['request', 'Messages from the client'],
      ]),
    ],
  },
  rate_limit: {
    label: 'Rate limit',
    description: 'Lets so many requests pass in each window, and answers the others with 429.',
    group: 'limits',
    parameters: [
      {
        name: 'limit',
        label: 'Limit',
        control: 'number',
        unit: 'requests',
        whole: true,
        min: 0,
        required: true,
        initial: 10,
      },
      {
        name: 'window_ms',
        label: 'In each',
        ...seconds,
        max: MAX_WINDOW_MS,
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

/** The kinds in the order in which they are offered. */
export const FAULT_KINDS = Object.keys(faultKinds) as FaultKind[];

/** The look of any kind; one that is not known is shown under its own name, without parameters. */
export function kindLook(kind: string): FaultKindLook {
  return kind in faultKinds
    ? faultKinds[kind as FaultKind]
    : { label: kind || 'Unknown', description: 'This version does not know it.', group: 'failure', parameters: [] };
}

/** The parameters that a form shows for a fault as it is. */
export function shownParameters(fault: Fault): FaultParameter[] {
  return kindLook(fault.kind).parameters.filter(({ where }) => !where || where(fault));
}

/** Whether another parameter has taken the place of this one. */
export function isReplaced({ unless }: FaultParameter, fault: Fault): boolean {
  return unless !== undefined && fault[unless] !== undefined;
}

/** The parameters that are of use in a fault as it is. */
export function parametersOf(fault: Fault): FaultParameter[] {
  return shownParameters(fault).filter((parameter) => !isReplaced(parameter, fault));
}
