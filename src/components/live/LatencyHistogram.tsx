import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { milliseconds, percent } from '../../types/figureWords';
import { quantile } from '../../types/figures';
import { bucketLabel, histogramOf } from '../../types/liveTables';
import { BOUNDS, type Point } from '../../types/traffic';
import { testIds } from '../testIds';

const quantiles = [
  { q: 0.5, label: 'p50', color: 'green' },
  { q: 0.95, label: 'p95', color: 'orange' },
  { q: 0.99, label: 'p99', color: 'red' },
];

/** How the latencies are distributed, with the quantiles marked on the buckets that they fall into. */
export function LatencyHistogram({ points, height }: { points: readonly Point[]; height: number }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const counts = useMemo(() => histogramOf(points), [points]);
  const total = counts.reduce((a, b) => a + b, 0);
  const max = Math.max(1, ...counts);
  const marks = quantiles.map((mark) => ({ ...mark, ms: quantile(counts, mark.q) }));
  const first = Math.max(0, counts.findIndex((count) => count > 0) - 1);
  const last = Math.max(first + 5, Math.min(BOUNDS.length, counts.map((count) => count > 0).lastIndexOf(true)));

  return (
    <section className={styles.container} aria-label="Latency distribution" data-testid={testIds.live.histogram}>
      <header className={styles.header}>
        <h3 className={styles.title}>Latency distribution</h3>
        <ul className={styles.legend}>
          {marks.map(({ label, color, ms }) => (
            <li key={label} className={styles.item}>
              <span
                className={styles.swatch}
                style={{ background: theme.visualization.getColorByName(color) }}
                aria-hidden
              />
              {label}
              <span className={styles.value}>{ms === null ? '-' : milliseconds(ms)}</span>
            </li>
          ))}
        </ul>
      </header>
      <ol className={styles.bars} style={{ height }}>
        {counts.slice(first, last + 1).map((count, i) => {
          const bucket = first + i;
          const share = total > 0 ? count / total : 0;
          const marked = marks.filter(({ ms }) => ms !== null && bucketOf(ms) === bucket);
          return (
            <li
              key={bucket}
              className={styles.bucket}
              title={`${bucketLabel(bucket)}: ${count.toLocaleString()} requests, ${percent(share)}`}
            >
              <span className={styles.share}>{share >= 0.005 ? `${Math.round(share * 100)}%` : ''}</span>
              <span className={styles.track}>
                <span
                  className={styles.bar}
                  style={{
                    height: `${(count / max) * 100}%`,
                    minHeight: count > 0 ? 2 : 0,
                    background: theme.visualization.getColorByName('blue'),
                  }}
                />
              </span>
              <span className={styles.marks}>
                {marked.map(({ label, color }) => (
                  <i key={label} title={label} style={{ background: theme.visualization.getColorByName(color) }} />
                ))}
              </span>
              <span className={styles.label}>{boundLabel(bucket)}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function bucketOf(ms: number): number {
  const at = BOUNDS.findIndex((bound) => ms <= bound);
  return at < 0 ? BOUNDS.length : at;
}

function boundLabel(bucket: number): string {
  if (bucket >= BOUNDS.length) {
    return '>30 s';
  }
  const bound = BOUNDS[bucket];
  return bound >= 1000 ? `${bound / 1000} s` : `${bound}`;
}

const getStyles = (theme: GrafanaTheme2) => ({
  container: css({ minWidth: 0 }),
  header: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    columnGap: theme.spacing(1.5),
    marginBottom: theme.spacing(0.5),
  }),
  title: css({ ...theme.typography.h6, margin: 0 }),
  legend: css({
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: theme.spacing(2),
    marginLeft: 'auto',
    listStyle: 'none',
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
  }),
  item: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.75), whiteSpace: 'nowrap' }),
  swatch: css({ width: 14, height: 4, borderRadius: 2 }),
  value: css({
    color: theme.colors.text.primary,
    fontVariantNumeric: 'tabular-nums',
    minWidth: 52,
    textAlign: 'right',
  }),
  bars: css({ display: 'flex', alignItems: 'stretch', gap: 2, listStyle: 'none', margin: 0 }),
  bucket: css({
    flex: '1 1 0',
    minWidth: 0,
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    '&:hover': { background: theme.colors.action.hover },
  }),
  share: css({ fontSize: 11, height: 16, color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
  track: css({
    flex: 1,
    width: '100%',
    display: 'flex',
    alignItems: 'flex-end',
    borderBottom: `1px solid ${theme.colors.border.medium}`,
  }),
  bar: css({ width: '100%', borderRadius: '2px 2px 0 0' }),
  marks: css({ display: 'flex', gap: 2, height: 6, marginTop: 2, '& > i': { width: 12, height: 4, borderRadius: 2 } }),
  label: css({ fontSize: 11, height: 16, color: theme.colors.text.secondary, whiteSpace: 'nowrap' }),
});
