import { milliseconds } from './figureWords';
import type { Fault, Recording } from './recording';

const grpcNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** How a recording ended, in the terms of its protocol. */
export interface Outcome {
  text: string;
  /** Class of the outcome: what a glance should tell. */
  kind: 'ok' | 'redirect' | 'client' | 'server' | 'none';
  explanation?: string;
}

/** How an exchange ended. */
export type Ending = Pick<Recording, 'response_status' | 'grpc_status' | 'websocket_close' | 'failure'>;

/** The outcome of an exchange: gRPC status before HTTP status, close code where there is one. */
export function outcomeOf(recording: Ending): Outcome {
  const { grpc_status: grpc, websocket_close: close, response_status: status } = recording;
  if (grpc !== undefined) {
    return {
      text: grpcName(grpc),
      kind: grpc === 0 ? 'ok' : 'server',
      explanation: `gRPC status ${grpc}, HTTP ${status}`,
    };
  }
  if (close !== undefined) {
    return {
      text: `close ${close}`,
      kind: close === 1000 || close === 1001 || close === 1005 ? 'ok' : 'server',
      explanation: `WebSocket close code ${close}, HTTP ${status}`,
    };
  }
  return {
    text: status === 0 ? 'no answer' : String(status),
    kind: kindOfStatus(String(status)),
    explanation: recording.failure,
  };
}

/** The name of a gRPC status. */
export function grpcName(status: number): string {
  return grpcNames[status] ?? `gRPC ${status}`;
}

/** The class of a status code as text; what is not a code is no answer. */
export function kindOfStatus(status: string): Outcome['kind'] {
  switch (status[0]) {
    case '1':
    case '2':
      return 'ok';
    case '3':
      return 'redirect';
    case '4':
      return 'client';
    case '5':
      return 'server';
    default:
      return 'none';
  }
}

/** What was done to the exchange, one sentence per fault. */
export function describeFault({ kind, detail }: Fault): string {
  switch (kind) {
    case 'latency':
      return detail ? `Delayed by ${detail}.` : 'Delayed.';
    case 'error':
      return detail ? `Answered with ${detail} by the gateway.` : 'Answered with an error by the gateway.';
    case 'timeout':
      return detail ? `Held without an answer (${detail}).` : 'Held without an answer.';
    default:
      return detail ? `${capital(kind)}: ${detail}.` : `${capital(kind)}.`;
  }
}

/** A part of the time that an exchange took. */
export interface TimingPart {
  name: 'injected' | 'upstream' | 'rest';
  label: string;
  ms: number;
}

/** Splits the response time into what we added, what the upstream took, and the rest (gateway and transfer). */
export function timingOf(recording: Recording): TimingPart[] {
  const total = Math.max(0, recording.response_time_ms);
  const injected = Math.min(total, Math.max(0, recording.injected_delay_ms ?? 0));
  const upstream = Math.min(total - injected, Math.max(0, recording.upstream_time_ms ?? 0));
  const parts: TimingPart[] = [
    { name: 'injected', label: 'Injected delay', ms: injected },
    { name: 'upstream', label: 'Upstream', ms: upstream },
    {
      name: 'rest',
      label: recording.upstream_time_ms === undefined ? 'Answered by the gateway' : 'Gateway and transfer',
      ms: total - injected - upstream,
    },
  ];
  return parts.filter((part) => part.ms > 0);
}

/** How long ago, in few characters: "now", "12 s ago", "3 min ago", "2 h ago", "5 d ago". */
export function ago(time: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(time)) / 1000);
  if (!Number.isFinite(seconds) || seconds < 2) {
    return 'now';
  }
  if (seconds < 60) {
    return `${seconds} s ago`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ago`;
  }
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86400)} d ago`;
}

/** Bytes in the unit that reads best. */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toFixed(value < 10 && unit > 0 ? 1 : 0))} ${units[unit]}`;
}

/** A response time as the list shows it. */
export const duration = milliseconds;

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
