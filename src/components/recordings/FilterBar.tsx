import { css, cx } from '@emotion/css';
import React, { useId, useState } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, MultiCombobox, RadioButtonGroup, Tag, useStyles2, type ComboboxOption } from '@grafana/ui';

import type { ApiError } from '../../api/ApiError';
import { useCanReadBodies } from '../../hooks/useCanReadBodies';
import { failedByOptions, failureKindOptions } from '../../types/failureWords';
import { RECORDED_FAULTS } from '../../types/faultKinds';
import { protocolOptions } from '../../types/protocolWords';
import type { Count, Stats } from '../../types/recording';
import {
  countConditions,
  emptyFilter,
  excluded,
  parseHeader,
  toggleValue,
  type FilterState,
  type ListField,
} from '../../types/recordingFilter';
import { MODES } from '../../types/scenario';
import { modeLooks } from '../modes/modeLook';
import { testIds } from '../testIds';
import { DebouncedInput } from './DebouncedInput';

const statusClasses: Array<ComboboxOption<string>> = [
  { value: '2xx', label: '2xx', description: 'Success' },
  { value: '3xx', label: '3xx', description: 'Redirect' },
  { value: '4xx', label: '4xx', description: 'Client error' },
  { value: '5xx', label: '5xx', description: 'Server error' },
  { value: 'none', label: 'No answer', description: 'Aborted, reset or timed out' },
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

type TextField = 'path' | 'text' | 'traceId';
type NumberField = 'minMs' | 'maxMs';

// These are folded away until they are wanted, or in use.
const rare = [
  'routes',
  'gateways',
  'minMs',
  'maxMs',
  'faults',
  'rules',
  'tags',
  'headers',
  'failures',
  'failed_by',
  'failure_kind',
  'traceId',
] as const;

const fieldWords: Record<ListField, string> = {
  protocols: 'protocol',
  gateways: 'gateway',
  methods: 'method',
  modes: 'mode',
  consumers: 'consumer',
  faults: 'fault',
  statuses: 'status',
  routes: 'route',
  rules: 'rule',
  tags: 'tag',
  failed_by: 'failed by',
  failure_kind: 'failure',
};

interface Props {
  filter: FilterState;
  /** Gives the values that occur. */
  stats?: Stats;
  error?: ApiError;
  onChange: (filter: FilterState) => void;
}

/** Narrows the recordings down. */
export function FilterBar({ filter, stats, error, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const list = (field: ListField, label: string, options: Array<ComboboxOption<string>>, custom = false) => (
    <FilterList
      field={field}
      label={label}
      options={options}
      custom={custom}
      value={filter[field]}
      onChange={(value) => onChange({ ...filter, [field]: value })}
    />
  );
  const text = (field: TextField, label: string, placeholder: string, width: number) => (
    <FilterText
      field={field}
      label={label}
      placeholder={placeholder}
      width={width}
      value={filter[field]}
      onChange={(value) => onChange({ ...filter, [field]: value })}
    />
  );

  const number = (field: NumberField, label: string, placeholder: string) => (
    <FilterText
      field={field}
      label={label}
      placeholder={placeholder}
      width={12}
      value={filter[field] === undefined ? '' : String(filter[field])}
      onChange={(value) => {
        const ms = Number(value);
        onChange({ ...filter, [field]: value.trim() && Number.isFinite(ms) && ms >= 0 ? ms : undefined });
      }}
    />
  );
  // Who may not read contents may not search in them either.
  const readable = useCanReadBodies();
  const [opened, setOpened] = useState(false);
  const used = rare.filter((field) => {
    const value = filter[field];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '';
  }).length;
  const more = opened || used > 0;
  const conditions = countConditions(filter);
  const [unfolded, setUnfolded] = useState(false);

  return (
    <div role="search" data-testid={testIds.recordings.filters}>
      <Button
        className={styles.fold}
        variant="secondary"
        fullWidth
        icon={unfolded ? 'angle-up' : 'angle-down'}
        aria-expanded={unfolded}
        onClick={() => setUnfolded(!unfolded)}
      >
        {conditions > 0 ? `Filters (${conditions})` : 'Filters'}
      </Button>
      <div className={cx(styles.filters, !unfolded && styles.folded)}>
        {text('path', 'Path', '/users/* or a part of it', 26)}
        {list('methods', 'Method', withCounts(methods, stats?.by_method))}
        {list('statuses', 'Status', [...statusClasses, ...withCounts([], stats?.by_status, isCode)], true)}
        {list(
          'modes',
          'Mode',
          MODES.map((mode) => ({ value: mode, label: modeLooks[mode].label }))
        )}
        <div>
          <div className={styles.label}>Origin</div>
          <div data-testid={testIds.recordings.filter('injected')}>
            <RadioButtonGroup<string>
              options={[
                { value: '', label: 'All' },
                { value: 'true', label: 'Injected', description: 'Something was done to it' },
                { value: 'false', label: 'Organic', description: 'Nothing was done to it' },
              ]}
              value={filter.injected === undefined ? '' : String(filter.injected)}
              onChange={(value) => onChange({ ...filter, injected: value === '' ? undefined : value === 'true' })}
            />
          </div>
        </div>
        {list('protocols', 'Protocol', protocolOptions)}
        {list('consumers', 'Consumer', withCounts([], stats?.by_consumer), true)}
        {readable && text('text', 'Text', 'In path, headers, bodies', 26)}
        {more && (
          <>
            {list('routes', 'Route', withCounts([], stats?.by_route), true)}
            {list('gateways', 'Gateway', withCounts([], stats?.by_gateway), true)}
            {number('minMs', 'Took at least', 'ms')}
            {number('maxMs', 'Took at most', 'ms')}
            {list('faults', 'Fault', withCounts(RECORDED_FAULTS, stats?.by_fault))}
            {list('rules', 'Rule', [], true)}
            {list('tags', 'Tag', [], true)}
            {readable && (
              <FilterList
                field="headers"
                label="Header"
                options={[]}
                custom
                placeholder="Name: value"
                minWidth={18}
                value={filter.headers}
                onChange={(value) => onChange({ ...filter, headers: value.filter((one) => parseHeader(one)) })}
              />
            )}
            <div>
              <div className={styles.label}>Answer</div>
              <div data-testid={testIds.recordings.filter('failures')}>
                <RadioButtonGroup<string>
                  options={[
                    { value: '', label: 'All' },
                    { value: 'false', label: 'Complete' },
                    { value: 'true', label: 'Broken off', description: 'Aborted, reset, cut or never sent' },
                  ]}
                  value={filter.failures === undefined ? '' : String(filter.failures)}
                  onChange={(value) => onChange({ ...filter, failures: value === '' ? undefined : value === 'true' })}
                />
              </div>
            </div>
            {list('failed_by', 'Failed by', failedByOptions)}
            {list('failure_kind', 'Failure', failureKindOptions)}
            {text('traceId', 'Trace id', '32 hexadecimal digits', 22)}
          </>
        )}
        <div className={styles.clear}>
          {used === 0 && (
            <Button
              variant="secondary"
              fill="text"
              icon={more ? 'angle-up' : 'angle-down'}
              onClick={() => setOpened(!more)}
              aria-expanded={more}
              data-testid={testIds.recordings.moreFilters}
            >
              {more ? 'Fewer filters' : 'More filters'}
            </Button>
          )}
          <Button
            variant="secondary"
            fill="text"
            icon="times"
            disabled={conditions === 0}
            onClick={() => onChange(emptyFilter())}
            data-testid={testIds.recordings.clearFilters}
          >
            Clear
          </Button>
        </div>
      </div>
      <Excluded filter={filter} onChange={onChange} />
      {error && error.fields.length > 0 && (
        <div role="alert" className={styles.error}>
          {error.fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')}
        </div>
      )}
    </div>
  );
}

/** What is filtered out; a click on it lets it back in. */
function Excluded({ filter, onChange }: Pick<Props, 'filter' | 'onChange'>) {
  const styles = useStyles2(getStyles);
  const all = excluded(filter);
  if (all.length === 0) {
    return null;
  }
  return (
    <div className={styles.excluded} data-testid={testIds.recordings.excluded}>
      <span className={styles.out}>Filtered out</span>
      {all.map(({ field, value }) => (
        <Tag
          key={`${field} ${value}`}
          icon="times"
          colorIndex={9}
          name={`${fieldWords[field]} ${value === 'none' ? 'no answer' : value}`}
          aria-label={`Let ${fieldWords[field]} ${value} back in`}
          onClick={() => onChange(toggleValue(filter, field, value, 'out'))}
        />
      ))}
    </div>
  );
}

interface ListProps {
  field: string;
  label: string;
  options: Array<ComboboxOption<string>>;
  custom: boolean;
  placeholder?: string;
  minWidth?: number;
  value: string[];
  onChange: (value: string[]) => void;
}

function FilterList({ field, label, options, custom, placeholder = 'Any', minWidth = 14, value, onChange }: ListProps) {
  const styles = useStyles2(getStyles);
  const id = useId();
  // A value from the URL need not occur in what is shown.
  const all = [
    ...options,
    ...value
      .filter((one) => !options.some((option) => option.value === one))
      .map((one) => ({ value: one, label: one })),
  ];
  return (
    <div>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <div data-testid={testIds.recordings.filter(field)}>
        <MultiCombobox<string>
          id={id}
          options={all}
          value={value}
          placeholder={placeholder}
          width="auto"
          minWidth={minWidth}
          maxWidth={40}
          createCustomValue={custom}
          onChange={(selected) => onChange(selected.map((option) => option.value))}
        />
      </div>
    </div>
  );
}

interface TextProps {
  field: TextField | NumberField;
  label: string;
  placeholder: string;
  width: number;
  value: string;
  onChange: (value: string) => void;
}

function FilterText({ field, label, placeholder, width, value, onChange }: TextProps) {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <DebouncedInput
        id={id}
        value={value}
        placeholder={placeholder}
        width={width}
        onChange={onChange}
        testId={testIds.recordings.filter(field)}
      />
    </div>
  );
}

const isCode = (value: string) => /^[1-5]\d\d$/.test(value);

function withCounts(
  known: readonly string[],
  counts: readonly Count[] | null | undefined,
  accept: (value: string) => boolean = Boolean
): Array<ComboboxOption<string>> {
  const counted = (counts ?? []).filter(({ value }) => accept(value));
  return [
    ...counted.map(({ value, count }) => ({
      value,
      label: value,
      description: `${count.toLocaleString()} recordings`,
    })),
    ...known
      .filter((value) => !counted.some((count) => count.value === value))
      .map((value) => ({ value, label: value })),
  ];
}

const getStyles = (theme: GrafanaTheme2) => ({
  excluded: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.75),
    marginTop: theme.spacing(1),
  }),
  filters: css({
    [theme.breakpoints.down('md')]: { marginTop: theme.spacing(1.5) },
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-start',
    gap: theme.spacing(1.5),
  }),
  // On a phone the recordings come first.
  fold: css({ width: '100%', justifyContent: 'center', [theme.breakpoints.up('md')]: { display: 'none' } }),
  folded: css({ [theme.breakpoints.down('md')]: { display: 'none' } }),
  label: css({
    display: 'block',
    marginBottom: theme.spacing(0.5),
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  out: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  clear: css({ marginLeft: 'auto', alignSelf: 'flex-end' }),
  error: css({ flexBasis: '100%', color: theme.colors.error.text }),
});
