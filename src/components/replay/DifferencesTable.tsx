import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import type { Difference } from '../../types/replay';
import { testIds } from '../testIds';
import { Values } from './Values';

/** Differences of headers or trailers, by name. */
export function DifferencesTable({ title, differences }: { title: string; differences: readonly Difference[] }) {
  const styles = useStyles2(getStyles);
  return (
    <section aria-label={title}>
      <h5>{title}</h5>
      <ul className={styles.list}>
        {differences.map((difference) => (
          <li
            key={difference.path}
            className={styles.row}
            data-testid={testIds.replay.difference}
            data-kind={difference.kind}
          >
            <span className={styles.name}>{difference.path}</span>
            <Values difference={difference} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none' }),
  row: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 1.5),
    padding: theme.spacing(0.5, 0),
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  name: css({ flex: '0 0 30%', color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
});
