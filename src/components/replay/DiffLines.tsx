import { css, cx } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import type { DiffLine } from '../../types/replay';
import { testIds } from '../testIds';

/** What differs in a text, line by line with what is around it. */
export function DiffLines({ lines }: { lines: readonly DiffLine[] }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <tbody>
          {lines.map((line, i) => (
            <tr
              key={i}
              className={cx(line.kind === 'added' && styles.added, line.kind === 'removed' && styles.removed)}
              data-testid={line.kind && line.kind !== 'gap' ? testIds.replay.difference : undefined}
              data-kind={line.kind}
            >
              <td className={styles.number}>{line.before || ''}</td>
              <td className={styles.number}>{line.after || ''}</td>
              <td className={styles.sign}>{line.kind === 'added' ? '+' : line.kind === 'removed' ? '-' : ''}</td>
              <td className={styles.text}>{line.kind === 'gap' ? line.text || '…' : line.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({
    maxHeight: '50vh',
    overflow: 'auto',
    background: theme.colors.background.canvas,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
  table: css({
    width: '100%',
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    '& td': { padding: theme.spacing(0, 0.75), verticalAlign: 'top' },
  }),
  number: css({ width: 1, color: theme.colors.text.disabled, textAlign: 'right', userSelect: 'none' }),
  sign: css({ width: 1, userSelect: 'none' }),
  text: css({ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }),
  added: css({ background: theme.colors.success.transparent, color: theme.colors.success.text }),
  removed: css({ background: theme.colors.error.transparent, color: theme.colors.error.text }),
});
