import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { effectNotes } from '../../types/faultEffect';
import { milliseconds } from '../../types/figureWords';
import { expectedLatency, expectedOutcomes, ofHundred } from '../../types/expectation';
import type { Behavior, Latency } from '../../types/scenario';
import { testIds } from '../testIds';
import { LatencySpans } from './LatencySpans';

interface Props {
  behavior: Behavior;
  latency?: Latency;
  /** Latencies of traffic to which nothing was done, by BOUNDS: what the estimate is made from. */
  baseline: readonly number[];
}

const kinds = [
  { name: 'untouched', label: 'as they are', color: 'green' },
  { name: 'slowed', label: 'slowed', color: 'orange' },
  { name: 'changed', label: 'changed', color: 'blue' },
  { name: 'timeouts', label: 'time out', color: 'semi-dark-yellow' },
  { name: 'broken', label: 'break off', color: 'semi-dark-red' },
  { name: 'errors', label: 'errors', color: 'purple' },
] as const;

/** What parameters do before they are applied: a hundred requests drawn one by one, and how long the answers take. */
export function ExpectedEffect({ behavior, latency, baseline }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const outcomes = expectedOutcomes(behavior, latency);
  const counts = ofHundred(kinds.map(({ name }) => outcomes[name]));
  const color = (i: number) => theme.visualization.getColorByName(kinds[i].color);
  const words = kinds.flatMap(({ label }, i) => (counts[i] ? [`${counts[i]} ${label}`] : [])).join(', ');
  const without = expectedLatency(baseline, { mode: 'healthy' });
  const expected = expectedLatency(baseline, behavior, latency);
  const notes = effectNotes(behavior.faults);
  const answered = outcomes.errors + outcomes.timeouts + outcomes.broken < 1;

  return (
    <figure className={styles.figure} data-testid={testIds.controlCenter.expected}>
      <figcaption className={styles.caption}>Of 100 requests, {words}</figcaption>
      <div className={styles.requests} role="img" aria-label={`Of 100 requests, ${words}`}>
        {counts.flatMap((count, kind) =>
          Array.from({ length: count }, (_, i) => <i key={`${kind} ${i}`} style={{ background: color(kind) }} />)
        )}
      </div>
      {notes.length > 0 && <div className={styles.note}>{notes.join(' ')}</div>}
      {without && expected && answered && (
        <LatencySpans
          spans={[
            { label: 'Without', color: theme.colors.text.disabled, ...without },
            { label: 'With it', color: color(outcomes.slowed > 0 ? 1 : 0), ...expected },
          ]}
          words={`Median about ${milliseconds(expected.p50)} instead of ${milliseconds(without.p50)}, p95 about ${milliseconds(
            expected.p95
          )} instead of ${milliseconds(without.p95)}`}
        />
      )}
    </figure>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({ margin: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(0.75) }),
  caption: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
  note: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  requests: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(25, minmax(0, 1fr))',
    gap: 2,
    '& i': {
      height: 9,
      borderRadius: 1,
      [theme.transitions.handleMotion('no-preference')]: { transition: theme.transitions.create('background') },
    },
  }),
});
