import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';

import type { Fault } from '../../types/fault';
import { milliseconds } from '../../types/figureWords';
import { densityCurve, latencyQuantile } from '../../types/latencyDraw';
import { testIds } from '../testIds';

interface Props {
  fault: Fault;
  /** Whether the parameters make sense; else nothing is drawn. */
  valid: boolean;
}

const HEIGHT = 56;
/** The curve is drawn in this many units across, and stretched. */
const WIDTH = 400;

/** How long the latencies of a fault are: their density, with the median and the 95th percentile. */
export function LatencyPreview({ fault, valid }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const drawing = useMemo(() => (valid ? drawingOf(fault) : undefined), [fault, valid]);
  const color = theme.visualization.getColorByName('orange');
  return (
    <figure className={styles.figure} data-testid={testIds.faults.latencyPreview}>
      <figcaption className={styles.caption}>{drawing ? drawing.words : 'Nothing to draw yet'}</figcaption>
      <div className={styles.drawing}>
        {drawing && (
          <>
            <svg
              width="100%"
              height={HEIGHT}
              viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
              preserveAspectRatio="none"
              role="img"
              aria-label={drawing.words}
            >
              {drawing.path && (
                <path
                  d={drawing.path}
                  fill={color}
                  fillOpacity={0.3}
                  stroke={color}
                  strokeWidth={1.5}
                  vectorEffect="non-scaling-stroke"
                />
              )}
            </svg>
            {drawing.marks.map(({ at, label, strong }) => (
              <i
                key={label}
                className={styles.mark}
                style={{ left: `${at * 100}%`, background: strong ? color : theme.colors.text.secondary }}
              />
            ))}
          </>
        )}
      </div>
      <div className={styles.axis}>
        <span>0</span>
        <span>{drawing && milliseconds(Number(drawing.end.toPrecision(2)))}</span>
      </div>
    </figure>
  );
}

function drawingOf(fault: Fault) {
  const { points, end } = densityCurve(fault);
  const [p50, p95] = [latencyQuantile(fault, 0.5), latencyQuantile(fault, 0.95)];
  const x = (share: number) => (share * WIDTH).toFixed(1);
  const y = (share: number) => (HEIGHT - 1 - share * (HEIGHT - 4)).toFixed(1);
  const line = points.map((point) => `L${x(point.x)},${y(point.y)}`).join('');
  const path = points.length
    ? `M${x(points[0].x)},${y(0)}${line}L${x(points[points.length - 1].x)},${y(0)}Z`
    : undefined;
  const fixed = p50 === p95;
  return {
    path,
    end,
    marks: [
      { at: Math.min(1, p50 / end), label: 'p50', strong: true },
      ...(fixed ? [] : [{ at: Math.min(1, p95 / end), label: 'p95', strong: false }]),
    ],
    words: fixed ? `Always ${milliseconds(p50)}` : `Half below ${milliseconds(p50)}, 95 % below ${milliseconds(p95)}`,
  };
}

const getStyles = (theme: GrafanaTheme2) => ({
  figure: css({ margin: 0, gridColumn: '1 / -1' }),
  caption: css({
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
    fontVariantNumeric: 'tabular-nums',
  }),
  drawing: css({
    position: 'relative',
    height: HEIGHT,
    borderBottom: `1px solid ${theme.colors.border.medium}`,
    '& svg': { display: 'block' },
  }),
  mark: css({ position: 'absolute', top: 2, bottom: 0, width: 2, marginLeft: -1 }),
  axis: css({
    display: 'flex',
    justifyContent: 'space-between',
    minHeight: 16,
    fontSize: 11,
    color: theme.colors.text.secondary,
    fontVariantNumeric: 'tabular-nums',
  }),
});
