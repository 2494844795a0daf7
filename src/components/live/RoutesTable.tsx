import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { TextLink, useStyles2, useTheme2 } from '@grafana/ui';

import { PLUGIN_BASE_URL, ROUTES } from '../../constants';
import { milliseconds, percent } from '../../types/figureWords';
import type { RouteRow } from '../../types/liveTables';
import { tableStyles } from '../tableStyles';
import { testIds } from '../testIds';
import { Sparkline } from './Sparkline';
import { perSecond } from './words';

/** Points of a sparkline. */
const SPARKS = 60;

/** The busiest routes, with what goes wrong on them. */
export function RoutesTable({ routes, showGateway }: { routes: readonly RouteRow[]; showGateway: boolean }) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const busiest = Math.max(...routes.map((route) => route.requests_per_second), 0.001);
  return (
    <div className={styles.scroll}>
      <table className={styles.table} data-testid={testIds.live.routes}>
        <thead>
          <tr>
            <th scope="col" className={styles.wide}>
              Route
            </th>
            {showGateway && <th scope="col">Gateway</th>}
            <th scope="col" className={styles.optional}>
              Trend
            </th>
            <th scope="col">Requests</th>
            <th scope="col">Errors</th>
            <th scope="col" title="Mean of each second's p95, weighted by its requests">
              p95
            </th>
          </tr>
        </thead>
        <tbody>
          {routes.map((route) => (
            <tr key={`${route.gateway} ${route.route}`}>
              <td className={styles.route}>
                <TextLink href={recordingsOf(route)} inline={false} color="primary" variant="bodySmall">
                  {route.route || '(no route)'}
                </TextLink>
              </td>
              {showGateway && <td>{route.gateway}</td>}
              <td className={styles.optional}>
                <Sparkline
                  values={thinned(route.history)}
                  width={100}
                  height={20}
                  color={theme.visualization.getColorByName('blue')}
                />
              </td>
              <td>
                <Bar share={route.requests_per_second / busiest} color={theme.visualization.getColorByName('blue')}>
                  {perSecond(route.requests_per_second)}
                </Bar>
              </td>
              <td>
                <Bar share={route.error_rate} color={theme.visualization.getColorByName('red')}>
                  {percent(route.error_rate)}
                </Bar>
              </td>
              <td className={styles.number}>{route.p95_ms === null ? '-' : milliseconds(route.p95_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Bar({ share, color, children }: { share: number; color: string; children: React.ReactNode }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.cell}>
      <span className={styles.value}>{children}</span>
      <span className={styles.track} aria-hidden>
        <span style={{ width: `${Math.min(100, share * 100)}%`, background: color }} />
      </span>
    </div>
  );
}

function recordingsOf({ route, gateway }: RouteRow): string {
  const search = new URLSearchParams({ from: 'now-15m', to: 'now' });
  if (gateway) {
    search.set('gateway', gateway);
  }
  if (route) {
    search.set('route', route);
  }
  return `${PLUGIN_BASE_URL}/${ROUTES.recordings}?${search.toString()}`;
}

function thinned(values: readonly number[]): number[] {
  const every = Math.ceil(values.length / SPARKS);
  const sums: number[] = [];
  values.forEach((value, i) => (sums[Math.floor(i / every)] = (sums[Math.floor(i / every)] ?? 0) + value));
  // The last one may be of fewer seconds.
  return values.length % every === 0 ? sums : sums.slice(0, -1);
}

const getStyles = (theme: GrafanaTheme2) => ({
  ...tableStyles(theme, 30),
  wide: css({ width: '40%' }),
  route: css({
    fontFamily: theme.typography.fontFamilyMonospace,
    maxWidth: 320,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  }),
  cell: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1) }),
  value: css({ minWidth: 52, textAlign: 'right', fontVariantNumeric: 'tabular-nums' }),
  track: css({
    display: 'flex',
    width: 56,
    height: 6,
    borderRadius: 3,
    overflow: 'hidden',
    background: theme.colors.background.secondary,
  }),
  optional: css({ [theme.breakpoints.down('md')]: { display: 'none' } }),
});
