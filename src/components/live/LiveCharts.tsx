import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { RadioButtonGroup, useStyles2 } from '@grafana/ui';

import { milliseconds, percent } from '../../types/figureWords';
import { namesOf } from '../../types/liveTables';
import type { ModeSpan } from '../../types/modeHistory';
import { protocolLabels } from '../../types/protocolWords';
import type { Point } from '../../types/traffic';
import { TimeChart } from '../chart/TimeChart';
import type { ChartSeries } from '../chart/chartData';
import { testIds } from '../testIds';
import { LatencyHeatmap } from './LatencyHeatmap';
import { LatencyHistogram } from './LatencyHistogram';
import { perSecond } from './words';

const HEIGHT = 170;
const palette = ['blue', 'orange', 'green', 'purple', 'yellow', 'light-blue', 'light-red', 'light-green'];
const protocolColors: Record<string, string> = { http: 'blue', grpc: 'green', websocket: 'orange', graphql: 'purple' };

const errorSeries: ChartSeries[] = [
  { label: 'Injected', color: 'purple', fill: 20, value: (point) => errorShare(point, point.injected_error_rate) },
  { label: 'Organic', color: 'semi-dark-red', fill: 20, value: (point) => errorShare(point, point.organic_error_rate) },
];
const latencySeries: ChartSeries[] = [
  { label: 'p50', color: 'green', value: (point) => point.p50_ms },
  { label: 'p95', color: 'orange', value: (point) => point.p95_ms },
  { label: 'p99', color: 'red', value: (point) => point.p99_ms },
];

const errorShare = (point: Point, rate: number) => (point.requests_per_second > 0 ? rate : null);

interface Props {
  points: readonly Point[];
  spans: readonly ModeSpan[];
  seconds: number;
  volumeBy: 'protocol' | 'gateway';
  onVolumeBy: (by: 'protocol' | 'gateway') => void;
}

/** The window in charts: volume, errors, latencies, and where the requests are in latency. */
export function LiveCharts({ points, spans, seconds, volumeBy, onVolumeBy }: Props) {
  const styles = useStyles2(getStyles);
  const breakdown = volumeBy === 'gateway' ? 'by_gateway' : 'by_protocol';
  // The chart is set up anew when its series change, so they may change only with the names, in an order that stays.
  const names = namesOf(points, breakdown).slice(0, palette.length).sort().join('\n');
  const volumeSeries = useMemo<ChartSeries[]>(
    () =>
      names
        .split('\n')
        .filter(Boolean)
        .map((name, i) => ({
          label: protocolLabels[name] ?? name,
          color: (breakdown === 'by_protocol' && protocolColors[name]) || palette[i % palette.length],
          fill: 12,
          value: (point) => point[breakdown]?.[name] ?? 0,
        })),
    [names, breakdown]
  );
  const chart = { points, spans, seconds, height: HEIGHT };

  return (
    <div className={styles.grid}>
      <div className={styles.box}>
        <TimeChart
          {...chart}
          title="Request volume"
          series={volumeSeries}
          format={perSecond}
          softMax={1}
          testId={testIds.live.chart('volume')}
        />
        <div className={styles.by}>
          <RadioButtonGroup
            size="sm"
            aria-label="Volume by"
            options={[
              { value: 'protocol' as const, label: 'By protocol' },
              { value: 'gateway' as const, label: 'By gateway' },
            ]}
            value={volumeBy}
            onChange={onVolumeBy}
          />
        </div>
      </div>
      <div className={styles.box}>
        <TimeChart
          {...chart}
          height={HEIGHT + 32}
          title="Errors, injected and organic"
          series={errorSeries}
          format={percent}
          softMax={0.05}
          hardMax={1}
          testId={testIds.live.chart('errors')}
        />
      </div>
      <div className={styles.box}>
        <TimeChart
          {...chart}
          title="Latency quantiles"
          series={latencySeries}
          format={milliseconds}
          softMax={10}
          testId={testIds.live.chart('latency')}
        />
      </div>
      <div className={styles.box}>
        <LatencyHeatmap points={points} seconds={seconds} height={HEIGHT} />
      </div>
      <div className={styles.whole}>
        <LatencyHistogram points={points} height={HEIGHT} />
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const box = {
    minWidth: 0,
    padding: theme.spacing(1.5),
    background: theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  };
  return {
    grid: css({
      display: 'grid',
      gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
      gap: theme.spacing(2),
      [theme.breakpoints.down('lg')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
    }),
    box: css(box),
    whole: css({ ...box, gridColumn: '1 / -1' }),
    by: css({ display: 'flex', justifyContent: 'flex-end', marginTop: theme.spacing(0.5), height: 28 }),
  };
};
