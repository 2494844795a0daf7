import { css } from '@emotion/css';
import React from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { useNow } from '../../hooks/useNow';
import { modeIndexAt, spansOf } from '../../types/modeHistory';
import { MODES, type Change } from '../../types/scenario';
import { lookOf, modeColor } from '../modes/modeLook';

/** Pieces that the time is cut into. */
const PIECES = 120;

/** The modes of the time that the changes (newest first) cover, as one coloured band. */
export function ModeRibbon({ changes }: { changes: readonly Change[] }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const now = useNow(10_000);
  const oldest = changes.at(-1);
  if (!oldest || changes.length < 2) {
    return null;
  }
  const from = Date.parse(oldest.at);
  const spans = spansOf(changes);
  const step = Math.max(1, now - from) / PIECES;
  const pieces = Array.from({ length: PIECES }, (_, i) => MODES[modeIndexAt(spans, from + (i + 0.5) * step, '')]);
  const clock = (time: number) => {
    const sameDay = new Date(time).toDateString() === new Date(now).toDateString();
    return dateTimeFormat(time, { format: sameDay ? 'HH:mm' : 'MMM D, HH:mm' });
  };
  return (
    <div className={styles.ribbon} role="img" aria-label="Modes over time">
      <div className={styles.band}>
        {pieces.map((mode, i) => (
          <i
            key={i}
            title={`${lookOf(mode).label}, about ${clock(from + (i + 0.5) * step)}`}
            style={{ background: modeColor(theme, mode), opacity: mode === 'healthy' ? 0.35 : 1 }}
          />
        ))}
      </div>
      <div className={styles.ends}>
        <span>{clock(from)}</span>
        <span>now</span>
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  ribbon: css({ minWidth: 0 }),
  band: css({
    display: 'flex',
    height: 14,
    overflow: 'hidden',
    borderRadius: theme.shape.radius.default,
    '& i': { flex: 1 },
  }),
  ends: css({
    display: 'flex',
    justifyContent: 'space-between',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
  }),
});
