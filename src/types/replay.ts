/** The words of pkg/replay, field by field as its JSON. */

import type { Body, Values } from './recording';

export interface ReplayOptions {
  /** Replace headers of the recording, such as an Authorization that was masked. */
  header_overrides?: Record<string, string>;
  /** Places in JSON bodies whose differences do not matter: "$.timestamp", "items[*].updated_at". */
  ignore_fields?: string[];
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
  first_byte_ms: number;
  duration_ms: number;
  /** What of the recorded request was not sent. */
  dropped: Array<{ part: string; name: string; reason: string }> | null;
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

/** What differs between the recorded answer and that to the replay. */
export interface Diff {
  equal: boolean;
  status?: { before: number; after: number };
  headers: Difference[] | null;
  trailers: Difference[] | null;
  body: BodyDiff;
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
}
