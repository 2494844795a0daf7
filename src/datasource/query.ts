import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';

import type { BasicRole } from '../types/appSettings';
import type { CollectorConnection, CollectorSecret } from '../types/collectorConnection';
import type { Filter } from '../types/recording';

/** What can be asked for. */
export type QueryType = 'recordings' | 'logs' | 'traffic' | 'patterns' | 'events' | 'values' | 'volume';

/** The lists of the filter whose values variables and completions ask for. */
export const FIELDS = [
  'gateways',
  'routes',
  'consumers',
  'methods',
  'modes',
  'protocols',
  'statuses',
  'faults',
  'rules',
  'tags',
  'failed_by',
  'failure_kind',
] as const;
export type Field = (typeof FIELDS)[number];

/** The figures of traffic, as pkg/datasource has them. */
export const METRICS = [
  { value: 'requests', label: 'Requests', description: 'Requests per second' },
  { value: 'errors', label: 'Errors', description: 'Failed requests per second, injected or organic' },
  { value: 'organic_errors', label: 'Organic errors', description: 'Failures of the upstream, per second' },
  { value: 'injected_errors', label: 'Injected errors', description: 'Failures of the scenario, per second' },
  { value: 'error_rate', label: 'Error rate', description: 'Share of requests that failed' },
  { value: 'organic_error_rate', label: 'Organic error rate', description: 'Share that the upstream failed' },
  { value: 'injected_error_rate', label: 'Injected error rate', description: 'Share that the scenario failed' },
  { value: 'injected_rate', label: 'Injected share', description: 'Share to which the scenario did anything' },
  { value: 'mean', label: 'Mean latency', description: 'Milliseconds' },
  { value: 'p50', label: 'Median latency', description: 'Milliseconds' },
  { value: 'p95', label: '95th percentile latency', description: 'Milliseconds' },
  { value: 'p99', label: '99th percentile latency', description: 'Milliseconds' },
] as const;

export const PATTERN_TYPES = [
  { value: 'sequence', label: 'Sequences' },
  { value: 'frequency', label: 'Frequencies' },
  { value: 'error_pattern', label: 'Errors' },
] as const;

/** A filter as a query has it: variables may stand anywhere, and the time range is the dashboard's. */
export type QueryFilter = Conditions & { not?: Conditions };

type Conditions = Omit<Filter, 'from' | 'to' | 'protocols' | 'modes' | 'not'> & {
  protocols?: string[];
  modes?: string[];
};

/** A query as pkg/datasource reads it. */
export interface RecordingsQuery extends DataQuery {
  queryType?: QueryType;
  filter?: QueryFilter;
  /** The greatest number of rows. */
  limit?: number;
  /** Of recordings and logs: by how much is looked further than the time range on either side, such as 10m. */
  around?: string;
  /** What traffic is broken down by; empty is the whole fleet. */
  groupBy?: '' | 'gateway' | 'route' | 'mode' | 'protocol';
  metrics?: string[];
  seriesLimit?: number;
  patternTypes?: string[];
  /** Of values: which list. */
  field?: Field;
}

/** The settings of a data source that are no secret. */
export interface Options extends DataSourceJsonData, CollectorConnection {
  /** The data source to which trace ids link. */
  tracesUid?: string;
  /** The type of that data source; absent is tempo. */
  tracesType?: string;
  /** From which role on filters may look into contents of recordings; absent is Viewer. */
  readBodiesRole?: BasicRole;
}

export type Secrets = Partial<Record<'dsn' | CollectorSecret, string>>;

const all: ReadonlyArray<keyof QueryFilter> = [
  'path',
  'methods',
  'statuses',
  'modes',
  'injected',
  'routes',
  'gateways',
  'protocols',
  'consumers',
  'faults',
  'rules',
  'tags',
  'min_duration_ms',
  'max_duration_ms',
  'trace_id',
  'failures',
  'failed_by',
  'failure_kind',
  'headers',
  'text',
  'not',
];

/** The conditions that a query type can have. Traffic is counted by few things; events know the mode only. */
export const conditions: Record<QueryType, ReadonlyArray<keyof QueryFilter>> = {
  recordings: all,
  logs: all,
  volume: all,
  traffic: ['gateways', 'routes', 'modes', 'protocols'],
  patterns: ['gateways', 'routes', 'consumers'],
  events: ['modes'],
  values: ['gateways', 'routes', 'consumers', 'methods', 'modes', 'protocols'],
};

/** The query with the conditions that its type can have, so that switching the type never leaves a query that fails. */
export function withType(query: RecordingsQuery, queryType: QueryType): RecordingsQuery {
  const filter = Object.fromEntries(
    Object.entries(query.filter ?? {}).filter(([name]) => conditions[queryType].includes(name as keyof QueryFilter))
  );
  const { around, ...rest } = query;
  return { ...rest, ...(around && canLookAround(queryType) && { around }), queryType, filter };
}

/** Whether a query of a type may look further than its time range. */
export function canLookAround(queryType: QueryType): boolean {
  return queryType === 'recordings' || queryType === 'logs';
}

/** Sets one condition, or takes it out where it says nothing. */
export function withCondition<K extends keyof QueryFilter>(
  filter: QueryFilter | undefined,
  name: K,
  value: QueryFilter[K] | undefined
): QueryFilter {
  const { [name]: _, ...rest } = filter ?? {};
  const empty =
    value === undefined ||
    value === '' ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return empty ? (rest as QueryFilter) : { ...(rest as QueryFilter), [name]: value };
}
