import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import type { Values } from '../../types/recording';
import { testIds } from '../testIds';

interface Props {
  title: string;
  values?: Values;
  empty: string;
}

/** Headers, trailers or query parameters, repeated ones in lines of their own. */
export function ValuesTable({ title, values, empty }: Props) {
  const styles = useStyles2(getStyles);
  const rows = Object.entries(values ?? {})
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([name, all]) => (all ?? []).map((value, i) => ({ name, value, key: `${name} ${i}` })));
  return (
    <section aria-label={title} data-testid={testIds.recording.headers}>
      <h5>{title}</h5>
      {rows.length === 0 ? (
        <p className={styles.empty}>{empty}</p>
      ) : (
        <table className={styles.table}>
          <tbody>
            {rows.map(({ name, value, key }) => (
              <tr key={key}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  empty: css({ color: theme.colors.text.secondary }),
  table: css({
    width: '100%',
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    '& th, & td': {
      padding: theme.spacing(0.25, 1, 0.25, 0),
      textAlign: 'left',
      verticalAlign: 'top',
      borderBottom: `1px solid ${theme.colors.border.weak}`,
    },
    '& th': {
      width: '30%',
      color: theme.colors.text.secondary,
      fontWeight: theme.typography.fontWeightRegular,
      overflowWrap: 'anywhere',
    },
    '& td': { overflowWrap: 'anywhere' },
  }),
});
