/** The words of pkg/analysis, field by field as its JSON. */

export type PatternType = 'sequence' | 'frequency' | 'error_pattern';

/** The types in the order in which they are shown. */
export const PATTERN_TYPES: readonly PatternType[] = ['sequence', 'frequency', 'error_pattern'];

/** The figures behind a pattern. Which of them there are depends on the kind. */
export interface PatternMetadata {
  kind?: 'precedes' | 'periodic' | 'retry_exhausted' | 'retry_recovered' | 'error_burst';
  /** Empty: any consumer. */
  consumer?: string;
  gateways?: string[] | null;
  routes?: string[] | null;
  support?: number;
  confidence?: number;
  lift?: number;
  p_value?: number;
  lag_seconds?: number;
  period_seconds?: number;
  jitter_seconds?: number;
  retries?: number;
  window_seconds?: number;
  calls?: number;
  /** Counts by status code; "0" is no answer. */
  statuses?: Record<string, number> | null;
  injected?: number;
  organic?: number;
  cause?: 'injected' | 'organic' | 'mixed' | 'client';
}

/** One finding of the analysis. */
export interface Pattern {
  id: string;
  pattern_type: PatternType;
  description: string;
  first_seen: string;
  last_seen: string;
  occurrence_count: number;
  /** Share of the cases in which it holds, 0 to 1. */
  confidence: number;
  /** Ids of recordings that show it. */
  related_requests: string[] | null;
  metadata: PatternMetadata | null;
}

/** What an analysis found. */
export interface PatternReport {
  patterns: Pattern[] | null;
  /** How many recordings were looked at; 0 or absent where stored findings are given. */
  analysed?: number;
  /** Whether there were more recordings than are looked at. */
  truncated?: boolean;
}
