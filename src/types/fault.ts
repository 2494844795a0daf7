/** The faults of pkg/scenario, field by field as their JSON. */

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

/** The part of an exchange at which a fault works. */
export type Place = 'request' | 'response' | 'body' | 'message';

/** How a latency is drawn. */
export type Distribution = 'fixed' | 'uniform' | 'normal' | 'lognormal' | 'pareto';

/** What is counted together. */
export type Scope = 'all' | 'consumer' | 'route' | 'trace';

/** One operation of a JSON Patch (RFC 6902 section 4). */
export interface PatchOperation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** Narrows a fault to certain exchanges, by counting them, or to certain times. What is given must all hold. */
export interface When {
  every?: number;
  first?: number;
  burst_length?: number;
  burst_of?: number;
  per?: Scope;
  window_on_ms?: number;
  window_of_ms?: number;
  ramp_ms?: number;
}

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

/** A parameter of a kind: what every fault has aside. */
export type ParameterName = Exclude<keyof Fault, 'kind' | 'share' | 'when'>;

/** The most that a latency or a timeout may be, in milliseconds. */
export const MAX_DELAY_MS = 3_600_000;

/** The most that what repeats or grows over time may take, in milliseconds: a day. */
export const MAX_WINDOW_MS = 86_400_000;

/** How many faults a behavior may have. */
export const MAX_FAULTS = 20;

/** How the latency of a fault is drawn; where it does not say, by the parameters that it has. */
export function distributionOf(fault: Fault): Distribution {
  return (
    fault.distribution ??
    (fault.delay_ms === undefined && fault.min_ms !== undefined && fault.max_ms !== undefined ? 'uniform' : 'fixed')
  );
}

/** Whether a fault is decided about message by message, so that its share is one of messages. */
export function atMessages({ kind, at }: Fault): boolean {
  return kind === 'drop' || kind === 'duplicate' || at === 'message';
}
