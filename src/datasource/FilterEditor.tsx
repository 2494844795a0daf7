import React, { useCallback, useState } from 'react';
import type { SelectableValue, TimeRange } from '@grafana/data';
import {
  Button,
  InlineField,
  InlineFieldRow,
  Input,
  MultiCombobox,
  RadioButtonGroup,
  type ComboboxOption,
} from '@grafana/ui';

import { testIds } from '../components/testIds';
import type { RecordingsDataSource } from './RecordingsDataSource';
import { conditions, withCondition, type Field, type QueryFilter, type QueryType } from './query';

interface Props {
  type: QueryType;
  filter?: QueryFilter;
  range?: TimeRange;
  datasource: RecordingsDataSource;
  onChange: (filter: QueryFilter) => void;
}

const lists: Record<Field, { label: string; width: number }> = {
  gateways: { label: 'Gateway', width: 24 },
  routes: { label: 'Route', width: 32 },
  consumers: { label: 'Consumer', width: 24 },
  methods: { label: 'Method', width: 20 },
  modes: { label: 'Mode', width: 24 },
  protocols: { label: 'Protocol', width: 24 },
  statuses: { label: 'Status', width: 24 },
  faults: { label: 'Fault', width: 24 },
  rules: { label: 'Rule', width: 24 },
  tags: { label: 'Tag', width: 24 },
  failed_by: { label: 'Failed by', width: 24 },
  failure_kind: { label: 'Failure', width: 24 },
};

const texts = {
  path: { label: 'Path', placeholder: '/users/* or a part of it', width: 32 },
  text: { label: 'Text', placeholder: 'In path, headers, bodies', width: 32 },
  trace_id: { label: 'Trace id', placeholder: '32 hexadecimal digits', width: 36 },
} as const;

const numbers = {
  min_duration_ms: { label: 'Took at least', placeholder: 'ms' },
  max_duration_ms: { label: 'Took at most', placeholder: 'ms' },
} as const;

const choices = {
  injected: {
    label: 'Origin',
    options: [
      { value: '', label: 'All' },
      { value: 'true', label: 'Injected', description: 'Something was done to it' },
      { value: 'false', label: 'Organic', description: 'Nothing was done to it' },
    ],
  },
  failures: {
    label: 'Answer',
    options: [
      { value: '', label: 'All' },
      { value: 'false', label: 'Complete' },
      { value: 'true', label: 'Incomplete', description: 'It ended without an answer, or within it' },
    ],
  },
} satisfies Record<string, { label: string; options: Array<SelectableValue<string>> }>;

// These are folded away until they are wanted, or in use.
const rare: ReadonlyArray<keyof QueryFilter> = [
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
];

/** The conditions that a type of query can have. Lists complete from what was recorded, and take variables. */
export function FilterEditor({ type, filter, range, datasource, onChange }: Props) {
  const set = <K extends keyof QueryFilter>(name: K, value: QueryFilter[K] | undefined) =>
    onChange(withCondition(filter, name, value));
  const [opened, setOpened] = useState(false);
  const all = conditions[type];
  // A few conditions need no folding.
  const folded =
    all.length > 6 && !opened ? all.filter((name) => rare.includes(name) && filter?.[name] === undefined) : [];
  return (
    <InlineFieldRow data-testid={testIds.datasource.filter}>
      {all
        .filter((name) => !folded.includes(name))
        .map((name) => {
          if (name in lists) {
            const field = name as Field;
            return (
              <ListCondition
                key={name}
                field={field}
                value={filter?.[field] ?? []}
                range={range}
                datasource={datasource}
                onChange={(value) => set(field, value)}
              />
            );
          }
          if (name in texts) {
            const field = name as keyof typeof texts;
            return (
              <InlineField key={name} label={texts[field].label}>
                <CommittedInput
                  width={texts[field].width}
                  placeholder={texts[field].placeholder}
                  value={filter?.[field] ?? ''}
                  testId={testIds.datasource.condition(field)}
                  onCommit={(value) => set(field, value.trim())}
                />
              </InlineField>
            );
          }
          if (name in numbers) {
            const field = name as keyof typeof numbers;
            return (
              <InlineField key={name} label={numbers[field].label}>
                <CommittedInput
                  width={12}
                  type="number"
                  placeholder={numbers[field].placeholder}
                  value={filter?.[field] === undefined ? '' : String(filter[field])}
                  testId={testIds.datasource.condition(field)}
                  onCommit={(value) => set(field, value === '' ? undefined : Math.max(0, Number(value) || 0))}
                />
              </InlineField>
            );
          }
          if (name in choices) {
            const field = name as keyof typeof choices;
            return (
              <InlineField key={name} label={choices[field].label}>
                <RadioButtonGroup<string>
                  options={choices[field].options}
                  value={filter?.[field] === undefined ? '' : String(filter[field])}
                  onChange={(value) => set(field, value === '' ? undefined : value === 'true')}
                />
              </InlineField>
            );
          }
          return null; // Headers and what is filtered out are shown below.
        })}
      <Conditions label="Header" of={filter?.headers} onChange={(headers) => set('headers', headers)} />
      <Conditions label="Not" of={filter?.not} onChange={(not) => set('not', not)} />
      {folded.length > 0 && (
        <Button
          variant="secondary"
          fill="text"
          icon="angle-down"
          onClick={() => setOpened(true)}
          data-testid={testIds.datasource.moreFilters}
        >
          More filters
        </Button>
      )}
    </InlineFieldRow>
  );
}

