import {
  CoreApp,
  type AdHocVariableFilter,
  type DataSourceGetTagKeysOptions,
  type DataSourceGetTagValuesOptions,
  type DataSourceInstanceSettings,
  type MetricFindValue,
  type ScopedVars,
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
export class RecordingsDataSource extends DataSourceWithBackend<RecordingsQuery, Options> {
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
