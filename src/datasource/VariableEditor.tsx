import React from 'react';
import type { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField } from '@grafana/ui';

import { testIds } from '../components/testIds';
import type { RecordingsDataSource } from './RecordingsDataSource';
import { FilterEditor } from './FilterEditor';
import { FIELDS, type Field, type Options, type RecordingsQuery } from './query';

const labels: Record<Field, string> = {
  gateways: 'Gateways',
  routes: 'Routes',
  consumers: 'Consumers',
  methods: 'Methods',
  modes: 'Modes',
  protocols: 'Protocols',
  statuses: 'Statuses',
  faults: 'Faults',
  rules: 'Rules',
  tags: 'Tags',
  failed_by: 'Failed by',
  failure_kind: 'Failures',
};

/** What a variable's values are of. */
export function VariableEditor({
  query,
  onChange,
  datasource,
  range,
}: QueryEditorProps<RecordingsDataSource, RecordingsQuery, Options>) {
  const change = (next: Partial<RecordingsQuery>) => onChange({ ...query, queryType: 'values', ...next });
  return (
    <>
      <InlineField label="Values of" labelWidth={14} tooltip="The values that recordings of the time range have">
        <Combobox<Field>
          width={24}
          options={FIELDS.map((field) => ({ value: field, label: labels[field] }))}
          value={query.field ?? 'gateways'}
          onChange={({ value }) => change({ field: value })}
          data-testid={testIds.datasource.field}
        />
      </InlineField>
      <FilterEditor
        type="values"
        filter={query.filter}
        range={range}
        datasource={datasource}
        onChange={(filter) => change({ filter })}
      />
    </>
  );
}
