/** The words of pkg/recording, field by field as its JSON. */

import type { Mode } from './scenario';

export type Protocol = 'http' | 'grpc' | 'websocket' | 'graphql';

/** Every value of every name; null are trailers that were announced and did not come, as gRPC has them. */
export type Values = Record<string, string[] | null>;

/** A captured body or message: at most the configured number of bytes of it. */
export interface Body {
  encoding: 'utf8' | 'base64';
  content: string;
  /** Size on the wire in bytes, captured or not. */
  size: number;
  truncated?: boolean;
  redacted?: boolean;
}

/** One thing that was done to an exchange. */
export interface Fault {
  kind: string;
  detail?: string;
}

/** One message of a stream. */
export interface Message {
  /** From the client, or to it. */
  direction: 'in' | 'out';
  offset_ms: number;
  kind: string;
  body: Body;
}

/** One exchange as stored. Durations are milliseconds. */
export interface Recording {
  id: string;
  timestamp: string;
  trace_id?: string;
  span_id?: string;
  protocol: Protocol;
  gateway: string;
  instance: string;
  consumer?: string;
  client_ip?: string;

  method: string;
  scheme?: string;
  host?: string;
  /** What the target has before its query, escaped as it was sent; decoded where there is no target. */
  path: string;
  /** Path and query as they were sent, with secrets masked; base64: and its bytes where it is not text. */
  target?: string;
  target_redacted?: boolean;
  route?: string;
  operation?: string;
  http_version?: string;
  query_params?: Values;
  /** By canonical names; headerLines.ts has them as they were sent. */
  headers?: Values;
  /** Names in the order and the case in which they were sent, with a colon and base64 behind those whose values are not UTF-8. */
  header_form?: string;
  body: Body;

  /** 0 where the client got no answer. */
  response_status: number;
  response_headers?: Values;
  response_header_form?: string;
  response_trailers?: Values;
  response_body: Body;
  grpc_status?: number;
  websocket_close?: number;
  response_time_ms: number;
  upstream_time_ms?: number;
  first_byte_ms?: number;
  injected_delay_ms?: number;

  scenario_mode: Mode | '';
  scenario_version: number;
  rule?: string;
  /** What was done to the exchange, in order; empty is organic. */
  faults?: Fault[];
  failure?: string;
  /** By whose doing it failed, and how; recordings of earlier versions do not say. */
  failed_by?: FailedBy;
  failure_kind?: FailureKind;
  mock_matched?: string;
  plugin_executed?: string[];
  tags?: string[];
  messages?: Message[];
  /** The fields that were left out, since the user may not read them. */
  withheld?: string[];
}

export type FailedBy = 'client' | 'upstream' | 'plugin' | 'mock' | 'limit' | 'fault' | 'gateway';

export type FailureKind =
  | 'refused'
  | 'unreachable'
  | 'dns'
  | 'tls'
  | 'timeout'
  | 'reset'
  | 'closed'
  | 'malformed'
  | 'too_large'
  | 'aborted'
  | 'unsupported'
  | 'exhausted'
  | 'internal'
  | 'other';

/** The one filter of the product. Every condition that is given must hold; of a list, any one value. */
export interface Filter {
  from?: string;
  to?: string;
  protocols?: string[];
  gateways?: string[];
  methods?: string[];
  routes?: string[];
  modes?: string[];
  consumers?: string[];
  rules?: string[];
  faults?: string[];
  tags?: string[];
  path?: string;
  statuses?: string[];
  min_duration_ms?: number;
  max_duration_ms?: number;
  injected?: boolean;
  /** What ended other than by a complete answer, or the rest. */
  failures?: boolean;
  /** Whose doing a failure was, and how it failed. */
  failed_by?: string[];
  failure_kind?: string[];
  trace_id?: string;
  /** Values by the name of a header of request or response; * is any. */
  headers?: Record<string, string>;
  text?: string;
  /** Filters out what meets any one of its conditions. */
  not?: Omit<Filter, 'not'>;
}

/** One page of a filter, newest first unless ascending. */
export interface Query extends Filter {
  limit?: number;
  cursor?: string;
  ascending?: boolean;
}

export interface Page {
  recordings: Recording[] | null;
  next_cursor?: string;
}

export interface Count {
  value: string;
  count: number;
}

/** Sums up the recordings of a filter. */
export interface Stats {
  total: number;
  injected: number;
  errors: number;
  oldest?: string;
  newest?: string;
  bytes: number;
  p50_ms?: number;
  p95_ms?: number;
  p99_ms?: number;
  by_status: Count[] | null;
  by_method: Count[] | null;
  by_route: Count[] | null;
  by_protocol: Count[] | null;
  by_mode: Count[] | null;
  by_consumer: Count[] | null;
  by_gateway: Count[] | null;
  by_fault: Count[] | null;
}

/** Whether any of the fields was left out, since the user may not read it. */
export function isWithheld(recording: Recording, ...fields: Array<keyof Recording>): boolean {
  return (recording.withheld ?? []).some((field) => fields.some((one) => one === field));
}

/** Whether anything was done to the exchange. */
export function isInjected(recording: Recording): boolean {
  return (recording.faults ?? []).length > 0;
}
