import { css } from '@emotion/css';
import React, { useMemo, useState } from 'react';
import { dateTimeFormat, getTimeZone, type GrafanaTheme2 } from '@grafana/data';
import { UPlotChart, useStyles2, useTheme2 } from '@grafana/ui';

import { useElementWidth } from '../../hooks/useElementWidth';
import type { ModeSpan } from '../../types/modeHistory';
import { MODES } from '../../types/scenario';
import type { Point } from '../../types/traffic';
import { lookOf } from '../modes/modeLook';
import { chartConfig } from './chartConfig';
import { chartData, type ChartSeries } from './chartData';

interface Props {
  title: string;
  points: readonly Point[];
  spans: readonly ModeSpan[];
  /** Must be constant: the chart is set up anew when it changes. */
  series: readonly ChartSeries[];
  format: (value: number) => string;
  softMax: number;
  hardMax?: number;
  seconds: number;
  height: number;
  testId: string;
}

/** A moving chart of the last seconds. Its legend has the latest values, or those below the cursor. */
export function TimeChart(props: Props) {
  const { title, points, spans, series, format, softMax, hardMax, seconds, height, testId } = props;
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const timeZone = getTimeZone();
  const [ref, width] = useElementWidth();
  const [hovered, setHovered] = useState<number | null>(null);
  const data = useMemo(() => chartData(points, series, spans, seconds), [points, series, spans, seconds]);
  const config = useMemo(
    () => chartConfig({ theme, timeZone, series, format, softMax, hardMax, onHover: setHovered }),
    [theme, timeZone, series, format, softMax, hardMax]
  );

  const latest = data[0].length - 1;
  const index = hovered !== null && hovered <= latest ? hovered : latest;
  const mode = MODES[data[data.length - 1][index] ?? 0] ?? 'healthy';

  return (
    <section className={styles.chart} aria-label={title} data-testid={testId}>
      <header className={styles.header}>
        <h3 className={styles.title}>{title}</h3>
        <span className={styles.moment}>
          {hovered === null
            ? 'now'
            : `${dateTimeFormat(data[0][index], { format: 'HH:mm:ss', timeZone })} (${lookOf(mode).label.toLowerCase()})`}
        </span>
        <ul className={styles.legend}>
          {series.map((one, i) => {
            const value = data[i + 1][index];
            return (
              <li key={one.label} className={styles.item}>
                <span
                  className={styles.swatch}
                  style={{ background: theme.visualization.getColorByName(one.color) }}
                  aria-hidden
                />
                {one.label}
                <span className={styles.value}>{value === null || value === undefined ? '-' : format(value)}</span>
              </li>
            );
          })}
        </ul>
      </header>
      <div ref={ref} className={styles.plot} style={{ height }}>
        {width > 0 && <UPlotChart data={data} config={config} width={width} height={height} />}
      </div>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  chart: css({ minWidth: 0 }),
  header: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    columnGap: theme.spacing(1.5),
    marginBottom: theme.spacing(0.5),
  }),
  title: css({ ...theme.typography.h6, margin: 0 }),
  moment: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  legend: css({
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: theme.spacing(2),
    marginLeft: 'auto',
    listStyle: 'none',
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
  }),
  item: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.75), whiteSpace: 'nowrap' }),
  swatch: css({ width: 14, height: 4, borderRadius: 2 }),
  value: css({
    color: theme.colors.text.primary,
    fontVariantNumeric: 'tabular-nums',
    minWidth: 52,
    textAlign: 'right',
  }),
  plot: css({ width: '100%', overflow: 'hidden' }),
});
