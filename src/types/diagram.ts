/** The sequence diagrams of pkg/analysis, field by field as their JSON. */

export interface Participant {
  name: string;
  kind: 'consumer' | 'gateway' | 'upstream';
}

/** One arrow, or one note over a participant. */
export interface Step {
  kind: 'request' | 'response' | 'lost' | 'note';
  /** Indexes into the participants; of a note both are the same. */
  from: number;
  to: number;
  at: string;
  text: string;
  recording_id: string;
  failed?: boolean;
  injected?: boolean;
}

/** What passed between consumers, gateways and upstreams, in order of time. */
export interface Diagram {
  title?: string;
  participants: Participant[];
  steps: Step[];
  exchanges: number;
  truncated?: boolean;
}

/** What a diagram is of: one trace, or one consumer in a stretch of time. */
export type DiagramOf = { trace_id: string } | { consumer: string; from: string; to: string };

/** The text forms that a diagram can be had in. */
export type DiagramFormat = 'mermaid' | 'plantuml';
