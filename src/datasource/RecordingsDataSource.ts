import {
  CoreApp,
  SupplementaryQueryType,
  type AdHocVariableFilter,
  type DataQueryRequest,
  type DataSourceGetTagKeysOptions,
  type DataSourceGetTagValuesOptions,
  type DataSourceInstanceSettings,
  type DataSourceWithSupplementaryQueriesSupport,
  type MetricFindValue,
  type ScopedVars,
  type SupplementaryQueryOptions,
  type TimeRange,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv } from '@grafana/runtime';

import type { Count } from '../types/recording';
import { FieldVariables } from './FieldVariables';
import { interpolate } from './interpolate';
import {
  FIELDS,
  conditions,
  withCondition,
  type Field,
  type Options,
  type QueryFilter,
  type RecordingsQuery,
} from './query';

/** Recordings, traffic, patterns and events as Grafana's dashboards, Explore and alerts ask for them. */
export class RecordingsDataSource
  extends DataSourceWithBackend<RecordingsQuery, Options>
  implements DataSourceWithSupplementaryQueriesSupport<RecordingsQuery>
{
  constructor(settings: DataSourceInstanceSettings<Options>) {
    super(settings);
    this.variables = new FieldVariables(this);
    // Grafana's own way with annotations: the query editor of panels, and frames with time, timeEnd, title, text, tags.
    this.annotations = { getDefaultQuery: () => ({ queryType: 'events' }) };
  }

  getDefaultQuery(app: CoreApp): Partial<RecordingsQuery> {
    switch (app) {
      case CoreApp.Explore:
        return { queryType: 'logs', filter: {} };
      case CoreApp.CloudAlerting:
      case CoreApp.UnifiedAlerting:
        return { queryType: 'traffic', metrics: ['error_rate'], filter: {} };
      default:
        return { queryType: 'recordings', filter: {} };
    }
  }

  applyTemplateVariables(
    query: RecordingsQuery,
    scopedVars: ScopedVars,
    filters?: AdHocVariableFilter[]
  ): RecordingsQuery {
    return interpolate(withFilters(query, filters ?? []), getTemplateSrv(), scopedVars);
  }

  /** What Explore draws above logs: their volume over the whole range. */
  getSupportedSupplementaryQueryTypes(): SupplementaryQueryType[] {
    return [SupplementaryQueryType.LogsVolume];
  }

  getSupplementaryQuery(options: SupplementaryQueryOptions, query: RecordingsQuery): RecordingsQuery | undefined {
    if (options.type !== SupplementaryQueryType.LogsVolume || query.queryType !== 'logs') {
      return undefined;
    }
    return { ...query, refId: `log-volume-${query.refId}`, queryType: 'volume' };
  }

  getSupplementaryRequest(
    type: SupplementaryQueryType,
    request: DataQueryRequest<RecordingsQuery>
  ): DataQueryRequest<RecordingsQuery> | undefined {
    const targets = request.targets
      .filter((query) => !query.hide)
      .map((query) => this.getSupplementaryQuery({ type }, query))
      .filter((query) => query !== undefined);
    return targets.length > 0 ? { ...request, targets } : undefined;
  }

  /** The values that recordings have for a list of the filter, the most frequent first. */
  async valuesOf(field: Field, range?: TimeRange): Promise<Count[]> {
    const params = range ? { from: range.from.toISOString(), to: range.to.toISOString() } : undefined;
    const { values } = await this.getResource<{ values: Count[] | null }>(`values/${field}`, params);
    return values ?? [];
  }

  async getTagKeys(_options?: DataSourceGetTagKeysOptions<RecordingsQuery>): Promise<MetricFindValue[]> {
    return FIELDS.map((field) => ({ text: field }));
  }

  async getTagValues(options: DataSourceGetTagValuesOptions<RecordingsQuery>): Promise<MetricFindValue[]> {
    const field = FIELDS.find((one) => one === options.key);
    return field ? (await this.valuesOf(field, options.timeRange)).map(({ value }) => ({ text: value })) : [];
  }
}

/** Adds a dashboard's own filters (equal, or one of several) to a query, as far as its type can have them. */
function withFilters(query: RecordingsQuery, filters: AdHocVariableFilter[]): RecordingsQuery {
  return filters.reduce((before, { key, operator, value, values }) => {
    const name = key as keyof QueryFilter & Field;
    if (!(operator === '=' || operator === '=|') || !conditions[before.queryType ?? 'recordings'].includes(name)) {
      return before;
    }
    return { ...before, filter: withCondition(before.filter, name, values?.length ? values : [value]) };
  }, query);
}
