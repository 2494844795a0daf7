import React from 'react';
import { CoreApp, type QueryEditorProps } from '@grafana/data';
import { InlineField, InlineFieldRow, MultiCombobox, RadioButtonGroup } from '@grafana/ui';

import { testIds } from '../components/testIds';
import type { RecordingsDataSource } from './RecordingsDataSource';
import { CommittedInput, FilterEditor } from './FilterEditor';
import { METRICS, PATTERN_TYPES, canLookAround, withType, type Options, type QueryType, type RecordingsQuery } from './query';

const types: Array<{ value: QueryType; label: string; description: string }> = [
  { value: 'recordings', label: 'Recordings', description: 'One row per recorded request' },
  { value: 'logs', label: 'Logs', description: 'One line per recorded request' },
  { value: 'traffic', label: 'Traffic', description: 'Requests, errors and latency over time' },
  { value: 'patterns', label: 'Patterns', description: 'What analysis has found' },
  { value: 'events', label: 'Events', description: 'Changes of the scenario' },
];

const groups = [
  { value: '', label: 'Nothing' },
  { value: 'gateway', label: 'Gateway' },
  { value: 'route', label: 'Route' },
  { value: 'mode', label: 'Mode' },
  { value: 'protocol', label: 'Protocol' },
] as const;

type Props = QueryEditorProps<RecordingsDataSource, RecordingsQuery, Options>;

/** The editor of queries, in panels, in Explore, in alert rules and of annotations. */
export function QueryEditor({ query, onChange, onRunQuery, datasource, range, app }: Props) {
  const type = query.queryType ?? datasource.getDefaultQuery(app ?? CoreApp.Dashboard).queryType ?? 'recordings';
  const change = (next: RecordingsQuery) => {
    onChange(next);
    onRunQuery();
  };
  // An alert rule needs numbers.
  const alerting = app === CoreApp.UnifiedAlerting || app === CoreApp.CloudAlerting;
  return (
    <div data-testid={testIds.datasource.editor}>
      <InlineFieldRow>
        <InlineField label="Show">
          <RadioButtonGroup<QueryType>
            options={types}
            disabledOptions={alerting ? ['recordings', 'logs', 'patterns', 'events'] : undefined}
            value={type}
            onChange={(value) => change(withType(query, value))}
          />
        </InlineField>
        {type === 'traffic' && (
          <>
            <InlineField label="Of" tooltip="The figures, one series for each">
              <div data-testid={testIds.datasource.metrics}>
                <MultiCombobox<string>
                  width={40}
                  options={METRICS.map((metric) => ({ ...metric }))}
                  value={query.metrics?.length ? query.metrics : ['requests']}
                  aria-label="Figures"
                  onChange={(options) => change({ ...query, metrics: options.map((option) => option.value) })}
                />
              </div>
            </InlineField>
            <InlineField label="By" tooltip="One series for each value, the busiest first">
              <RadioButtonGroup<string>
                options={groups.map((group) => ({ ...group }))}
                value={query.groupBy ?? ''}
                onChange={(value) => change({ ...query, groupBy: value as RecordingsQuery['groupBy'] })}
              />
            </InlineField>
            {query.groupBy && (
              <InlineField label="At most" tooltip="Series, 1 to 100">
                <CommittedInput
                  width={10}
                  type="number"
                  placeholder="20"
                  value={query.seriesLimit ? String(query.seriesLimit) : ''}
                  testId={testIds.datasource.condition('seriesLimit')}
                  onCommit={(value) => change({ ...query, seriesLimit: bounded(value, 100) })}
                />
              </InlineField>
            )}
          </>
        )}
        {type === 'patterns' && (
          <InlineField label="Of">
            <MultiCombobox<string>
              width={36}
              options={PATTERN_TYPES.map((one) => ({ ...one }))}
              value={query.patternTypes ?? []}
              placeholder="All types"
              isClearable
              aria-label="Types of patterns"
              onChange={(options) => change({ ...query, patternTypes: options.map((option) => option.value) })}
            />
          </InlineField>
        )}
        {type !== 'traffic' && (
          <InlineField label="Limit" tooltip="The newest count">
            <CommittedInput
              width={10}
              type="number"
              placeholder={type === 'events' ? '200' : '500'}
              value={query.limit ? String(query.limit) : ''}
              testId={testIds.datasource.condition('limit')}
              onCommit={(value) => change({ ...query, limit: bounded(value, type === 'events' ? 1000 : 10_000) })}
            />
          </InlineField>
        )}
        {query.around && canLookAround(type) && (
          <InlineField label="Around" tooltip="How far before and after the time range is looked, such as 10m">
            <CommittedInput
              width={10}
              placeholder="10m"
              value={query.around}
              testId={testIds.datasource.condition('around')}
              onCommit={(value) => change({ ...query, around: value || undefined })}
            />
          </InlineField>
        )}
      </InlineFieldRow>
      <FilterEditor
        type={type}
        filter={query.filter}
        range={range}
        datasource={datasource}
        onChange={(filter) => change({ ...query, filter })}
      />
    </div>
  );
}

/** A whole number from 1 to most; nothing is the default. */
function bounded(text: string, most: number): number | undefined {
  const value = Math.round(Number(text));
  return text === '' || !Number.isFinite(value) ? undefined : Math.min(most, Math.max(1, value));
}
