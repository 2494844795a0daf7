import { css } from '@emotion/css';
import React, { useEffect, useMemo, useRef, useState } from 'react';
import { colorManipulator, dateTimeFormat, getTimeZone, type GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import { useElementWidth } from '../../hooks/useElementWidth';
import { bucketLabel, heatmapOf } from '../../types/liveTables';
import { BOUNDS, type Point } from '../../types/traffic';
import { testIds } from '../testIds';

interface Props {
  points: readonly Point[];
  seconds: number;
  height: number;
}

/** Pixels left of the cells, for the latencies. */
const AXIS = 56;
/** Pixels below them, for the times. */
const FOOT = 20;
const COLUMN_WIDTH = 9;

/** Where the requests of each moment were in latency: the darker a cell, the more of them. */
export function LatencyHeatmap({ points, seconds, height }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const [ref, width] = useElementWidth();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<{ column: number; bucket: number }>();
  const columns = Math.max(10, Math.min(seconds, Math.floor((width - AXIS) / COLUMN_WIDTH)));
  const map = useMemo(() => heatmapOf(points, seconds, columns), [points, seconds, columns]);
  // Only the buckets that were met, so that the traffic fills the drawing.
  const [low, high] = useMemo(() => {
    const met = map.columns.reduce((all, column) => column.map((count, i) => all[i] || count > 0), [] as boolean[]);
    const [first, last] = [met.indexOf(true), met.lastIndexOf(true)];
    return first < 0
      ? [0, BOUNDS.length]
      : [Math.max(0, first - 1), Math.min(BOUNDS.length, Math.max(last, first + 3))];
  }, [map]);
  const buckets = high - low + 1;
  const cell = { width: (width - AXIS) / columns, height: (height - FOOT) / buckets };

  useEffect(() => {
    const ctx = canvas.current?.getContext('2d');
    if (!ctx || width === 0) {
      return;
    }
    const scale = window.devicePixelRatio || 1;
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.font = `${theme.typography.bodySmall.fontSize} ${theme.typography.fontFamily}`;
    const color = theme.visualization.getColorByName('blue');
    map.columns.forEach((column, x) =>
      column.slice(low, high + 1).forEach((count, i) => {
        if (count > 0) {
          // By square root, since a few slow requests are what one looks for.
          ctx.fillStyle = colorManipulator.alpha(color, 0.12 + 0.88 * Math.sqrt(count / map.max));
          ctx.fillRect(AXIS + x * cell.width, (buckets - 1 - i) * cell.height, cell.width - 1, cell.height - 1);
        }
      })
    );
    ctx.fillStyle = theme.colors.text.secondary;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'right';
    const every = Math.ceil(buckets / Math.max(1, Math.floor((height - FOOT) / 16)));
    for (let i = low; i < Math.min(high, BOUNDS.length); i += every) {
      const bound = BOUNDS[i];
      const label = bound >= 1000 ? `${bound / 1000} s` : `${bound} ms`;
      ctx.fillText(label, AXIS - 8, Math.max(6, (buckets - 1 - (i - low)) * cell.height));
    }
    ctx.textBaseline = 'alphabetic';
    ctx.textAlign = 'center';
    const ticks = Math.max(2, Math.min(6, Math.floor((width - AXIS) / 110)));
    for (let i = 0; i < ticks; i++) {
      const x = Math.round(((i + 0.5) / ticks) * columns);
      const text = dateTimeFormat(map.times[x], { format: 'HH:mm:ss', timeZone: getTimeZone() });
      ctx.fillText(text, AXIS + (x + 0.5) * cell.width, height - 4);
    }
  }, [map, low, high, buckets, cell.width, cell.height, width, height, columns, theme]);

  const onMove = (event: React.MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - AXIS) / cell.width);
    const bucket = high - Math.floor((event.clientY - box.top) / cell.height);
    setHovered(column >= 0 && column < columns && bucket >= low && bucket <= high ? { column, bucket } : undefined);
  };
  const count = hovered && map.columns[hovered.column]?.[hovered.bucket];

  return (
    <section className={styles.container} aria-label="Latency over time" data-testid={testIds.live.heatmap}>
      <header className={styles.header}>
        <h3 className={styles.title}>Latency over time</h3>
        <span className={styles.moment}>
          {hovered
            ? `${dateTimeFormat(map.times[hovered.column], { format: 'HH:mm:ss', timeZone: getTimeZone() })}, ` +
              `${bucketLabel(hovered.bucket)}: ${count ?? 0} requests`
            : 'requests by latency, the brighter the more'}
        </span>
      </header>
      <div ref={ref} className={styles.plot} style={{ height }}>
        {width > 0 && (
          <canvas
            ref={canvas}
            width={Math.round(width * (window.devicePixelRatio || 1))}
            height={Math.round(height * (window.devicePixelRatio || 1))}
            style={{ width, height }}
            onMouseMove={onMove}
            onMouseLeave={() => setHovered(undefined)}
            role="img"
            aria-label="Heat map of latencies over time"
          />
        )}
      </div>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  container: css({ minWidth: 0 }),
  header: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    columnGap: theme.spacing(1.5),
    marginBottom: theme.spacing(0.5),
  }),
  title: css({ ...theme.typography.h6, margin: 0 }),
  moment: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
  }),
  plot: css({ width: '100%', overflow: 'hidden' }),
});
