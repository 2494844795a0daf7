import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import type { When } from '../../types/fault';
import { counts, hitsInARow, scheduleSpan, stretches, timed } from '../../types/faultSchedule';
import { whenWords } from '../../types/faultWords';
import { milliseconds } from '../../types/figureWords';
import { capital } from '../../types/sentence';
import { testIds } from '../testIds';

interface Props {
  when: When;
  valid: boolean;
}

const HEIGHT = 22;
const WIDTH = 400;
/** Requests that are drawn in a row at least and at most. */
const [FEW, MANY] = [24, 60];

/** When a fault works: requests in a row with those that it hits, and a stretch of time with where it is on. */
export function SchedulePreview({ when, valid }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const color = theme.visualization.getColorByName('purple');
  const words = capital(whenWords(when).join(', '));
  const length = Math.min(MANY, Math.max(FEW, (when.burst_of ?? 0) * 2, (when.every ?? 0) * 2, (when.first ?? 0) + 8));
  const span = scheduleSpan(when);
  const of = when.per && when.per !== 'all' ? ` of one ${when.per}` : '';
  return (
    <figure className={styles.figure} data-testid={testIds.faults.schedulePreview}>
      {valid && counts(when) && (
        <div role="img" aria-label={words} className={styles.strip}>
          <div className={styles.row} style={{ gridTemplateColumns: `repeat(${length}, minmax(0, 1fr))` }}>
            {hitsInARow(when, length).map((hit, i) => (
              <i key={i} style={{ background: hit ? color : theme.colors.border.medium }} />
            ))}
          </div>
          <div className={styles.axis}>
            <span>First request{of}</span>
            <span>{length}th</span>
          </div>
        </div>
      )}
      {valid && timed(when) && (
        <div className={styles.strip}>
          <svg
            width="100%"
            height={HEIGHT}
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={words}
            className={styles.time}
          >
            {stretches(when, span).map(({ from, to, shareFrom, shareTo }) => {
              const x = (ms: number) => ((ms / span) * WIDTH).toFixed(1);
              const y = (share: number) => (HEIGHT * (1 - share)).toFixed(1);
              return (
                <path
                  key={from}
                  d={`M${x(from)},${HEIGHT}L${x(from)},${y(shareFrom)}L${x(to)},${y(shareTo)}L${x(to)},${HEIGHT}Z`}
                  fill={color}
                  fillOpacity={0.75}
                />
              );
            })}
          </svg>
          <div className={styles.axis}>
            <span>When it is set</span>
            <span>{milliseconds(span)} later</span>
          </div>
        </div>
      )}
      {!valid && <div className={styles.axis}>Nothing to draw yet</div>}
    </figure>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({ margin: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  strip: css({ display: 'flex', flexDirection: 'column', gap: 2 }),
  row: css({ display: 'grid', gap: 2, '& i': { height: 12, borderRadius: 1 } }),
  time: css({ display: 'block', background: theme.colors.background.canvas, borderRadius: 2 }),
  axis: css({
    display: 'flex',
    justifyContent: 'space-between',
    minHeight: 16,
    fontSize: 11,
    color: theme.colors.text.secondary,
    fontVariantNumeric: 'tabular-nums',
  }),
});
