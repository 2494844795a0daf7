import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, useStyles2 } from '@grafana/ui';

import { useNow } from '../../hooks/useNow';
import { ago } from '../../types/recordingWords';
import type { Instance } from '../../types/scenario';
import { testIds } from '../testIds';

interface Props {
  instances: readonly Instance[];
  /** The version that is in force. */
  version?: number;
}

/** The collectors of the fleet, and which version of the scenario each of them serves. */
export function InstancesTable({ instances, version }: Props) {
  const styles = useStyles2(getStyles);
  const now = useNow(5000);
  if (instances.length === 0) {
    return <p className={styles.empty}>No collector has registered yet.</p>;
  }
  return (
    <div className={styles.scroll}>
      <table className={styles.table} data-testid={testIds.live.instances}>
        <thead>
          <tr>
            <th scope="col">Collector</th>
            <th scope="col">Gateways</th>
            <th scope="col">Scenario</th>
            <th scope="col">Seen</th>
          </tr>
        </thead>
        <tbody>
          {instances.map((instance) => (
            <tr key={instance.id} className={instance.live ? undefined : styles.gone}>
              <td title={[instance.id, instance.build].filter(Boolean).join(', ')}>{instance.name}</td>
              <td>
                {(instance.gateways ?? []).map((gateway) => (
                  <div key={gateway.name} title={`listens on ${gateway.endpoint}`}>
                    {gateway.name} <span className={styles.weak}>to {gateway.upstream}</span>
                  </div>
                ))}
              </td>
              <td>
                {instance.live ? (
                  <Badge
                    text={`version ${instance.applied_version}`}
                    color={version === undefined || instance.applied_version >= version ? 'green' : 'orange'}
                  />
                ) : (
                  <Badge text="gone" color="darkgrey" />
                )}
              </td>
              <td className={styles.weak}>{ago(instance.last_seen_at, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({ overflowX: 'auto' }),
  empty: css({ color: theme.colors.text.secondary, margin: 0 }),
  weak: css({ color: theme.colors.text.secondary }),
  gone: css({ opacity: 0.6 }),
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
      verticalAlign: 'top',
      padding: theme.spacing(0.5, 1),
      borderBottom: `1px solid ${theme.colors.border.weak}`,
      whiteSpace: 'nowrap',
    },
  }),
});
