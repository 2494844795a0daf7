import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';

import { testIds } from '../testIds';

interface Props {
  name: string;
  label: string;
  now?: string;
  /** What it was before the switch; absent where there is nothing to compare with. */
  before?: string;
  /** When that was: "before", "when healthy". */
  against: string;
  /** Whether it went up or down by more than noise, where more is worse. */
  trend?: 'higher' | 'lower' | 'same';
}

/** A big figure with what it was before the switch. */
export function Figure({ name, label, now, before, against, trend = 'same' }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.figure} data-testid={testIds.controlCenter.figure(name)}>
      <div className={styles.label}>{label}</div>
      <div className={styles.now} data-testid={testIds.controlCenter.figureNow(name)}>
        {now ?? '-'}
      </div>
      <div className={styles.before}>
        {before !== undefined ? (
          <>
            <Icon name="history" size="sm" /> {before} {against}
            {trend !== 'same' && (
              <Icon
                name={trend === 'higher' ? 'arrow-up' : 'arrow-down'}
                size="sm"
                title={trend}
                className={trend === 'higher' ? styles.higher : undefined}
              />
            )}
          </>
        ) : (
          '\u00a0'
        )}
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({
    flex: '1 1 130px',
    padding: theme.spacing(1, 1.5),
    background: theme.colors.background.secondary,
    borderRadius: theme.shape.radius.default,
    minWidth: 0,
  }),
  label: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  now: css({
    ...theme.typography.h2,
    margin: 0,
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
  }),
  before: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
    minHeight: 20,
  }),
  higher: css({ color: theme.colors.error.text }),
});
