import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { milliseconds } from '../../types/figureWords';
import type { PluginFigures } from '../../types/traffic';
import { testIds } from '../testIds';
import { perSecond } from './words';

/** The middlewares that are chained on gateways: how often they run, fail, and how long they take. */
export function PluginsTable({ plugins }: { plugins: readonly PluginFigures[] }) {
  const styles = useStyles2(getStyles);
  if (plugins.length === 0) {
    return (
      <p className={styles.empty} data-testid={testIds.live.noPlugins}>
        No plugin ran. Chain middleware extensions of the Collector on a gateway (its key <code>plugins</code>), and
        they are timed and counted here.
      </p>
    );
  }
  return (
    <table className={styles.table} data-testid={testIds.live.plugins}>
      <thead>
        <tr>
          <th scope="col">Plugin</th>
          <th scope="col">Executions</th>
          <th scope="col">Errors</th>
          <th scope="col">Mean</th>
        </tr>
      </thead>
      <tbody>
        {plugins.map((plugin) => (
          <tr key={plugin.name}>
            <td>{plugin.name}</td>
            <td>{perSecond(plugin.executions_per_second)}</td>
            <td className={plugin.errors_per_second > 0 ? styles.failing : undefined}>
              {perSecond(plugin.errors_per_second)}
            </td>
            <td>{plugin.mean_ms === null ? '-' : milliseconds(plugin.mean_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  empty: css({ color: theme.colors.text.secondary, margin: 0 }),
  failing: css({ color: theme.colors.error.text }),
  table: css({
    width: '100%',
    fontVariantNumeric: 'tabular-nums',
    '& th': {
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
      fontWeight: theme.typography.fontWeightMedium,
    },
    '& th, & td': {
      textAlign: 'left',
      padding: theme.spacing(0.5, 1),
      borderBottom: `1px solid ${theme.colors.border.weak}`,
      whiteSpace: 'nowrap',
    },
  }),
});
