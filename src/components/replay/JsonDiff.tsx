import { css } from '@emotion/css';
import React, { useMemo } from 'react';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

import { diffTree, type DiffNode } from '../../types/diffTree';
import type { Difference } from '../../types/replay';
import { testIds } from '../testIds';
import { Values } from './Values';

/** What differs in a JSON body, as the tree that it is; what is the same is left out. */
export function JsonDiff({ differences }: { differences: readonly Difference[] }) {
  const styles = useStyles2(getStyles);
  const root = useMemo(() => diffTree(differences), [differences]);
  return (
    <ul className={styles.tree}>
      <Node node={root} />
    </ul>
  );
}

function Node({ node }: { node: DiffNode }) {
  const styles = useStyles2(getStyles);
  return (
    <li>
      <span
        className={styles.line}
        data-testid={node.difference && testIds.replay.difference}
        data-kind={node.difference?.kind}
        title={node.path}
      >
        <span className={styles.name}>{node.name}</span>
        {node.difference && <Values difference={node.difference} />}
      </span>
      {node.children.length > 0 && (
        <ul className={styles.children}>
          {node.children.map((child) => (
            <Node key={child.name} node={child} />
          ))}
        </ul>
      )}
    </li>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  tree: css({
    listStyle: 'none',
    padding: theme.spacing(1, 1.5),
    maxHeight: '50vh',
    overflow: 'auto',
    background: theme.colors.background.canvas,
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  children: css({
    listStyle: 'none',
    marginLeft: theme.spacing(0.5),
    paddingLeft: theme.spacing(1.5),
    borderLeft: `1px solid ${theme.colors.border.weak}`,
  }),
  line: css({ display: 'inline-flex', flexWrap: 'wrap', gap: theme.spacing(1), padding: theme.spacing(0.25, 0) }),
  name: css({ color: theme.colors.text.secondary }),
});
