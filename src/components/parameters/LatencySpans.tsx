import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { milliseconds } from '../../types/figureWords';
import type { LatencyRange } from '../../types/expectation';

interface Props {
  spans: ReadonlyArray<LatencyRange & { label: string; color: string }>;
  /** The same in words. */
  words: string;
}

/** Ends of the axis, and its lines, in milliseconds. */
const [LEAST, MOST] = [1, 30_000];
const lines = [1, 10, 100, 1000, 10_000];

/** Ranges of latency from the median to the 95th percentile, one below the other on a logarithmic axis. */
export function LatencySpans({ spans, words }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div role="img" aria-label={words} title={words} className={styles.drawing}>
      {spans.map(({ label, color, p50, p95 }) => (
        <React.Fragment key={label}>
          <span className={styles.label}>{label}</span>
          <span className={styles.track}>
            {lines.map((line) => (
              <i key={line} className={styles.line} style={{ left: `${at(line)}%` }} />
            ))}
            <i
              className={styles.span}
              style={{ left: `${at(p50)}%`, width: `${Math.max(1.5, at(p95) - at(p50))}%`, background: color }}
            />
          </span>
          <span className={styles.value}>
            {about(p50)} to {about(p95)}
          </span>
        </React.Fragment>
      ))}
      <span className={styles.label} />
      <span className={styles.axis}>
        {lines.map((line) => (
          <span key={line} style={{ left: `${at(line)}%` }}>
            {milliseconds(line).replace(' ', '\u202f')}
          </span>
        ))}
      </span>
      <span className={styles.note}>median to p95</span>
    </div>
  );
}

function at(ms: number): number {
  const share = Math.log(Math.max(LEAST, ms) / LEAST) / Math.log(MOST / LEAST);
  return Math.min(100, share * 100);
}

/** Two digits are what an estimate is worth. */
function about(ms: number): string {
  return milliseconds(Number(ms.toPrecision(2)));
}

const getStyles = (theme: GrafanaTheme2) => ({
  drawing: css({
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr) max-content',
    columnGap: theme.spacing(1),
    rowGap: 2,
    alignItems: 'center',
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
    fontVariantNumeric: 'tabular-nums',
  }),
  label: css({ whiteSpace: 'nowrap' }),
  value: css({ whiteSpace: 'nowrap', color: theme.colors.text.primary, textAlign: 'right' }),
  track: css({ position: 'relative', height: 14 }),
  line: css({ position: 'absolute', top: -1, bottom: -1, width: 1, background: theme.colors.border.weak }),
  span: css({
    position: 'absolute',
    top: 3,
    height: 8,
    borderRadius: 2,
    [theme.transitions.handleMotion('no-preference')]: { transition: theme.transitions.create(['left', 'width']) },
  }),
  axis: css({
    position: 'relative',
    height: 14,
    '& span': { position: 'absolute', transform: 'translateX(-50%)', whiteSpace: 'nowrap', fontSize: 10 },
  }),
  note: css({ textAlign: 'right', whiteSpace: 'nowrap', fontSize: 10 }),
});
