import {
  CoreApp,
  SupplementaryQueryType,
  type AdHocVariableFilter,
  type DataQueryRequest,
  type DataSourceGetTagKeysOptions,
  type DataSourceGetTagValuesOptions,
  type DataSourceInstanceSettings,
  type DataSourceWithQueryModificationSupport,
  type DataSourceWithSupplementaryQueriesSupport,
  type DataSourceWithToggleableQueryFiltersSupport,
  type MetricFindValue,
  type QueryFilterOptions,
  type QueryFixAction,
  type ScopedVars,
  type SupplementaryQueryOptions,
  type TimeRange,
  type ToggleFilterAction,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv } from '@grafana/runtime';

import type { Count } from '../types/recording';
import { FieldVariables } from './FieldVariables';
import { interpolate } from './interpolate';
import { ask, conditionOf, drop, has } from './modify';
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
  implements
    DataSourceWithSupplementaryQueriesSupport<RecordingsQuery>,
    DataSourceWithQueryModificationSupport<RecordingsQuery>,
    DataSourceWithToggleableQueryFiltersSupport<RecordingsQuery>
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
    const { around: _, ...rest } = query; // The bars are those of the time range.
    return { ...rest, refId: `log-volume-${query.refId}`, queryType: 'volume' };
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

  /** What the buttons of Explore at a value of a log line or table do. */
  modifyQuery(query: RecordingsQuery, action: QueryFixAction): RecordingsQuery {
    const { key = '', value = '' } = action.options ?? {};
    switch (action.type) {
      case 'ADD_FILTER':
        return ask(query, 'for', conditionOf(key, value));
      case 'ADD_FILTER_OUT':
        return ask(query, 'out', conditionOf(key, value));
      case 'ADD_STRING_FILTER':
        return ask(query, 'for', { text: value });
      case 'ADD_STRING_FILTER_OUT':
        return ask(query, 'out', { text: value });
      default:
        return query;
    }
  }

  getSupportedQueryModifications(): string[] {
    return ['ADD_FILTER', 'ADD_FILTER_OUT', 'ADD_STRING_FILTER', 'ADD_STRING_FILTER_OUT'];
  }

  toggleQueryFilter(query: RecordingsQuery, { type, options }: ToggleFilterAction): RecordingsQuery {
    const condition = conditionOf(options.key, options.value);
    const [what, present] =
      type === 'FILTER_FOR'
        ? (['for', has(query.filter, condition)] as const)
        : (['out', has(query.filter?.not, condition)] as const);
    return present ? drop(query, what, condition) : ask(query, what, condition);
  }

  queryHasFilter(query: RecordingsQuery, { key, value }: QueryFilterOptions): boolean {
    return has(query.filter, conditionOf(key, value));
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

/** Adds a dashboard's own filters (equal or not, or one of several) to a query, as far as its type can have them. */
function withFilters(query: RecordingsQuery, filters: AdHocVariableFilter[]): RecordingsQuery {
  return filters.reduce((before, { key, operator, value, values }) => {
    const name = key as keyof QueryFilter & Field;
    if ((operator === '!=' || operator === '!=|') && FIELDS.includes(name)) {
      return ask(before, 'out', { [name]: values?.length ? values : [value] });
    }
    if (!(operator === '=' || operator === '=|') || !conditions[before.queryType ?? 'recordings'].includes(name)) {
      return before;
    }
    return { ...before, filter: withCondition(before.filter, name, values?.length ? values : [value]) };
  }, query);
}
