import type uPlot from 'uplot';
import { colorManipulator, type GrafanaTheme2 } from '@grafana/data';
import {
  AxisPlacement,
  GraphDrawStyle,
  LineInterpolation,
  ScaleDirection,
  ScaleOrientation,
  VisibilityMode,
} from '@grafana/schema';
import { UPlotConfigBuilder } from '@grafana/ui';

import { MODES } from '../../types/scenario';
import { modeColor } from '../modes/modeLook';
import { runs, type ChartSeries } from './chartData';

/** Charts with this key move their cursors together. */
const CURSOR_KEY = 'mockforge-impact';

interface Options {
  theme: GrafanaTheme2;
  timeZone: string;
  series: readonly ChartSeries[];
  format: (value: number) => string;
  /** Least upper end of the value axis, so that noise near zero does not fill the chart. */
  softMax: number;
  hardMax?: number;
  onHover: (index: number | null) => void;
}

/** Sets a chart of chartData up: lines over a background that shows under which mode the traffic was. */
export function chartConfig({ theme, timeZone, series, format, softMax, hardMax, onHover }: Options) {
  const builder = new UPlotConfigBuilder(timeZone);
  const colors = series.map((one) => theme.visualization.getColorByName(one.color));

  // The label of the last tick needs room on the right; null is what uPlot finds out by itself.
  builder.setPadding([null, 20, null, null]);
  builder.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: (u) => {
      const times = u.data[0] ?? [];
      return [times[0] ?? 0, times[times.length - 1] ?? 1];
    },
  });
  builder.addScale({
    scaleKey: 'y',
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Up,
    range: (_, __, max) => {
      const padded = Math.max(softMax, (max ?? 0) * 1.1);
      return [0, hardMax === undefined ? padded : Math.min(hardMax, padded)];
    },
  });
  builder.addAxis({
    scaleKey: 'x',
    isTime: true,
    placement: AxisPlacement.Bottom,
    timeZone,
    theme,
    grid: { show: false },
  });
  builder.addAxis({
    scaleKey: 'y',
    placement: AxisPlacement.Left,
    theme,
    size: 56,
    formatValue: (value) => format(Number(value)),
    // Half the usual density: the charts are low.
    space: () => 32,
  });
  series.forEach((one, i) => {
    builder.addSeries({
      scaleKey: 'y',
      theme,
      drawStyle: GraphDrawStyle.Line,
      lineInterpolation: LineInterpolation.Linear,
      lineColor: colors[i],
      lineWidth: 1.5,
      fillOpacity: one.fill ?? 0,
      showPoints: VisibilityMode.Never,
      pointColor: colors[i],
      // Seconds without traffic have no latency: a gap, not a line across.
      spanNulls: false,
    });
  });
  builder.addSeries({ scaleKey: 'mode', theme, show: false });

  builder.addHook('drawClear', (u) => drawModes(u, theme));
  builder.addHook('setCursor', (u) => {
    const inside = (u.cursor.left ?? -1) >= 0;
    onHover(inside ? (u.cursor.idx ?? null) : null);
  });
  const pointColor = (_: uPlot, index: number) => colors[index - 1] ?? 'transparent';
  builder.setCursor({
    sync: { key: CURSOR_KEY, scales: ['x', null] },
    drag: { x: false, y: false },
    points: { stroke: pointColor, fill: pointColor },
  });
  return builder;
}

function drawModes(u: uPlot, theme: GrafanaTheme2) {
  const times = u.data[0];
  const modes = u.data[u.data.length - 1];
  const { ctx, bbox } = u;
  const at = (time: number) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, u.valToPos(time, 'x', true)));

  ctx.save();
  for (const run of runs(modes)) {
    const mode = MODES[run.value];
    if (!mode || mode === 'healthy') {
      continue;
    }
    const color = modeColor(theme, mode);
    const [left, right] = [at(times[run.from]), at(times[run.to])];
    ctx.fillStyle = colorManipulator.alpha(color, theme.isDark ? 0.14 : 0.12);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = color;
    ctx.fillRect(left, bbox.top, right - left, 2 * devicePixelRatio);
    if (run.from > 0) {
      ctx.fillRect(left, bbox.top, devicePixelRatio, bbox.height);
    }
  }
  ctx.restore();
}
