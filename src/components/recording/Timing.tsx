import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import type { Recording } from '../../types/recording';
import { duration, timingOf, type TimingPart } from '../../types/recordingWords';
import { testIds } from '../testIds';

const colors: Record<TimingPart['name'], string> = { injected: 'purple', upstream: 'blue', rest: 'semi-dark-yellow' };

/** Where the time of an exchange went, drawn. */
export function Timing({ recording }: { recording: Recording }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const parts = timingOf(recording);
  const total = recording.response_time_ms || 1;
  // The gateway's own answer is there at once: when it began says nothing.
  const firstByte = recording.upstream_time_ms === undefined ? undefined : recording.first_byte_ms;
  return (
    <div data-testid={testIds.recording.timing}>
      <div className={styles.track}>
        {parts.map((part) => (
          <span
            key={part.name}
            title={`${part.label}: ${duration(part.ms)}`}
            style={{
              width: `${(part.ms / total) * 100}%`,
              background: theme.visualization.getColorByName(colors[part.name]),
            }}
          />
        ))}
        {firstByte !== undefined && firstByte <= total && (
          <i
            className={styles.marker}
            title={`First byte after ${duration(firstByte)}`}
            style={{ left: `${(firstByte / total) * 100}%` }}
          />
        )}
      </div>
      <dl className={styles.list}>
        {parts.map((part) => (
          <div key={part.name} className={styles.part}>
            <dt>
              <span
                className={styles.swatch}
                style={{ background: theme.visualization.getColorByName(colors[part.name]) }}
                aria-hidden
              />
              {part.label}
            </dt>
            <dd>{duration(part.ms)}</dd>
          </div>
        ))}
        {firstByte !== undefined && (
          <div className={styles.part}>
            <dt>First byte after</dt>
            <dd>{duration(firstByte)}</dd>
          </div>
        )}
        <div className={styles.part}>
          <dt>Whole exchange</dt>
          <dd>{duration(recording.response_time_ms)}</dd>
        </div>
      </dl>
      {recording.upstream_time_ms === undefined && <p className={styles.note}>The upstream was not asked.</p>}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  track: css({
    position: 'relative',
    display: 'flex',
    gap: 1,
    height: 24,
    overflow: 'hidden',
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
    '& > span': { minWidth: 2, height: '100%' },
  }),
  marker: css({ position: 'absolute', top: 0, bottom: 0, width: 2, background: theme.colors.text.maxContrast }),
  list: css({ marginTop: theme.spacing(1.5), maxWidth: 360 }),
  part: css({
    display: 'flex',
    justifyContent: 'space-between',
    padding: theme.spacing(0.25, 0),
    '& dt': { fontWeight: theme.typography.fontWeightRegular, color: theme.colors.text.secondary },
    '& dd': { margin: 0, fontVariantNumeric: 'tabular-nums' },
  }),
  swatch: css({ display: 'inline-block', width: 10, height: 10, borderRadius: 2, marginRight: theme.spacing(1) }),
  note: css({ color: theme.colors.text.secondary }),
});
