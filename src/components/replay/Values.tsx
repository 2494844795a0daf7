import { css } from '@emotion/css';
import React from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { isReadable } from '../../types/readable';
import type { Difference } from '../../types/replay';

/** The recorded value, struck out, and the replayed one. */
export function Values({ difference }: { difference: Difference }) {
  const styles = useStyles2(getStyles);
  const { kind, before, after } = difference;
  return (
    <span className={styles.values}>
      {kind !== 'added' && <del className={styles.before}>{written(before)}</del>}
      {kind !== 'removed' && <ins className={styles.after}>{written(after)}</ins>}
      {kind === 'type' && <span className={styles.weak}>another type</span>}
      {kind === 'added' && <span className={styles.weak}>new</span>}
      {kind === 'removed' && <span className={styles.weak}>gone</span>}
    </span>
  );
}

function written(value: unknown): string {
  if (value === '') {
    return '(empty)';
  }
  return typeof value === 'string' && isReadable(value) ? value : (JSON.stringify(value) ?? '');
}

const getStyles = (theme: GrafanaTheme2) => ({
  values: css({
    display: 'inline-flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    minWidth: 0,
    overflowWrap: 'anywhere',
  }),
  before: css({
    padding: theme.spacing(0, 0.5),
    background: theme.colors.error.transparent,
    color: theme.colors.error.text,
    overflowWrap: 'anywhere',
  }),
  after: css({
    padding: theme.spacing(0, 0.5),
    textDecoration: 'none',
    background: theme.colors.success.transparent,
    color: theme.colors.success.text,
    overflowWrap: 'anywhere',
  }),
  weak: css({ color: theme.colors.text.secondary }),
});
