import { css } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { Tooltip, useStyles2 } from '@grafana/ui';

import { testIds } from '../testIds';
import { countdown } from './words';

const RADIUS = 15;
const LENGTH = 2 * Math.PI * RADIUS;

interface Props {
  /** Unix milliseconds. */
  from: number;
  to: number;
  now: number;
  color: string;
}

/** The time until the scenario falls back to healthy, as a ring that empties. */
export function Countdown({ from, to, now, color }: Props) {
  const styles = useStyles2(getStyles);
  const left = Math.min(1, Math.max(0, (to - now) / Math.max(1, to - from)));
  return (
    <Tooltip content={`Back to healthy by itself at ${dateTimeFormat(to, { format: 'YYYY-MM-DD HH:mm:ss' })}`}>
      <span className={styles.countdown} data-testid={testIds.controlCenter.countdown}>
        <svg width={36} height={36} aria-hidden>
          <circle cx={18} cy={18} r={RADIUS} className={styles.track} />
          <circle
            cx={18}
            cy={18}
            r={RADIUS}
            className={styles.left}
            stroke={color}
            strokeDasharray={`${left * LENGTH} ${LENGTH}`}
            transform="rotate(-90 18 18)"
          />
        </svg>
        <span>
          <span className={styles.label}>expires in</span>
          <br />
          <span className={styles.time}>{countdown(to - now)}</span>
        </span>
      </span>
    </Tooltip>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  countdown: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(1), lineHeight: 1.2 }),
  track: css({ fill: 'none', strokeWidth: 4, stroke: theme.colors.border.weak }),
  left: css({
    fill: 'none',
    strokeWidth: 4,
    [theme.transitions.handleMotion('no-preference')]: { transition: 'stroke-dasharray 1s linear' },
  }),
  label: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  time: css({
    fontSize: theme.typography.h4.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
    fontVariantNumeric: 'tabular-nums',
  }),
});
