import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { EmptyState, LoadingBar, useStyles2 } from '@grafana/ui';

import type { LiveTraffic } from '../../hooks/useLiveTraffic';
import { milliseconds, percent } from '../../types/figureWords';
import { compare } from '../../types/figures';
import { lastSwitch, modeIndexAt, spansOf } from '../../types/modeHistory';
import type { Change } from '../../types/scenario';
import type { Point } from '../../types/traffic';
import { TimeChart } from '../chart/TimeChart';
import type { ChartSeries } from '../chart/chartData';
import { Problem } from '../Problem';
import { testIds } from '../testIds';
import { Figure } from './Figure';

/** Seconds that the charts show. */
const SHOWN_SECONDS = 300;
const CHART_HEIGHT = 150;

const rateSeries: ChartSeries[] = [
  { label: 'Requests', color: 'blue', fill: 12, value: (point) => point.requests_per_second },
];
const errorSeries: ChartSeries[] = [
  { label: 'Injected', color: 'purple', fill: 20, value: (point) => errorShare(point, point.injected_error_rate) },
  { label: 'Organic', color: 'semi-dark-red', fill: 20, value: (point) => errorShare(point, point.organic_error_rate) },
];
const latencySeries: ChartSeries[] = [
  { label: 'p50', color: 'green', value: (point) => point.p50_ms },
  { label: 'p95', color: 'orange', value: (point) => point.p95_ms },
  { label: 'p99', color: 'red', value: (point) => point.p99_ms },
];

// Without requests there is no error rate, rather than one of zero.
const errorShare = (point: Point, rate: number) => (point.requests_per_second > 0 ? rate : null);

const perSecond = (value: number) => `${Number(value.toFixed(value < 10 ? 1 : 0))}/s`;

interface Props {
  traffic: LiveTraffic;
  changes: readonly Change[];
}

/** What the switch does: the figures now beside those before it, and the last five minutes with the modes behind them. */
export function Impact({ traffic, changes }: Props) {
  const styles = useStyles2(getStyles);
  const { points, connection, error } = traffic;
  const spans = useMemo(() => spansOf(changes), [changes]);
  const { now, before, healthy } = useMemo(() => {
    const newest = points.at(-1);
    const now = newest ? Date.parse(newest.time) : 0;
    // Back to healthy, what it is compared with is the harm that was.
    const harmed = modeIndexAt(spans, now, newest?.mode ?? '') !== 0;
    return compare(points, newest && lastSwitch(changes, now), (time) => harmed && modeIndexAt(spans, time, '') === 0);
  }, [points, changes, spans]);

  if (error && points.length === 0) {
    return <Problem error={error} title="The traffic could not be loaded" />;
  }
  const waiting = connection === 'connecting' && points.length === 0;
  const silent = !waiting && points.every((point) => point.requests_per_second === 0);
  const against = healthy ? 'when healthy' : 'before';
  const chart = { points, spans, seconds: SHOWN_SECONDS, height: CHART_HEIGHT };

  return (
    <section className={styles.impact} aria-label="Live impact" data-testid={testIds.controlCenter.impact}>
      <div className={styles.bar}>{waiting && <LoadingBar width={400} />}</div>
      <div className={styles.figures}>
        <Figure
          against={against}
          name="requests"
          label="Requests"
          now={now && perSecond(now.requestsPerSecond)}
          before={before && perSecond(before.requestsPerSecond)}
        />
        <Figure
          against={against}
          name="errors"
          label="Error rate"
          now={now && percent(now.errorRate)}
          before={before && percent(before.errorRate)}
          trend={trend(now?.errorRate, before?.errorRate, (before?.errorRate ?? 0) * 0.25 + 0.02)}
        />
        <Figure
          against={against}
          name="injected"
          label="Injected errors"
          now={now && percent(now.injectedErrorRate)}
          before={before && percent(before.injectedErrorRate)}
        />
        <Figure
          against={against}
          name="p50"
          label="Median latency"
          now={maybeMs(now?.p50)}
          before={maybeMs(before?.p50)}
          trend={ratioTrend(now?.p50, before?.p50)}
        />
        <Figure
          against={against}
          name="p95"
          label="p95 latency"
          now={maybeMs(now?.p95)}
          before={maybeMs(before?.p95)}
          trend={ratioTrend(now?.p95, before?.p95)}
        />
      </div>
      {silent ? (
        <div data-testid={testIds.controlCenter.noTraffic}>
          <EmptyState variant="not-found" message="No traffic in the last five minutes" hideImage>
            Send requests through one of the gateways, and they show up here within a second.
          </EmptyState>
        </div>
      ) : (
        <>
          <TimeChart
            {...chart}
            title="Request rate"
            series={rateSeries}
            format={perSecond}
            softMax={1}
            testId={testIds.controlCenter.chart('rate')}
          />
          <TimeChart
            {...chart}
            title="Error rate"
            series={errorSeries}
            format={percent}
            softMax={0.05}
            hardMax={1}
            testId={testIds.controlCenter.chart('errors')}
          />
          <TimeChart
            {...chart}
            title="Latency"
            series={latencySeries}
            format={milliseconds}
            softMax={10}
            testId={testIds.controlCenter.chart('latency')}
          />
        </>
      )}
    </section>
  );
}

function maybeMs(value: number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : milliseconds(value);
}

type Trend = 'higher' | 'lower' | 'same';

/** Differences below threshold are noise. */
function trend(now: number | undefined, before: number | undefined, threshold: number): Trend {
  if (now === undefined || before === undefined || Math.abs(now - before) < threshold) {
    return 'same';
  }
  return now > before ? 'higher' : 'lower';
}

function ratioTrend(now: number | null | undefined, before: number | null | undefined): Trend {
  return trend(now ?? undefined, before ?? undefined, (before ?? 0) * 0.25 + 2);
}

const getStyles = (theme: GrafanaTheme2) => ({
  impact: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), minWidth: 0 }),
  bar: css({ height: 1, overflow: 'hidden', marginBottom: theme.spacing(-2) }),
  figures: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
