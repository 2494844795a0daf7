/** The faults of pkg/scenario, field by field as their JSON. Their kinds are registered there, and generated here. */

import { faultKinds, type Fault, type FaultKind } from './faultKinds.gen';

export { MAX_DELAY_MS, MAX_FAULTS, MAX_WINDOW_MS } from './faultKinds.gen';
export type { Fault, FaultKind };

/** The part of an exchange at which a fault works. */
export type Place = 'request' | 'response' | 'body' | 'message';

/** How a latency is drawn. */
export type Distribution = 'fixed' | 'uniform' | 'normal' | 'lognormal' | 'pareto';

/** What a kind is decided about, one after the other. */
export type FaultLevel = 'exchange' | 'message' | 'connection';

/** What a fault makes of the exchanges that it hits. */
export type FaultEffect = 'error' | 'timeout' | 'broken' | 'slowed' | 'changed';

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

/** A parameter of a kind: what every fault has aside. */
export type ParameterName = Exclude<keyof Fault, 'kind' | 'share' | 'when'>;

/** How the latency of a fault is drawn; where it does not say, by the parameters that it has. */
export function distributionOf(fault: Fault): Distribution {
  return (
    fault.distribution ??
    (fault.delay_ms === undefined && fault.min_ms !== undefined && fault.max_ms !== undefined ? 'uniform' : 'fixed')
  );
}

/** What a kind is decided about; one that is not known: exchanges. */
export function levelOf(kind: FaultKind): FaultLevel {
  return faultKinds[kind]?.level ?? 'exchange';
}

/** Whether a fault is decided about message by message, so that its share is one of messages. */
export function atMessages({ kind, at }: Fault): boolean {
  return levelOf(kind) === 'message' || at === 'message';
}
