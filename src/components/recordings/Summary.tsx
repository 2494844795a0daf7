import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { percent } from '../../types/figureWords';
import type { Count, Stats } from '../../types/recording';
import type { FilterState } from '../../types/recordingFilter';
import { bytes, duration, kindOfStatus } from '../../types/recordingWords';
import { lookOf } from '../modes/modeLook';
import { testIds } from '../testIds';
import { outcomeLooks } from './outcomeLook';
import { StackedBar, type Segment } from './StackedBar';

type ListField = 'statuses' | 'modes' | 'consumers' | 'faults';

// For values without a colour of their own.
const palette = ['blue', 'yellow', 'semi-dark-green', 'semi-dark-orange', 'light-purple', 'light-blue'];

interface Props {
  stats?: Stats;
  filter: FilterState;
  onFilter: (filter: FilterState) => void;
}

/** The recordings of the filter in figures and shares. */
export function Summary({ stats, filter, onFilter }: Props) {
  const styles = useStyles2(getStyles);
  const toggle = (field: ListField) => (value: string) => {
    const values = filter[field];
    onFilter({
      ...filter,
      [field]: values.includes(value) ? values.filter((other) => other !== value) : [...values, value],
    });
  };
  const segments = (field: ListField, counts: Count[] | null | undefined, look: (value: string, i: number) => string) =>
    (counts ?? []).map(({ value, count }, i): Segment => ({
      value,
      label: labelOf(field, value),
      count,
      color: look(value, i),
      selected: filter[field].includes(value),
    }));
  const share = (count: number) => (stats?.total ? ` (${percent(count / stats.total)})` : '');

  return (
    <div className={styles.summary} data-testid={testIds.recordings.summary}>
      <div className={styles.stats}>
        <Stat name="total" label="Recordings" value={stats?.total.toLocaleString()} />
        <Stat name="errors" label="Errors" value={stats && `${stats.errors.toLocaleString()}${share(stats.errors)}`} />
        <Stat
          name="injected"
          label="Injected"
          value={stats && `${stats.injected.toLocaleString()}${share(stats.injected)}`}
        />
        <Stat name="p50" label="Median" value={maybe(stats?.p50_ms)} />
        <Stat name="p95" label="p95" value={maybe(stats?.p95_ms)} />
        <Stat name="p99" label="p99" value={maybe(stats?.p99_ms)} />
        <Stat name="bytes" label="Bodies" value={stats && bytes(stats.bytes)} />
      </div>
      <div className={styles.bars}>
        <StackedBar
          label="By status"
          segments={segments('statuses', stats?.by_status, (value) => outcomeLooks[kindOfStatus(value)].color)}
          onToggle={toggle('statuses')}
        />
        <StackedBar
          label="By mode"
          segments={segments('modes', stats?.by_mode, (value) => lookOf(value).color)}
          onToggle={toggle('modes')}
        />
        <StackedBar
          label="By injected fault"
          segments={segments('faults', stats?.by_fault, (_, i) => palette[(i + 4) % palette.length])}
          onToggle={toggle('faults')}
        />
        <StackedBar
          label="By consumer"
          segments={segments('consumers', stats?.by_consumer, (_, i) => palette[i % palette.length])}
          onToggle={toggle('consumers')}
        />
      </div>
    </div>
  );
}

function Stat({ name, label, value }: { name: string; label: string; value?: string }) {
  const styles = useStyles2(getStyles);
  return (
    <div data-testid={testIds.recordings.stat(name)}>
      <div className={styles.label}>{label}</div>
      <div className={styles.value}>{value ?? '-'}</div>
    </div>
  );
}

function labelOf(field: ListField, value: string): string {
  if (field === 'modes') {
    return lookOf(value).label;
  }
  if (field === 'statuses' && (value === '0' || value === 'none' || value === '')) {
    return 'no answer';
  }
  return value || '(none)';
}

function maybe(ms?: number | null): string | undefined {
  return ms === undefined || ms === null ? undefined : duration(ms);
}

const getStyles = (theme: GrafanaTheme2) => ({
  summary: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1.5),
    padding: theme.spacing(1.5, 2),
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  stats: css({ display: 'flex', flexWrap: 'wrap', columnGap: theme.spacing(4), rowGap: theme.spacing(1) }),
  bars: css({ display: 'flex', flexWrap: 'wrap', columnGap: theme.spacing(3), rowGap: theme.spacing(1) }),
  label: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  value: css({ ...theme.typography.h4, margin: 0, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
});
