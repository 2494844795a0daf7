import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { testIds } from '../testIds';
import { Sparkline } from './Sparkline';
import { useElementWidth } from '../../hooks/useElementWidth';

interface Props {
  name: string;
  label: string;
  value?: string;
  /** Its course over the window. */
  history?: readonly number[];
  /** A name of theme.visualization. */
  color: string;
}

/** One big figure over its own course. */
export function LiveFigure({ name, label, value, history, color }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [ref, width] = useElementWidth();
  return (
    <div ref={ref} className={styles.figure}>
      <div className={styles.label}>{label}</div>
      <div className={styles.value} data-testid={testIds.live.figure(name)}>
        {value ?? '-'}
      </div>
      <div className={styles.spark}>
        {history && (
          <Sparkline values={history} width={width} height={28} color={theme.visualization.getColorByName(color)} />
        )}
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({
    position: 'relative',
    flex: '1 1 120px',
    minWidth: 0,
    height: 88,
    padding: theme.spacing(1, 1.5),
    overflow: 'hidden',
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  label: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    whiteSpace: 'nowrap',
  }),
  value: css({ ...theme.typography.h3, margin: 0, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  spark: css({ position: 'absolute', left: 0, right: 0, bottom: 0, height: 28 }),
});
