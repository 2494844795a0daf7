import { css, cx } from '@emotion/css';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import React, { useEffect, useRef } from 'react';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { useNow } from '../../hooks/useNow';
import { useTop } from '../../hooks/useTop';
import { isInjected, type Recording } from '../../types/recording';
import { ago, duration } from '../../types/recordingWords';
import { tableStyles } from '../tableStyles';
import { testIds } from '../testIds';
import { FaultBadges, ModeBadge, OutcomeBadge } from './RecordingBadges';

/** Milliseconds for which a recording that came in is lit up. */
const FRESH = 2500;

/** Pixels of a row with its border; rows never wrap. */
const ROW_HEIGHT = 35;

/** How many rows are drawn above and below what can be seen. */
const OVERSCAN = 20;

interface Props {
  recordings: readonly Recording[];
  openId?: string;
  onOpen: (id: string) => void;
  /** Whether new ones come in by themselves: they are lit up then. */
  following?: boolean;
  /** Called when the last of them come into view. */
  onEnd?: () => void;
}

/** The recordings, newest first. However many there are, only those that can be seen are drawn. */
export function RecordingsTable({ recordings, openId, onOpen, following = false, onEnd }: Props) {
  const styles = useStyles2(getStyles);
  const now = useNow(following ? 1000 : 5000);
  // The scale of the bars: long enough for nearly all, so that one outlier does not flatten the rest.
  const sorted = recordings.map((recording) => recording.response_time_ms).sort((a, b) => a - b);
  const scale = sorted[Math.floor(sorted.length * 0.98)] || 1;

  const body = useRef<HTMLTableSectionElement>(null);
  const top = useTop(body);
  const virtualizer = useWindowVirtualizer({
    count: recordings.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  const drawn = virtualizer.getVirtualItems();
  const first = drawn[0]?.index ?? 0;
  const last = drawn[drawn.length - 1]?.index ?? -1;
  useEffect(() => {
    if (onEnd && last >= recordings.length - 1) {
      onEnd();
    }
  }, [onEnd, last, recordings.length]);

  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-rowcount={recordings.length + 1} data-testid={testIds.recordings.table}>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Method</th>
            <th scope="col" className={styles.wideColumn}>
              Path
            </th>
            <th scope="col">Status</th>
            <th scope="col">Duration</th>
            <th scope="col">Mode</th>
            <th scope="col">Injected</th>
            <th scope="col" className={styles.optional}>
              Consumer
            </th>
            <th scope="col" className={styles.optional}>
              Gateway
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          <Spacer rows={first} />
          {recordings.slice(first, last + 1).map((recording, i) => (
            <tr
              key={recording.id}
              aria-rowindex={first + i + 2}
              className={cx(
                styles.row,
                recording.id === openId && styles.open,
                following && Date.parse(recording.timestamp) > now - FRESH && styles.fresh
              )}
              onClick={() => onOpen(recording.id)}
              data-testid={testIds.recordings.row}
              data-id={recording.id}
            >
              <td className={styles.time}>
                <time
                  dateTime={recording.timestamp}
                  title={dateTimeFormat(recording.timestamp, { format: 'YYYY-MM-DD HH:mm:ss.SSS' })}
                >
                  {ago(recording.timestamp, now)}
                </time>
              </td>
              <td className={styles.method}>{recording.method}</td>
              <td className={styles.pathCell}>
                <button
                  type="button"
                  className={cx(styles.link, styles.path)}
                  title={recording.path}
                  onClick={(event) => {
                    event.stopPropagation();
                    onOpen(recording.id);
                  }}
                  data-testid={testIds.recordings.open}
                >
                  {recording.operation || recording.path}
                </button>
              </td>
              <td>
                <OutcomeBadge recording={recording} />
              </td>
              <td>
                <DurationBar recording={recording} scale={scale} />
              </td>
              <td>
                <ModeBadge mode={recording.scenario_mode} />
              </td>
              <td className={styles.faults}>
                <FaultBadges recording={recording} />
                {!isInjected(recording) && <span className={styles.weak}>organic</span>}
              </td>
              <td className={cx(styles.optional, styles.consumer)} title={recording.consumer}>
                {recording.consumer}
              </td>
              <td className={styles.optional}>{recording.gateway}</td>
            </tr>
          ))}
          <Spacer rows={recordings.length - 1 - last} />
        </tbody>
      </table>
    </div>
  );
}

/** Takes the place of rows that are not drawn. */
function Spacer({ rows }: { rows: number }) {
  return rows > 0 ? (
    <tr aria-hidden style={{ height: rows * ROW_HEIGHT }}>
      <td colSpan={9} style={{ border: 'none', padding: 0, height: 'auto' }} />
    </tr>
  ) : null;
}

function DurationBar({ recording, scale }: { recording: Recording; scale: number }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const share = (ms: number) => `${Math.min(100, (ms / scale) * 100)}%`;
  const injected = Math.min(recording.response_time_ms, recording.injected_delay_ms ?? 0);
  return (
    <div className={styles.duration}>
      <span className={styles.ms}>{duration(recording.response_time_ms)}</span>
      <span className={styles.track} aria-hidden>
        <span style={{ width: share(injected), background: theme.visualization.getColorByName('purple') }} />
        <span
          style={{
            width: share(recording.response_time_ms - injected),
            background: theme.visualization.getColorByName('blue'),
          }}
        />
      </span>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  ...tableStyles(theme, ROW_HEIGHT - 1),
  wideColumn: css({ width: '35%', minWidth: 176 }),
  // As wide as its column, however long the path is: what was injected stays in view.
  pathCell: css({ maxWidth: 0 }),
  row: css({ cursor: 'pointer', '&:hover': { background: theme.colors.action.hover } }),
  open: css({ background: theme.colors.action.selected }),
  fresh: css({ background: theme.colors.info.transparent }),
  time: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums', minWidth: 84 }),
  method: css({ fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize }),
  path: css({
    maxWidth: '100%',
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  duration: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
  ms: css({ minWidth: 60, textAlign: 'right', fontVariantNumeric: 'tabular-nums' }),
  track: css({ display: 'flex', width: 90, height: 6, borderRadius: 3, overflow: 'hidden' }),
  faults: css({ '& > *': { marginRight: theme.spacing(0.5) } }),
  weak: css({ color: theme.colors.text.disabled }),
  optional: css({ [theme.breakpoints.down('lg')]: { display: 'none' } }),
  consumer: css({ maxWidth: 200, overflow: 'hidden', textOverflow: 'ellipsis' }),
});
