/** The words of pkg/replay, field by field as its JSON. */

import type { Body, Fault, Filter, Message, Values } from './recording';
import type { Definition } from './scenario';

export interface ReplayOptions {
  /** One of the targets that the gateway's configuration names; absent is its own upstream. */
  target?: string;
  /** The faults that the request goes through, as live traffic would; absent are none. */
  scenario?: Definition;
  /** Replace headers of the recording, such as an Authorization that was masked. */
  header_overrides?: Record<string, string>;
  /** Places in JSON bodies whose differences do not matter: "$.timestamp", "items[*].updated_at". */
  ignore_fields?: string[];
  /** Headers whose differences do not matter; absent are those that always differ. */
  ignore_headers?: string[];
}

/** The answer to a replay. */
export interface ReplayResult {
  recording_id: string;
  gateway: string;
  host: string;
  method: string;
  path: string;
  sent_at: string;
  trace_id: string;
  recorded_trace_id?: string;
  /** 0 where no answer came; failure then says why. */
  status: number;
  failure?: string;
  headers?: Values;
  trailers?: Values;
  body: Body;
  /** How a gRPC call ended, and how a WebSocket was closed; absent where they do not apply. */
  grpc_status?: number;
  websocket_close?: number;
  /** The upstream's, of a gRPC call or a WebSocket. */
  messages?: Message[];
  first_byte_ms: number;
  duration_ms: number;
  /** What of the recorded request was not sent. */
  dropped: Array<{ part: string; name: string; reason: string }> | null;
  /** What the scenario of the request did. */
  injected?: Fault[];
  notes: string[] | null;
}

/** One difference; before is recorded, after replayed. */
export interface Difference {
  /** A header's name, or the place in the JSON body: "$.items[3].id". */
  path: string;
  kind: 'added' | 'removed' | 'changed' | 'type';
  before?: unknown;
  after?: unknown;
}

/** One line of text bodies. */
export interface DiffLine {
  /** Absent for a line that both have; a gap stands for lines that are left out. */
  kind?: 'added' | 'removed' | 'gap';
  /** Line numbers from 1. */
  before?: number;
  after?: number;
  text: string;
}

interface BodySummary {
  size: number;
  sha256?: string;
  truncated?: boolean;
  redacted?: boolean;
}

export interface BodyDiff {
  format: 'json' | 'text' | 'binary' | '';
  equal: boolean;
  changes?: Difference[];
  lines?: DiffLine[];
  before: BodySummary;
  after: BodySummary;
  more?: boolean;
}

/** A status that differs. */
export interface StatusChange {
  before: number;
  after: number;
}

/** One message of the upstream that differs. */
export interface MessageDiff {
  /** Its place among the upstream's messages, from 1. */
  number: number;
  kind: Difference['kind'];
  /** Absent where only one side has the message. */
  body?: BodyDiff;
}

/** The messages of a gRPC call or a WebSocket held against each other. */
export interface MessagesDiff {
  equal: boolean;
  /** How many there were. */
  before: number;
  after: number;
  /** The first that differ. */
  different: MessageDiff[] | null;
}

/** What differs between the recorded answer and that to the replay. */
export interface Diff {
  equal: boolean;
  /** Absent where it is the same; 0 is no answer. */
  status?: StatusChange;
  /** Absent where they are the same, or do not apply; -1 is none. */
  grpc_status?: StatusChange;
  websocket_close?: StatusChange;
  headers: Difference[] | null;
  trailers: Difference[] | null;
  body: BodyDiff;
  messages?: MessagesDiff;
  notes: string[] | null;
}

/** The recorded answer. */
export interface RecordedAnswer {
  status: number;
  failure?: string;
  headers?: Values;
  trailers?: Values;
  body: Body;
  duration_ms: number;
}

/** A replay held against its recording. */
export interface Replay {
  recorded: RecordedAnswer;
  replayed: ReplayResult;
  diff: Diff;
  /** What was left out, since the user may not read it. */
  withheld?: string[];
}

/** A replay under one of several scenarios. */
export interface ReplayRun {
  scenario: Definition;
  result?: Replay;
  /** Why there is no result. */
  problem?: string;
}

/** When the recordings of a job are sent. */
export interface Pace {
  mode: 'sequential' | 'recorded' | 'multiple' | 'rate';
  /** How many times as fast as recorded. */
  multiple?: number;
  /** Recordings per second. */
  rate?: number;
}

export interface ReplayJobRequest extends ReplayOptions {
  name?: string;
  reason?: string;
  filter?: Filter;
  recording_ids?: string[];
  limit?: number;
  pace?: Pace;
  concurrency?: number;
}

export type JobStatus = 'queued' | 'running' | 'paused' | 'stopping' | 'stopped' | 'done' | 'failed';

/** Many recordings that are sent again in the background. */
export interface ReplayJob {
  id: string;
  name: string;
  status: JobStatus;
  created_at: string;
  created_by: string;
  started_at?: string;
  ended_at?: string;
  /** The collectors that work on it. */
  taken_by: string;
  total: number;
  /** Those whose outcome is known. */
  sent: number;
  same: number;
  different: number;
  failed: number;
  skipped: number;
  problem?: string;
  request: ReplayJobRequest;
  /** Conditions of the filter that were left out, since the user may not read them. */
  withheld?: string[];
}

export const OUTCOMES = ['same', 'different', 'failed', 'skipped'] as const;

export type JobOutcome = (typeof OUTCOMES)[number];

/** One difference, with the part of the answer that it is in. */
export interface JobDifference extends Difference {
  part: 'status' | 'header' | 'trailer' | 'body' | 'grpc_status' | 'message' | 'close';
}

/** What became of one recording of a job. */
export interface JobResult {
  sequence: number;
  recording_id: string;
  gateway: string;
  /** What was asked for; absent where the recording is not stored any more. */
  method?: string;
  path?: string;
  outcome: JobOutcome;
  response_status: number;
  response_time_ms: number;
  recorded_status: number;
  recorded_time_ms: number;
  /** The first ones. */
  differences: JobDifference[] | null;
  more?: boolean;
  problem?: string;
  /** "differences" where some were left out, since the user may not read them. */
  withheld?: string[];
}

/** Whether anything may still be sent. */
export function isActive({ status }: ReplayJob): boolean {
  return status === 'queued' || status === 'running' || status === 'paused' || status === 'stopping';
}
