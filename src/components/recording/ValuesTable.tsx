import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, useStyles2 } from '@grafana/ui';

import type { HeaderLine } from '../../types/headerLines';
import type { Values } from '../../types/recording';
import { testIds } from '../testIds';

interface Props {
  title: string;
  values?: Values;
  /** What is shown instead of values, in its order. */
  lines?: HeaderLine[];
  empty: string;
}

/** Headers, trailers or query parameters, repeated ones in lines of their own. */
export function ValuesTable({ title, values, lines, empty }: Props) {
  const styles = useStyles2(getStyles);
  const rows = lines ?? byName(values);
  return (
    <section aria-label={title} data-testid={testIds.recording.headers}>
      <h5>{title}</h5>
      {rows.length === 0 ? (
        <p className={styles.empty}>{empty}</p>
      ) : (
        <table className={styles.table}>
          <tbody>
            {rows.map(({ name, value, bytes }, i) => (
              <tr key={i}>
                <th scope="row">{name}</th>
                <td>
                  {value}
                  {bytes && (
                    <>
                      {' '}
                      <Badge
                        text="not UTF-8"
                        color="orange"
                        tooltip={`Shown as ISO 8859-1. Its bytes are ${bytes.join(' ')}`}
                      />
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function byName(values?: Values): HeaderLine[] {
  return Object.entries(values ?? {})
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([name, all]) => (all ?? []).map((value) => ({ name, value })));
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
