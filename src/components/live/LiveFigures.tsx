import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { milliseconds, percent } from '../../types/figureWords';
import { figuresOf } from '../../types/figures';
import { latest } from '../../types/liveTables';
import type { Point } from '../../types/traffic';
import { LiveFigure } from './LiveFigure';
import { perSecond } from './words';

/** Seconds that the figures sum up: few enough to follow a switch, enough to stand still. */
const NOW_SECONDS = 5;

/** The figures of now, each over its course. */
export function LiveFigures({ points }: { points: readonly Point[] }) {
  const styles = useStyles2(getStyles);
  const now = useMemo(() => figuresOf(latest(points, NOW_SECONDS)), [points]);
  const course = useMemo(
    () => ({
      requests: points.map((point) => point.requests_per_second),
      errors: points.map((point) => point.error_rate),
      injected: points.map((point) => point.injected_rate),
      p50: points.map((point) => point.p50_ms ?? 0),
      p95: points.map((point) => point.p95_ms ?? 0),
      connections: points.map((point) => point.active_connections),
    }),
    [points]
  );
  const last = points.at(-1);
  const recent = latest(points, NOW_SECONDS);
  const requests = recent.reduce((sum, point) => sum + point.requests_per_second, 0);
  const injected =
    requests > 0
      ? recent.reduce((sum, point) => sum + point.injected_rate * point.requests_per_second, 0) / requests
      : 0;
  return (
    <div className={styles.figures}>
      <LiveFigure
        name="requests"
        label="Requests"
        value={now && perSecond(now.requestsPerSecond)}
        history={course.requests}
        color="blue"
      />
      <LiveFigure
        name="errors"
        label="Error rate"
        value={now && percent(now.errorRate)}
        history={course.errors}
        color="red"
      />
      <LiveFigure
        name="injected"
        label="Faults injected"
        value={percent(injected)}
        history={course.injected}
        color="purple"
      />
      <LiveFigure name="p50" label="Median latency" value={ms(now?.p50)} history={course.p50} color="green" />
      <LiveFigure name="p95" label="p95 latency" value={ms(now?.p95)} history={course.p95} color="orange" />
      <LiveFigure
        name="connections"
        label="Connections"
        value={last && String(last.active_connections)}
        history={course.connections}
        color="light-blue"
      />
    </div>
  );
}

function ms(value: number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : milliseconds(value);
}

const getStyles = (theme: GrafanaTheme2) => ({
  figures: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
