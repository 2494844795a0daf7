/** The words of pkg/scenario, field by field as its JSON. */

import type { Fault } from './fault';

/** One of the four ways in which traffic is treated. */
export type Mode = 'healthy' | 'degraded' | 'error' | 'chaos';

/** The modes in the order in which they are shown. */
export const MODES: readonly Mode[] = ['healthy', 'degraded', 'error', 'chaos'];

/** A mode with its parameters. Absent parameters have the defaults of pkg/scenario. */
export interface Behavior {
  mode: Mode;
  latency_multiplier?: number;
  error_rate?: number;
  status_codes?: number[];
  timeout_rate?: number;
  timeout_ms?: number;
  latency_min_ms?: number;
  latency_max_ms?: number;
  spike_probability?: number;
  random_errors?: boolean;
  random_slowdowns?: boolean;
  /** Done in their order, besides what the parameters say. Where there are any, absent parameters are off. */
  faults?: Fault[];
}

/** The live override that adds latency to every exchange, in milliseconds. */
export interface Latency {
  min_ms: number;
  max_ms: number;
}

/** Says which exchanges a rule is about. */
export interface Target {
  gateway?: string;
  protocol?: string;
  methods?: string[];
  path?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  consumer?: string;
  operation?: string;
  share?: number;
  share_by?: string;
}

/** A target and what happens to it. */
export interface Rule extends Behavior {
  name: string;
  target: Target;
  exclude?: boolean;
  disabled?: boolean;
}

/** The part of the state that a user chooses. */
export interface Definition extends Behavior {
  latency?: Latency;
  rules?: Rule[];
  seed?: number;
}

/** A change of mode: a behavior, and a seed to set or (null) to remove; without one it stays. */
export interface ModeChange extends Behavior {
  seed?: number | null;
}

/** The whole live state. */
export interface Scenario extends Definition {
  version: number;
  preset?: string;
  expires_at?: string;
  set_at: string;
  set_by?: string;
  reason?: string;
  /** Of the answer to a change that takes harm away. */
  reach?: Reach;
}

/** How far a change that takes harm away has reached. */
export interface Reach {
  /** Told once the database has it; else those that have it in force tell the others when the database is back. */
  fleet: 'told' | 'pending';
  durable: boolean;
  detail?: string;
  /** The collectors that Grafana has asked itself. */
  collectors?: ReachedCollector[];
}

export interface ReachedCollector {
  url: string;
  reached: boolean;
  detail?: string;
}

/** A named definition, applied with one click. */
export interface Preset extends Definition {
  name: string;
  description?: string;
  source: 'builtin' | 'configuration' | 'user';
}

/** One entry of the history: who, when, what, why. */
export interface Change {
  version: number;
  at: string;
  by: string;
  action: string;
  reason?: string;
  scenario: Scenario;
}

/** A listener of an instance. */
export interface Gateway {
  name: string;
  endpoint: string;
  upstream: string;
  /** The names of where replays may go besides the upstream. */
  replay_targets?: string[];
}

/** One running collector. */
export interface Instance {
  id: string;
  name: string;
  build?: string;
  started_at: string;
  last_seen_at: string;
  applied_version: number;
  applied_at?: string;
  gateways: Gateway[] | null;
  live: boolean;
}

/** What can be said with every change. */
export interface ChangeOptions {
  reason?: string;
  /** A Go duration, such as "15m"; absent is no expiry. */
  expires_in?: string;
  /** Refuse the change (409) where the scenario is not at this version any more. */
  if_version?: number;
}

/** Whether nothing is done to any exchange. */
export function isUnharmed(scenario: Scenario): boolean {
  return scenario.mode === 'healthy' && !scenario.latency && !(scenario.rules ?? []).length;
}
