import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { percent } from '../../types/figureWords';

/** One part of a bar. */
export interface Segment {
  value: string;
  label: string;
  count: number;
  /** A name of theme.visualization. */
  color: string;
  selected?: boolean;
}

interface Props {
  label: string;
  segments: readonly Segment[];
  onToggle: (value: string) => void;
}

/** Shares of a whole, drawn; a click on one filters by it. */
export function StackedBar({ label, segments, onToggle }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const total = segments.reduce((sum, segment) => sum + segment.count, 0);
  return (
    <div className={styles.container} role="group" aria-label={label}>
      <div className={styles.label}>{label}</div>
      <div className={styles.bar} aria-hidden>
        {segments.map((segment) => (
          <span
            key={segment.value}
            style={{ flexGrow: segment.count, background: theme.visualization.getColorByName(segment.color) }}
          />
        ))}
      </div>
      <div className={styles.legend}>
        {segments.slice(0, 6).map((segment) => (
          <button
            key={segment.value}
            type="button"
            className={styles.item}
            aria-pressed={Boolean(segment.selected)}
            title={`${segment.count.toLocaleString()} of ${total.toLocaleString()}`}
            onClick={() => onToggle(segment.value)}
          >
            <span
              className={styles.swatch}
              style={{ background: theme.visualization.getColorByName(segment.color) }}
              aria-hidden
            />
            <span className={styles.name}>{segment.label}</span>
            <span className={styles.share}>{total > 0 ? percent(segment.count / total) : ''}</span>
          </button>
        ))}
        {segments.length === 0 && <span className={styles.share}>none</span>}
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  container: css({ flex: '1 1 220px', minWidth: 0 }),
  label: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  bar: css({
    display: 'flex',
    gap: 1,
    height: 10,
    margin: theme.spacing(0.5, 0),
    borderRadius: theme.shape.radius.default,
    overflow: 'hidden',
    background: theme.colors.background.secondary,
    '& > span': { minWidth: 2 },
  }),
  legend: css({ display: 'flex', flexWrap: 'wrap', columnGap: theme.spacing(1), minHeight: 22 }),
  item: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    padding: theme.spacing(0, 0.5),
    border: 'none',
    borderRadius: theme.shape.radius.default,
    background: 'none',
    color: theme.colors.text.primary,
    fontSize: theme.typography.bodySmall.fontSize,
    maxWidth: '100%',
    '&:hover': { background: theme.colors.action.hover },
    '&[aria-pressed="true"]': { background: theme.colors.action.selected },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}` },
  }),
  swatch: css({ width: 8, height: 8, borderRadius: theme.shape.radius.circle, flex: 'none' }),
  name: css({ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', maxWidth: 180 }),
  share: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
});