interface ConditionsProps<T extends object> {
  label: string;
  of?: T;
  onChange: (rest: T) => void;
}

/** Conditions that came from a click on a value, or with the query: each can be taken away. */
function Conditions<T extends object>({ label, of, onChange }: ConditionsProps<T>) {
  const all = Object.entries(of ?? {});
  if (all.length === 0) {
    return null;
  }
  const without = (name: string) => Object.fromEntries(all.filter(([other]) => other !== name)) as T;
  return (
    <InlineField label={label}>
      <>
        {all.map(([name, value]) => {
          const text = typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : String(value);
          return (
            <Button
              key={name}
              variant="secondary"
              icon="times"
              tooltip="Remove this condition"
              onClick={() => onChange(without(name))}
              data-testid={testIds.datasource.condition(`${label.toLowerCase()}-${name}`)}
            >
              {`${name} ${text}`}
            </Button>
          );
        })}
      </>
    </InlineField>
  );
}

interface ListProps {
  field: Field;
  value: string[];
  range?: TimeRange;
  datasource: RecordingsDataSource;
  onChange: (value: string[]) => void;
}

function ListCondition({ field, value, range, datasource, onChange }: ListProps) {
  const complete = useCallback(
    async (typed: string): Promise<Array<ComboboxOption<string>>> => {
      // Without the database values can still be typed.
      const counts = await datasource.valuesOf(field, range).catch(() => []);
      const wanted = typed.toLowerCase();
      return counts
        .filter((one) => one.value.toLowerCase().includes(wanted))
        .map((one) => ({ value: one.value, description: one.count ? `${one.count} recordings` : undefined }));
    },
    [datasource, field, range]
  );
  return (
    <InlineField label={lists[field].label}>
      <div data-testid={testIds.datasource.condition(field)}>
        <MultiCombobox<string>
          width={lists[field].width}
          options={complete}
          value={value}
          placeholder="Any"
          createCustomValue
          isClearable
          aria-label={lists[field].label}
          onChange={(options) => onChange(options.map((option) => option.value))}
        />
      </div>
    </InlineField>
  );
}

interface CommittedInputProps {
  value: string;
  width: number;
  placeholder: string;
  type?: string;
  testId: string;
  onCommit: (value: string) => void;
}

/** An input whose value counts once it is left or Enter is pressed, so that no query runs for half a word. */
export function CommittedInput({ value, onCommit, testId, ...rest }: CommittedInputProps) {
  const [draft, setDraft] = useState({ value, text: value });
  // The value changed from outside: what was typed before does not count any more.
  const text = draft.value === value ? draft.text : value;
  const commit = () => text !== value && onCommit(text);
  return (
    <Input
      {...rest}
      value={text}
      onChange={(event) => setDraft({ value, text: event.currentTarget.value })}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
      data-testid={testId}
    />
  );
}
